"""Many workers claim at once: each event goes to one of them."""

import asyncio
from collections import Counter
from uuid import UUID

import pytest

from services.kernel import database, leases, outbox
from services.kernel.clock import FixedClock
from services.kernel.unit_of_work import unit_of_work

TOPIC = "test.race"
EVENTS = 40
WORKERS = 8

pytestmark = pytest.mark.usefixtures("committed_database")


@pytest.fixture(autouse=True)
async def _events(committed_database: None, clock: FixedClock) -> None:
    async with unit_of_work():
        for _ in range(EVENTS):
            await outbox.publish(TOPIC, {}, clock.now())


async def guarded(clock: FixedClock, barrier: asyncio.Barrier) -> list[UUID]:
    """Claim until nothing is left; nobody comes a second time before everybody came once."""
    claimed = [event.id for event in await leases.claim([TOPIC], clock.now(), 3)]
    await barrier.wait()
    while events := await leases.claim([TOPIC], clock.now(), 3):
        claimed += [event.id for event in events]
        await asyncio.sleep(0)
    return claimed


async def unguarded(barrier: asyncio.Barrier) -> list[UUID]:
    """The same without SKIP LOCKED and without looking again: read what is due, then take it."""
    due = await database.fetch(
        "SELECT id FROM outbox_event WHERE topic = $1 AND status = 'pending'", TOPIC
    )
    await barrier.wait()
    ids = [row["id"] for row in due]
    for event_id in ids:  # one at a time: eight that lock many rows each can deadlock
        await database.fetch(
            "UPDATE outbox_event SET status = 'leased', lease = gen_random_uuid(),"
            " leased_until = now() WHERE id = $1",
            event_id,
        )
    return ids


@pytest.mark.control_of("test_with_the_guard_each_event_is_claimed_once")
async def test_without_the_guard_they_take_the_same_events() -> None:
    barrier = asyncio.Barrier(WORKERS)
    taken = await asyncio.gather(*(unguarded(barrier) for _ in range(WORKERS)))
    times = Counter(event for claimed in taken for event in claimed)
    assert max(times.values()) > 1


async def test_with_the_guard_each_event_is_claimed_once(clock: FixedClock) -> None:
    barrier = asyncio.Barrier(WORKERS)
    taken = await asyncio.gather(*(guarded(clock, barrier) for _ in range(WORKERS)))
    times = Counter(event for claimed in taken for event in claimed)
    assert len(times) == EVENTS
    assert set(times.values()) == {1}
    assert all(taken), "somebody got nothing: no race was run"
