"""Live pages: one stream of `refetch` messages a page, fed by Redis; none holds the database.

`services.kernel.live.announce` publishes a topic's name and nothing else. Each process listens once
to all topics and passes a message on to its own pages. Messages mean "look again", so one waiting
message is enough for a page, however slow its line, and a lost one is made up for by the refetch on
reconnecting. See docs/decisions/0012-live-board.md.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterable

import anyio
import structlog
from litestar.channels import ChannelsPlugin
from litestar.channels.backends.base import ChannelsBackend
from litestar.channels.subscriber import Subscriber
from litestar.response import ServerSentEvent, ServerSentEventMessage
from redis.asyncio.client import PubSub
from redis.exceptions import RedisError

from services.kernel.live import ALL_OFFICES
from services.kernel.redis import redis

HEARTBEAT_SECONDS = 15
RECONNECT_MILLISECONDS = 2000
FIRST_WAIT_SECONDS = 0.2
LONGEST_WAIT_SECONDS = 5.0
REFETCH = b"refetch"

log = structlog.get_logger(__name__)


class Listener(ChannelsBackend):
    """One pattern subscription a process, which survives Redis going away.

    The stock backend's reading task ends for good with the first lost connection, and subscribes
    and unsubscribes with every page that comes and goes.
    """

    def __init__(self) -> None:
        self._heard: set[str] = set()

    async def on_startup(self) -> None:
        """Nothing to do: `stream_events` connects, and connects again."""

    async def on_shutdown(self) -> None:
        """Nothing to do: `stream_events` closes its connection when it is cancelled."""

    async def publish(self, data: bytes, channels: Iterable[str]) -> None:
        """Tell every process. Operations announce by services.kernel.live instead."""
        for channel in channels:
            await redis().publish(channel, data)

    async def subscribe(self, channels: Iterable[str]) -> None:
        """Note that a page of this process listens."""
        self._heard.update(channels)

    async def unsubscribe(self, channels: Iterable[str]) -> None:
        """Note that no page of this process listens any more."""
        self._heard.difference_update(channels)

    async def get_history(self, channel: str, limit: int | None = None) -> list[bytes]:
        """Nothing is kept: a page that connects fetches what there is."""
        del channel, limit
        return []

    async def stream_events(self) -> AsyncGenerator[tuple[str, bytes], None]:
        """Messages as they come; after a gap, one for every topic that has pages."""
        wait = FIRST_WAIT_SECONDS
        while True:
            try:
                async with redis().pubsub() as messages:
                    await messages.psubscribe(ALL_OFFICES)
                    wait = FIRST_WAIT_SECONDS
                    for channel in tuple(self._heard):
                        yield channel, REFETCH
                    async for channel in _channels(messages):
                        yield channel, REFETCH
            except (RedisError, OSError) as error:
                log.warning("live_messages_lost", error=type(error).__name__, wait=wait)
                await asyncio.sleep(wait)
                wait = min(wait * 2, LONGEST_WAIT_SECONDS)


async def _channels(messages: PubSub) -> AsyncIterator[str]:
    while True:
        # The time-out keeps the client's health checks going on a quiet line.
        message = await messages.get_message(ignore_subscribe_messages=True, timeout=10)
        if message is not None:
            yield message["channel"].decode()


class Page(Subscriber):
    """One page's messages."""

    async def wait(self, seconds: float) -> bool:
        """Whether a message came within `seconds`."""
        try:
            async with asyncio.timeout(seconds):
                await self._queue.get()
        except TimeoutError:
            return False
        return True


def live_plugin() -> ChannelsPlugin:
    """The application's plugin. Routes give it only topics of offices that exist."""
    return ChannelsPlugin(
        backend=Listener(),
        arbitrary_channels_allowed=True,
        subscriber_class=Page,
        subscriber_max_backlog=1,
        # The other strategy makes unsubscribing wait for a page that no longer reads.
        subscriber_backlog_strategy="dropleft",
    )


def live_stream(channels: ChannelsPlugin, topic: str) -> ServerSentEvent:
    """Answer with the stream of a topic that the caller has checked."""
    return ServerSentEvent(
        events(channels, topic),
        headers={"Cache-Control": "no-store"},
    )


async def events(
    channels: ChannelsPlugin, topic: str
) -> AsyncGenerator[ServerSentEventMessage, None]:
    """The stream's messages: `refetch` at once and whenever told to, else a `heartbeat`."""
    page = await channels.subscribe([topic])
    assert isinstance(page, Page)  # noqa: S101 - the plugin was given this class
    try:
        # Whoever has just connected has missed what was said before.
        yield ServerSentEventMessage(event="refetch", retry=RECONNECT_MILLISECONDS)
        while True:
            came = await page.wait(HEARTBEAT_SECONDS)
            yield ServerSentEventMessage(event="refetch" if came else "heartbeat")
    finally:
        # The stream ends by cancellation, which must not stop the tidying up.
        with anyio.CancelScope(shield=True):
            await channels.unsubscribe(page, [topic])
