"""Clerks who call in the same moment. The control first: without the lock and the guard, two
windows get one ticket."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from uuid import UUID

import asyncpg
import pytest

from services import queue
from services.catalog import Window
from services.kernel import database
from services.kernel.actor import Actor
from services.kernel.errors import DomainError
from services.kernel.unit_of_work import unit_of_work
from services.queue import Ticket, TicketStatus
from tests.bookings import OFFICE
from tests.harness.run import Worker
from tests.queues import (
    appointment,
    checked_in,
    clerk,
    later,
    open_morning,
    seated,
    walk_in,
    windows,
)
from tests.races.guards import Overtaker, overtaken, without, without_index
from tests.races.rush import all_at_once

pytestmark = pytest.mark.usefixtures("committed_database", "redis")

PEOPLE = 12


@pytest.fixture(autouse=True)
async def hall(committed_database: None, redis: object) -> None:
    """A hall, really committed."""
    del committed_database, redis
    await open_morning()


async def clerks() -> list[tuple[Actor, Window]]:
    """A clerk at every household window."""
    return [(await seated(window), window) for window in await windows()]


async def naive_call(actor: Actor, window_id: UUID, now: datetime) -> str | None:
    """Call as code without a lock would: look, then write."""
    async with unit_of_work() as uow:
        row = await uow.fetchrow(
            "SELECT id, number FROM ticket WHERE office_code = $1 AND status = 'waiting'"
            " ORDER BY order_at, id LIMIT 1",
            OFFICE,
        )
        if row is None:
            return None
        await asyncio.sleep(0.05)  # the other clerk's finger is on the key as well
        await uow.execute(
            "UPDATE ticket SET status = 'called', window_id = $2, called_by = $3, called_at = $4,"
            " call_count = 1 WHERE id = $1",
            row["id"],
            window_id,
            actor.id,
            now,
        )
        return str(row["number"])


@pytest.mark.control_of("test_no_two_windows_get_one_ticket_and_the_order_is_kept")
async def test_without_the_lock_two_windows_get_one_ticket() -> None:
    crew = await clerks()
    for _ in range(PEOPLE):
        await walk_in(crew[0][0])
    called = await all_at_once(
        partial(naive_call, actor, window.id, later(1)) for actor, window in crew
    )
    assert len(crew) > 1
    assert len(set(called)) < len(called)


async def test_no_two_windows_get_one_ticket_and_the_order_is_kept() -> None:
    crew = await clerks()
    given = [await walk_in(crew[0][0], later(minute)) for minute in range(PEOPLE)]
    called: list[str] = []
    for minute in range(PEOPLE, PEOPLE + PEOPLE // len(crew)):
        round_ = await all_at_once(
            partial(queue.call_next, actor, window.id, later(minute)) for actor, window in crew
        )
        tickets = [one for one in round_ if isinstance(one, Ticket)]
        assert len(tickets) == len(crew)
        # Within one instant the windows may share out the first few as they like.
        expected = given[len(called) : len(called) + len(crew)]
        assert {one.number for one in tickets} == {one.number for one in expected}
        called += [one.number for one in tickets]
        for one, (actor, _) in zip(round_, crew, strict=True):
            assert isinstance(one, Ticket)
            await queue.skip(actor, one.id, later(minute))
    assert len(set(called)) == len(called)


@pytest.mark.control_of("test_two_presses_at_one_window_call_one_ticket")
async def test_without_the_index_two_presses_call_two_tickets(worker: Worker) -> None:
    window = (await windows())[0]
    actor = await seated(window)
    for _ in range(2):
        await walk_in(actor)
    press = partial(queue.call_next, actor, window.id, later(1))
    async with without_index(worker, "ticket_one_at_a_window"):
        with overtaken(by=press, after="FROM window_session s") as other:
            mine = await press()
    assert isinstance(mine, Ticket)
    assert isinstance(other.outcome, Ticket)
    assert mine.number != other.outcome.number


async def test_two_presses_at_one_window_call_one_ticket() -> None:
    window = (await windows())[0]
    actor = await seated(window)
    for _ in range(4):
        await walk_in(actor)
    outcomes = await all_at_once([partial(queue.call_next, actor, window.id, later(1))] * 4)
    assert sum(isinstance(one, Ticket) for one in outcomes) == 1
    assert sum(isinstance(one, queue.WindowBusy) for one in outcomes) == 3
    waiting = await database.fetchval("SELECT count(*) FROM ticket WHERE status = 'waiting'")
    assert waiting == 3


@pytest.mark.control_of("test_one_slip_at_two_counters_gives_one_number")
async def test_without_state_and_index_one_slip_gives_two_numbers(worker: Worker) -> None:
    booking = await appointment()
    one, two = await clerk(), await clerk()
    step = "UPDATE appointment SET status"
    async with without_index(worker, "ticket_one_per_appointment"):
        with (
            without("AND status = ANY($3::text[])", of=step, instead="AND $3::text[] IS NOT NULL"),
            overtaken(by=partial(checked_in, two, booking), before=step) as other,
        ):
            mine = await checked_in(one, booking)
    assert isinstance(other.outcome, Ticket)
    assert mine.number != other.outcome.number


async def test_one_slip_at_two_counters_gives_one_number() -> None:
    booking = await appointment()
    crew = [await clerk(), await clerk(), await clerk()]
    outcomes = await all_at_once(partial(checked_in, actor, booking) for actor in crew)
    assert sum(isinstance(one, Ticket) for one in outcomes) == 1
    assert sum(isinstance(one, DomainError) and one.status == 409 for one in outcomes) == 2
    assert await database.fetchval("SELECT count(*) FROM ticket") == 1


@pytest.mark.control_of("test_numbers_are_given_without_gap_or_double")
async def test_numbers_that_are_counted_come_twice(worker: Worker) -> None:
    """Without the counter's row, which whoever comes second waits for."""
    actor = await clerk()
    given = partial(walk_in, actor)
    counter = (
        "INSERT INTO ticket_counter (id, office_code, day, line, last) VALUES ($1, $2, $3, $4, 1)"
        " ON CONFLICT ON CONSTRAINT ticket_counter_once"
        " DO UPDATE SET last = ticket_counter.last + 1 RETURNING last"
    )
    counted = (
        "SELECT 1 + count(*) FROM ticket"
        " WHERE $1::uuid IS NOT NULL AND office_code = $2 AND day = $3 AND line = $4"
    )
    async with without_index(worker, "ticket_number_given_once"):
        with (
            without(counter, of="INSERT INTO ticket_counter", instead=counted),
            overtaken(by=given, after="INSERT INTO ticket_counter") as other,
        ):
            mine = await given()
    assert isinstance(other.outcome, Ticket)
    assert mine.number == other.outcome.number


async def test_numbers_are_given_without_gap_or_double() -> None:
    actor = await clerk()
    outcomes = await all_at_once([partial(walk_in, actor)] * PEOPLE)
    numbers = sorted(one.number for one in outcomes if isinstance(one, Ticket))
    assert numbers == [f"H{count:03}" for count in range(1, PEOPLE + 1)]


_ONE_TICKET = "to_jsonb(ticket)::text AS before FROM ticket WHERE id = $1"


@contextmanager
def unguarded(by: Callable[[], Awaitable[object]]) -> Iterator[Overtaker]:
    """Somebody else's act on the ticket in between, without its lock and its expected state."""
    with (
        without("FOR UPDATE", of=_ONE_TICKET),
        without("AND status = ANY($2)", of="UPDATE ticket SET", instead="AND $2 <> '{}'::text[]"),
        overtaken(by=by, after=_ONE_TICKET) as other,
    ):
        yield other


@pytest.mark.control_of("test_start_and_no_show_in_one_instant_have_one_winner")
async def test_without_lock_and_state_only_the_constraint_stands_between_them() -> None:
    window = (await windows())[0]
    actor, booking = await seated(window), await appointment()
    ticket = await checked_in(actor, booking)
    await queue.call_next(actor, window.id, later(1))
    with (
        unguarded(by=partial(queue.start, actor, ticket.id, later(2))) as other,
        pytest.raises(asyncpg.CheckViolationError, match="ticket_started"),
    ):
        await queue.skip(actor, ticket.id, later(2))
    assert isinstance(other.outcome, Ticket)


async def test_start_and_no_show_in_one_instant_have_one_winner() -> None:
    window = (await windows())[0]
    actor, booking = await seated(window), await appointment()
    ticket = await checked_in(actor, booking)
    await queue.call_next(actor, window.id, later(1))
    outcomes = await all_at_once(
        [
            partial(queue.start, actor, ticket.id, later(2)),
            partial(queue.skip, actor, ticket.id, later(2)),
        ]
    )
    (won,) = [one for one in outcomes if isinstance(one, Ticket)]
    assert sum(isinstance(one, queue.TicketMoved) for one in outcomes) == 1
    assert (await queue.ticket(ticket.id)).status is won.status


@pytest.mark.control_of("test_nobody_comes_back_twice")
async def test_without_lock_and_state_somebody_comes_back_twice() -> None:
    window = (await windows())[0]
    actor = await seated(window)
    ticket = await walk_in(actor)
    await queue.call_next(actor, window.id, later(1))
    await queue.skip(actor, ticket.id, later(2))
    back = partial(queue.come_back, actor, ticket.id, later(3))
    with unguarded(by=back) as other:
        assert isinstance(await back(), Ticket)
    assert isinstance(other.outcome, Ticket)


async def test_nobody_comes_back_twice() -> None:
    window = (await windows())[0]
    actor = await seated(window)
    ticket = await walk_in(actor)
    await queue.call_next(actor, window.id, later(1))
    await queue.skip(actor, ticket.id, later(2))
    outcomes = await all_at_once([partial(queue.come_back, actor, ticket.id, later(3))] * 3)
    assert sum(isinstance(one, Ticket) for one in outcomes) == 1
    assert (await queue.ticket(ticket.id)).status is TicketStatus.WAITING


@pytest.mark.control_of("test_two_clerks_who_want_one_window")
async def test_without_the_index_two_clerks_sit_at_one_window(worker: Worker) -> None:
    window = (await windows())[0]
    one, two = await clerk(), await clerk()
    async with without_index(worker, "window_session_one_per_window"):
        with overtaken(
            by=partial(queue.sit_down, two, window.id, later(0)),
            after="UPDATE window_session SET left_at",
        ) as other:
            await queue.sit_down(one, window.id, later(0))
        assert other.outcome is None
        assert await database.fetchval("SELECT count(*) FROM window_session") == 2


async def test_two_clerks_who_want_one_window() -> None:
    window = (await windows())[0]
    crew = [await clerk(), await clerk(), await clerk()]
    outcomes = await all_at_once(
        partial(queue.sit_down, actor, window.id, later(0)) for actor in crew
    )
    assert sum(one is None for one in outcomes) == 1
    assert sum(isinstance(one, queue.WindowTaken) for one in outcomes) == 2


@pytest.mark.control_of("test_a_window_is_not_left_with_a_number_that_was_just_called")
async def test_without_the_lock_a_number_is_called_to_an_empty_window() -> None:
    window = (await windows())[0]
    actor = await seated(window)
    await walk_in(actor)
    seat = "AND (staff_id = $2 OR $3)"
    with (
        without("FOR UPDATE", of=seat),
        overtaken(
            by=partial(queue.call_next, actor, window.id, later(1)),
            after="FROM ticket WHERE window_id = $1",
        ) as other,
    ):
        await queue.leave(actor, window.id, later(1))
    assert isinstance(other.outcome, Ticket)


async def test_a_window_is_not_left_with_a_number_that_was_just_called() -> None:
    window = (await windows())[0]
    for _ in range(5):
        actor = await seated(window)
        ticket = await walk_in(actor)
        called, left = await all_at_once(
            [
                partial(queue.call_next, actor, window.id, later(1)),
                partial(queue.leave, actor, window.id, later(1)),
            ]
        )
        assert isinstance(called, Ticket) == isinstance(left, queue.WindowBusy)
        if isinstance(called, Ticket):
            await queue.skip(actor, ticket.id, later(2))
            await queue.leave(actor, window.id, later(2))
        else:
            assert isinstance(called, queue.NotAtWindow)
            await queue.withdraw(actor, ticket.id, later(2))
