"""Live messages go out after the commit, and say nothing but "look again"."""

from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis
from redis.asyncio.client import PubSub

from services.kernel import live
from services.kernel.unit_of_work import unit_of_work

TOPIC = live.office_topic("dongchangfu")

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
async def listener(redis: "Redis") -> AsyncIterator[PubSub]:
    listening = redis.pubsub()
    await listening.subscribe(TOPIC)
    assert (await listening.get_message(timeout=2))["type"] == "subscribe"
    yield listening
    await listening.aclose()  # type: ignore[no-untyped-call]  # redis-py leaves it untyped


async def heard(listener: PubSub) -> bytes | None:
    message = await listener.get_message(timeout=0.3)
    return message["data"] if message else None


async def test_pages_hear_of_a_change_once_it_is_committed(listener: PubSub) -> None:
    async with unit_of_work():
        live.announce(TOPIC)
        assert await heard(listener) is None
    assert await heard(listener) == b"refetch"
    assert await heard(listener) is None


async def test_nobody_hears_of_what_was_rolled_back(listener: PubSub) -> None:
    with pytest.raises(ZeroDivisionError):
        async with unit_of_work():
            live.announce(TOPIC)
            raise ZeroDivisionError
    assert await heard(listener) is None


async def test_another_office_is_another_topic(listener: PubSub) -> None:
    async with unit_of_work():
        live.announce(live.office_topic("chiping"))
    assert await heard(listener) is None
