"""The live stream: on real Redis, through its loss, and without anything left behind."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest
from litestar.channels import ChannelsPlugin
from litestar.channels.backends.redis import RedisChannelsPubSubBackend
from litestar.response import ServerSentEventMessage
from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisConnectionError

from services.kernel import live
from services.kernel.unit_of_work import unit_of_work
from web.common import live as pages
from web.common.live import Page, events, live_plugin
from web.queue.coalesced import Coalesced

TOPIC = live.office_topic("dongchangfu")
SOON = 1.0
Stream = AsyncIterator[ServerSentEventMessage]


@pytest.fixture
async def channels(redis: Redis) -> AsyncIterator[ChannelsPlugin]:
    """The plugin of a running application."""
    async with live_plugin() as plugin:
        while not await redis.pubsub_numpat():  # noqa: ASYNC110 - Redis sends no word of this
            await asyncio.sleep(0.01)
        yield plugin


async def heard(stream: Stream, seconds: float = SOON) -> str | None:
    """The next event's name."""
    async with asyncio.timeout(seconds):
        return (await anext(stream)).event


async def announce(office_code: str) -> None:
    async with unit_of_work():
        live.announce(live.office_topic(office_code))


async def test_who_connects_is_told_to_look(channels: ChannelsPlugin) -> None:
    assert await heard(events(channels, TOPIC)) == "refetch"


@pytest.mark.usefixtures("committed_database")
async def test_an_announcement_reaches_its_office_within_a_second(
    channels: ChannelsPlugin,
) -> None:
    here = events(channels, TOPIC)
    elsewhere = events(channels, live.office_topic("chiping"))
    await heard(here)
    await heard(elsewhere)
    await announce("dongchangfu")
    assert await heard(here) == "refetch"
    with pytest.raises(TimeoutError):
        await heard(elsewhere, 0.2)


async def test_a_quiet_line_has_a_heartbeat(
    channels: ChannelsPlugin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "HEARTBEAT_SECONDS", 0.05)
    stream = events(channels, TOPIC)
    assert [await heard(stream) for _ in range(3)] == ["refetch", "heartbeat", "heartbeat"]


async def test_a_page_that_reads_slowly_is_owed_one_message_at_most(
    channels: ChannelsPlugin, redis: Redis
) -> None:
    stream = events(channels, TOPIC)
    await heard(stream)
    for _ in range(200):
        await redis.publish(TOPIC, b"refetch")
    await asyncio.sleep(0.2)
    assert await heard(stream) == "refetch"
    with pytest.raises(TimeoutError):
        await heard(stream, 0.2)


async def test_messages_go_on_after_redis_cut_the_line(
    channels: ChannelsPlugin, redis: Redis
) -> None:
    stream = events(channels, TOPIC)
    await heard(stream)
    assert await redis.client_kill_filter(_type="pubsub") == 1
    # What was said meanwhile is lost, so everybody is told to look once the line is back.
    assert await heard(stream, 5) == "refetch"
    await redis.publish(TOPIC, b"refetch")
    assert await heard(stream) == "refetch"


async def test_a_page_that_goes_leaves_nothing_behind(channels: ChannelsPlugin) -> None:
    stream = events(channels, TOPIC)
    await heard(stream)
    reading = asyncio.create_task(heard(stream, 60))
    await asyncio.sleep(0.05)
    assert len(channels._channels[TOPIC]) == 1
    reading.cancel()
    with suppress(asyncio.CancelledError):
        await reading
    assert channels._channels[TOPIC] == set()


async def test_any_number_of_pages_take_one_connection_to_redis(
    channels: ChannelsPlugin, redis: Redis
) -> None:
    streams = [events(channels, TOPIC) for _ in range(500)]
    for stream in streams:
        await heard(stream)
    assert await redis.pubsub_numpat() == 1
    await redis.publish(TOPIC, b"refetch")
    assert {await heard(stream) for stream in streams} == {"refetch"}


async def test_a_crowd_that_asks_at_once_is_answered_by_two_reads() -> None:
    reads = 0

    async def read() -> int:
        nonlocal reads
        reads += 1
        begun = reads
        await asyncio.sleep(0.02)
        return begun

    shared: Coalesced[int] = Coalesced()
    first = asyncio.create_task(shared.get("hall", read))
    await asyncio.sleep(0.01)
    crowd = await asyncio.gather(*(shared.get("hall", read) for _ in range(100)))
    # The first read began before the crowd asked, so it is not good enough for them.
    assert await first == 1
    assert set(crowd) == {2}
    assert reads == 2
    assert await shared.get("hall", read) == 3


async def test_a_read_that_fails_is_nobody_elses() -> None:
    shared: Coalesced[int] = Coalesced()

    async def fail() -> int:
        raise LookupError

    async def succeed() -> int:
        return 1

    with pytest.raises(LookupError):
        await shared.get("hall", fail)
    assert await shared.get("hall", succeed) == 1


async def test_the_stock_backend_never_hears_again(redis: Redis) -> None:
    """The control: why there is a backend of our own."""
    stock = ChannelsPlugin(
        RedisChannelsPubSubBackend(redis=redis), channels=[TOPIC], subscriber_class=Page
    )
    with suppress(RedisConnectionError):
        async with stock:
            page = await stock.subscribe([TOPIC])
            assert isinstance(page, Page)
            await redis.publish(TOPIC, b"refetch")
            assert await page.wait(SOON)
            assert await redis.client_kill_filter(_type="pubsub") == 1
            await asyncio.sleep(0.2)
            await redis.publish(TOPIC, b"refetch")
            assert not await page.wait(SOON)
