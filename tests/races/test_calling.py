"""Clerks who call in the same moment. The control first: without the lock and the guard, two
windows get one ticket."""

import asyncio
from datetime import datetime
from functools import partial
from uuid import UUID

import pytest

from services import queue
from services.catalog import Window
from services.kernel import database
from services.kernel.actor import Actor
from services.kernel.errors import DomainError
from services.kernel.unit_of_work import unit_of_work
from services.queue import Ticket, TicketStatus
from tests.bookings import OFFICE
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


async def test_one_slip_at_two_counters_gives_one_number() -> None:
    booking = await appointment()
    crew = [await clerk(), await clerk(), await clerk()]
    outcomes = await all_at_once(partial(checked_in, actor, booking) for actor in crew)
    assert sum(isinstance(one, Ticket) for one in outcomes) == 1
    assert sum(isinstance(one, DomainError) and one.status == 409 for one in outcomes) == 2
    assert await database.fetchval("SELECT count(*) FROM ticket") == 1


async def test_numbers_are_given_without_gap_or_double() -> None:
    actor = await clerk()
    outcomes = await all_at_once([partial(walk_in, actor)] * PEOPLE)
    numbers = sorted(one.number for one in outcomes if isinstance(one, Ticket))
    assert numbers == [f"H{count:03}" for count in range(1, PEOPLE + 1)]


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


async def test_nobody_comes_back_twice() -> None:
    window = (await windows())[0]
    actor = await seated(window)
    ticket = await walk_in(actor)
    await queue.call_next(actor, window.id, later(1))
    await queue.skip(actor, ticket.id, later(2))
    outcomes = await all_at_once([partial(queue.come_back, actor, ticket.id, later(3))] * 3)
    assert sum(isinstance(one, Ticket) for one in outcomes) == 1
    assert (await queue.ticket(ticket.id)).status is TicketStatus.WAITING


async def test_two_clerks_who_want_one_window() -> None:
    window = (await windows())[0]
    crew = [await clerk(), await clerk(), await clerk()]
    outcomes = await all_at_once(
        partial(queue.sit_down, actor, window.id, later(0)) for actor in crew
    )
    assert sum(one is None for one in outcomes) == 1
    assert sum(isinstance(one, queue.WindowTaken) for one in outcomes) == 2


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
