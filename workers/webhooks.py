"""Webhooks by HTTP: to the address that was checked and to no other, and no longer than a moment.

A name is resolved here and the connection goes to what came of it, under the name's own TLS
certificate; a redirect is an answer like any other; of the answer only its head is read.
Every message has a connection of its own, so that none travels on one made for another name.
"""

import asyncio
import secrets
import time
from datetime import timedelta
from urllib.parse import urlsplit
from uuid import UUID

import httpx

from services import partners
from services.kernel import leases
from services.kernel.clock import Clock
from services.kernel.leases import Event
from services.kernel.settings import Settings
from services.partners import AddressRefused, Outcome, Policy, Shipment
from workers.failures import Failure

CONNECT_SECONDS = 5.0
USER_AGENT = "Banshitong-Webhooks/1"
# So many messages are on their way to one endpoint at once, so that a slow one does not take every
# hand of the lane; whoever does not get in within a moment comes back later.
AT_ONCE = 5
MOMENT = 1.0
LATER = timedelta(seconds=15)


_chance = secrets.SystemRandom()


class Post:
    """Hands messages to partners' servers. Made once a worker, used by many tasks at once."""

    seconds = 10.0

    def __init__(self, settings: Settings) -> None:
        self._policy: Policy = partners.policy_of(settings)
        self._client = httpx.AsyncClient(
            timeout=httpx.Timeout(self.seconds, connect=CONNECT_SECONDS),
            limits=httpx.Limits(max_keepalive_connections=0),
            follow_redirects=False,
            # A proxy of the environment could be told to go where we may not.
            trust_env=False,
        )

    async def send(self, shipment: Shipment) -> Outcome:
        """Deliver one message; whatever happens is an outcome. Takes at most `seconds`."""
        started = time.perf_counter()
        status, header, error = None, None, None
        try:
            async with asyncio.timeout(self.seconds):
                status, header = await self._answer(shipment)
        except AddressRefused as refused:
            error = f"webhook_{refused.code}"
        except (httpx.TimeoutException, TimeoutError):
            error = "webhook_timeout"
        except (httpx.HTTPError, httpx.InvalidURL) as failed:
            error = f"webhook_{type(failed).__name__}"
        took = round((time.perf_counter() - started) * 1000)
        return Outcome(status=status, retry_after=header, error=error, duration_ms=took)

    async def _answer(self, shipment: Shipment) -> tuple[int, str | None]:
        """The answer's status, and when it says to come again."""
        target = partners.target_of(shipment.url, self._policy)
        addresses = await partners.resolve(target, self._policy)
        for address in addresses[:-1]:
            try:
                return await self._ask(shipment, address, target.host)
            except (httpx.ConnectError, httpx.ConnectTimeout):
                continue
        return await self._ask(shipment, addresses[-1], target.host)

    async def _ask(self, shipment: Shipment, address: str, host: str) -> tuple[int, str | None]:
        url = httpx.URL(shipment.url)
        async with self._client.stream(
            "POST",
            url.copy_with(host=address),
            content=shipment.body,
            headers={
                "host": urlsplit(shipment.url).netloc,
                "content-type": "application/json",
                "user-agent": USER_AGENT,
                **shipment.headers,
            },
            extensions={"sni_hostname": host},
        ) as answer:
            return answer.status_code, answer.headers.get("retry-after")

    async def close(self) -> None:
        """Close what is open."""
        await self._client.aclose()


class WebhookSender:
    """Sends one due delivery: read, hand over, record. See `lanes.Handler`."""

    def __init__(self, post: Post, clock: Clock, lease: timedelta = leases.LEASE) -> None:
        self._post = post
        self._clock = clock
        self._lease = lease
        self._doors: dict[UUID, asyncio.Semaphore] = {}

    async def handle(self, event: Event) -> None:
        """See `lanes.Handler`."""
        shipment = await partners.prepare(event, self._clock.now())
        if shipment is None:
            return
        door = self.door(shipment.endpoint_id)
        try:
            async with asyncio.timeout(MOMENT):
                await door.acquire()
        except TimeoutError:
            await leases.postpone(event, self._clock.now() + LATER * (1 + _chance.random()))
            return
        try:
            # The partner gets a whole lease, however long the steps before took.
            await leases.renew(event, self._clock.now(), self._lease)
            outcome = await self._post.send(shipment)
        finally:
            door.release()
        await self.record(event, outcome)

    def door(self, endpoint_id: UUID) -> asyncio.Semaphore:
        """What lets AT_ONCE messages through to an endpoint."""
        return self._doors.setdefault(endpoint_id, asyncio.Semaphore(AT_ONCE))

    async def record(self, event: Event, outcome: Outcome) -> None:
        """Write down what came of it."""
        await partners.record(event, outcome, self._clock.now())

    async def fail(self, event: Event, failure: Failure) -> None:
        """See `lanes.Handler`: the fault was ours, and counts as a try all the same."""
        await partners.record(event, Outcome(error=failure.code), self._clock.now())
