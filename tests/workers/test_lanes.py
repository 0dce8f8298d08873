"""A lane: no more at once than it is wide, awake when rung for, alive whatever a handler does."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest

from services.kernel import database, leases, outbox
from services.kernel.clock import SystemClock
from services.kernel.leases import Event
from services.kernel.outbox import EventStatus
from services.kernel.unit_of_work import unit_of_work
from tests.faults.conftest import until
from workers.failures import Failure
from workers.lanes import Lane

TOPIC = "test.lane"

pytestmark = pytest.mark.usefixtures("committed_database")


class Recorder:
    """A handler that does what it is told and notes how many it had in hand."""

    def __init__(self, deed: Callable[[Event], Awaitable[None]]) -> None:
        self.deed = deed
        self.in_hand = 0
        self.most = 0
        self.seen: list[Event] = []
        self.failures: list[Failure] = []

    async def handle(self, event: Event) -> None:
        self.seen.append(event)
        self.in_hand += 1
        self.most = max(self.most, self.in_hand)
        try:
            await self.deed(event)
        finally:
            self.in_hand -= 1
        await leases.complete(event, datetime.now(UTC))

    async def fail(self, event: Event, failure: Failure) -> None:
        self.failures.append(failure)
        await leases.fail(event, failure.code, datetime.now(UTC), for_good=failure.for_good)


async def nothing(_event: Event) -> None:
    """Do nothing."""


@asynccontextmanager
async def running(
    handler: Recorder, *, width: int = 4, sweep_seconds: float = 0.2
) -> AsyncIterator[Lane]:
    lane = Lane(
        "test", [TOPIC], handler, width=width, clock=SystemClock(), sweep_seconds=sweep_seconds
    )
    task = asyncio.create_task(lane.run())
    try:
        yield lane
    finally:
        lane.stop()
        await task


async def publish(number: int = 1) -> None:
    async with unit_of_work():
        for _ in range(number):
            await outbox.publish(TOPIC, {}, datetime.now(UTC))


async def count(status: EventStatus) -> int:
    found: int = await database.fetchval(
        "SELECT count(*) FROM outbox_event WHERE status = $1", status
    )
    return found


async def done(number: int) -> bool:
    return await count(EventStatus.DONE) == number


async def test_it_works_until_nothing_is_left_and_never_on_more_than_its_width() -> None:
    async def briefly(_event: Event) -> None:
        await asyncio.sleep(0.01)

    handler = Recorder(briefly)
    await publish(25)
    async with running(handler, width=4):
        await until(lambda: done(25), "all are done")
    assert handler.most == 4
    assert len(handler.seen) == 25


async def test_what_comes_while_it_is_busy_starts_at_once_if_a_hand_is_free() -> None:
    gate = asyncio.Event()

    async def hang_on_the_first(_event: Event) -> None:
        if len(handler.seen) == 1:
            await gate.wait()

    handler = Recorder(hang_on_the_first)
    await publish()
    async with running(handler, width=2, sweep_seconds=60) as lane:
        await until(lambda: handler.in_hand == 1, "the first hangs")
        await publish()
        lane.wake()
        await until(lambda: done(1), "the second is done meanwhile", seconds=2)
        gate.set()
        await until(lambda: done(2), "the first too")


async def test_a_ring_wakes_it_and_without_one_it_looks_by_itself() -> None:
    handler = Recorder(nothing)
    async with running(handler, sweep_seconds=60) as lane:
        await asyncio.sleep(0.2)
        await publish()
        await asyncio.sleep(0.3)
        assert handler.seen == []
        lane.wake()
        await until(lambda: done(1), "the ring is heard", seconds=2)
    async with running(Recorder(nothing), sweep_seconds=0.3):
        await publish()
        await until(lambda: done(2), "the sweep finds it", seconds=2)


async def test_it_rests_until_the_next_retry_is_due() -> None:
    async def fail_once(event: Event) -> None:
        if event.attempts == 1:
            raise Failure("not_yet")

    handler = Recorder(fail_once)
    await publish()
    async with running(handler, sweep_seconds=60):
        await until(lambda: len(handler.failures) == 1, "the first try failed")
        await until(lambda: done(1), "the retry came in its time", seconds=8)
    assert [event.attempts for event in handler.seen] == [1, 2]


@pytest.mark.parametrize(
    ("error", "code", "status"),
    [
        (Failure("no_such_address", for_good=True), "no_such_address", EventStatus.DEAD),
        (Failure("busy"), "busy", EventStatus.PENDING),
        (ZeroDivisionError("13812345678"), "ZeroDivisionError", EventStatus.PENDING),
    ],
)
async def test_whatever_a_handler_raises_is_kept_as_a_code_and_the_lane_goes_on(
    error: Exception, code: str, status: EventStatus
) -> None:
    async def break_the_first(_event: Event) -> None:
        if len(handler.seen) == 1:
            raise error

    handler = Recorder(break_the_first)
    await publish(3)
    async with running(handler, width=1):
        await until(lambda: done(2), "the others are done")
    assert await count(status) == 1
    kept = await database.fetchval(
        "SELECT last_error FROM outbox_event WHERE last_error IS NOT NULL"
    )
    assert kept == code


async def test_a_lease_lost_meanwhile_is_left_to_its_new_holder() -> None:
    async def lose_it(event: Event) -> None:
        await database.fetch(
            "UPDATE outbox_event SET lease = gen_random_uuid() WHERE id = $1", event.id
        )

    handler = Recorder(lose_it)
    await publish()
    async with running(handler):
        await until(lambda: len(handler.seen) == 1, "it was handled")
        await asyncio.sleep(0.1)
    assert await count(EventStatus.LEASED) == 1
    assert handler.failures == []


async def test_what_is_in_hand_is_finished_before_it_stops() -> None:
    async def slowly(_event: Event) -> None:
        await asyncio.sleep(0.3)

    handler = Recorder(slowly)
    await publish(5)
    async with running(handler, width=2):
        await until(lambda: handler.in_hand == 2, "two are in hand")
    assert await count(EventStatus.DONE) == 2
    assert await count(EventStatus.LEASED) == 0
    assert await count(EventStatus.PENDING) == 3
