"""The development stand-in for the text-message gateway: takes what the real one takes."""

import asyncio
import hmac
import re
from typing import Annotated

from litestar import Response, post
from litestar.exceptions import NotAuthorizedException
from litestar.params import HeaderParameter, JSONBody
from msgspec import Struct

from services.kernel.errors import FieldError, InvalidInput
from services.kernel.i18n import N_
from web.common.csrf import NO_TOKEN
from web.common.rendering import AnyRequest
from web.notices.caught import CaughtText, keep_text
from web.notices.mailbox import mailbox_folder

_MOBILE = re.compile(r"1[3-9][0-9]{9}")
_KEY = re.compile(r"[A-Za-z0-9-]{8,64}")


class Submission(Struct, frozen=True):
    """What the gateway is asked to send."""

    to: str
    text: str


@post(
    "/dev/sms-gateway",
    opt={
        "public": "development only, behind a bearer token of its own",
        NO_TOKEN: "a program with a bearer token calls it",
    },
)
async def take_text(
    request: AnyRequest,
    data: JSONBody[Submission],
    authorization: Annotated[str, HeaderParameter(name="authorization")] = "",
    key: Annotated[str, HeaderParameter(name="idempotency-key")] = "",
) -> Response[dict[str, str]]:
    """Keep a text; a repeated key is answered as the first time and kept once."""
    expected = request.app.state.settings.sms_gateway_token.get_secret_value()
    if not hmac.compare_digest(authorization.encode(), f"Bearer {expected}".encode()):
        raise NotAuthorizedException
    if not _MOBILE.fullmatch(data.to) or not _KEY.fullmatch(key):
        raise InvalidInput(FieldError("to", "no_such_number", N_("There is no such number.")))
    folder = mailbox_folder(request.app.state.settings)
    new = await asyncio.to_thread(
        keep_text, folder, CaughtText(to=data.to, text=data.text, key=key)
    )
    return Response({"id": key}, status_code=201 if new else 200)


HANDLERS = (take_text,)
