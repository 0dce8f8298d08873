"""Text messages by an HTTP gateway.

The request is `POST {"to": "13812345678", "text": "…"}` with a bearer token and, as
`Idempotency-Key`, the notice's id: a gateway that honours it sends each notice once even when its
answer is lost. A 2xx answer means that the gateway has taken the message over.
"""

import asyncio
from http import HTTPStatus

import httpx

from services.kernel.settings import Settings
from workers.channels.base import Message
from workers.failures import Failure

# Answers that speak of this message; all others are the gateway's trouble, or ours with it.
REFUSED = frozenset(
    {HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND, HTTPStatus.GONE, HTTPStatus.UNPROCESSABLE_ENTITY}
)


class SmsChannel:
    """Hands each text to the gateway, on connections that are kept open."""

    seconds = 15.0

    def __init__(self, settings: Settings) -> None:
        self._url = settings.sms_gateway_url
        token = settings.sms_gateway_token.get_secret_value()
        self._client = httpx.AsyncClient(
            headers={"Authorization": f"Bearer {token}"},
            timeout=self.seconds,
            # A proxy of the environment is for the web at large, not for the gateway.
            trust_env=False,
        )

    async def send(self, message: Message) -> None:
        """Deliver to the gateway. See `base.Channel`."""
        try:
            async with asyncio.timeout(self.seconds):
                answer = await self._client.post(
                    self._url,
                    json={"to": message.to, "text": message.text},
                    headers={"Idempotency-Key": str(message.notice_id)},
                )
        except (httpx.TimeoutException, TimeoutError):
            raise Failure("sms_timeout") from None
        except httpx.HTTPError as error:
            raise Failure(f"sms_{type(error).__name__}") from None
        if not answer.is_success:
            raise Failure(f"sms_{answer.status_code}", for_good=answer.status_code in REFUSED)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()
