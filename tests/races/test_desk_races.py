"""Clerks and supervisors who act on one thing in one instant. Before each guard, what happens
without it."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial
from uuid import UUID

import pytest

from services import queue
from services.catalog import Line, Window
from services.kernel import database
from services.kernel.actor import Actor
from services.kernel.errors import DomainError
from services.kernel.ids import new_id
from services.kernel.unit_of_work import unit_of_work
from services.queue import MoveWindow, PauseReason, TakeBreak, Ticket, TicketStatus, Transfer
from tests.bookings import OFFICE
from tests.queues import clerk, later, open_morning, seated, walk_in, windows
from tests.races.guards import overtaken, without
from tests.races.rush import all_at_once

pytestmark = pytest.mark.usefixtures("committed_database", "redis")
SOON = later(3) + timedelta(seconds=5)
HESITATION = 0.05


@pytest.fixture(autouse=True)
async def hall(committed_database: None, redis: object) -> None:
    """A hall, really committed."""
    del committed_database, redis
    await open_morning()


async def handed_on() -> tuple[Actor, Window, Actor, Window, Ticket]:
    """A number that one clerk has just handed to another, by misclick."""
    here, there = (await windows())[:2]
    actor, other = await seated(here), await seated(there)
    ticket = await walk_in(actor)
    await queue.call_next(actor, here.id, later(1))
    await queue.start(actor, ticket.id, later(2))
    command = Transfer(ticket_id=ticket.id, window_id=there.id)
    await queue.transfer(actor, command, later(3))
    return actor, here, other, there, ticket


async def naive_undo(window_id: UUID) -> None:
    """Take back as code without the count of changes would: read what was, write it."""
    async with unit_of_work() as uow:
        row = await uow.fetchrow(
            "SELECT ticket_id, before FROM window_act WHERE window_id = $1", window_id
        )
        assert row is not None
        await asyncio.sleep(HESITATION)
        await uow.execute(
            "UPDATE ticket SET (status, window_id, called_by, called_at, call_count, started_at,"
            " for_window_id) = (SELECT status, window_id, called_by, called_at, call_count,"
            " started_at, for_window_id FROM jsonb_populate_record(NULL::ticket, $2::jsonb))"
            " WHERE id = $1",
            row["ticket_id"],
            row["before"],
        )


@pytest.mark.control_of("test_an_undo_and_another_clerks_call_have_one_winner")
async def test_without_the_count_an_undo_takes_a_number_from_another_window() -> None:
    _, here, other, there, ticket = await handed_on()
    _, called = await all_at_once(
        [partial(naive_undo, here.id), partial(queue.call_next, other, there.id, SOON)]
    )
    assert isinstance(called, Ticket), "the other clerk was told that the number is theirs"
    assert await database.fetchval(
        "SELECT window_id FROM ticket WHERE id = $1", ticket.id
    ) == here.id, "and it is not"  # fmt: skip


async def test_an_undo_and_another_clerks_call_have_one_winner() -> None:
    for _ in range(3):
        actor, here, other, there, ticket = await handed_on()
        undone, called = await all_at_once(
            [
                partial(queue.undo, actor, here.id, SOON),
                partial(queue.call_next, other, there.id, SOON),
            ]
        )
        now = await queue.ticket(ticket.id)
        if isinstance(undone, Ticket):
            assert called is None
            assert (now.status, now.window_id) == (TicketStatus.SERVING, here.id)
            await queue.finish(actor, ticket.id, SOON)
        else:
            assert isinstance(undone, queue.TicketMoved)
            assert isinstance(called, Ticket)
            assert (now.status, now.window_id) == (TicketStatus.CALLED, there.id)
            await queue.skip(other, ticket.id, SOON)
        await queue.leave(actor, here.id, SOON)
        await queue.leave(other, there.id, SOON)


@pytest.mark.control_of("test_two_presses_of_undo_take_back_one_act")
async def test_without_the_count_two_presses_take_back_twice() -> None:
    actor, here, *_ = await handed_on()
    press = partial(queue.undo, actor, here.id, SOON)
    restoring = "jsonb_populate_record(NULL::ticket, $2::jsonb)) WHERE id = $1"
    with (
        without("version = $3", of=restoring, instead="$3 > 0"),
        overtaken(by=press, before=restoring) as other,
    ):
        assert isinstance(await press(), Ticket)
    assert isinstance(other.outcome, Ticket)


async def test_two_presses_of_undo_take_back_one_act() -> None:
    actor, here, *_ = await handed_on()
    outcomes = await all_at_once([partial(queue.undo, actor, here.id, SOON)] * 3)
    assert sum(isinstance(one, Ticket) for one in outcomes) == 1
    assert all(
        isinstance(one, Ticket | queue.TicketMoved | queue.NothingToUndo) for one in outcomes
    )


async def naive_transfer(ticket_id: UUID, window_id: UUID) -> bool:
    """Hand on as code without a lock would: look, then write."""
    async with unit_of_work() as uow:
        status = await uow.fetchval("SELECT status FROM ticket WHERE id = $1", ticket_id)
        if status != "serving":
            return False
        await asyncio.sleep(HESITATION)
        await uow.execute(
            "UPDATE ticket SET status = 'waiting', window_id = NULL, called_by = NULL,"
            " called_at = NULL, call_count = 0, started_at = NULL, for_window_id = $2"
            " WHERE id = $1",
            ticket_id,
            window_id,
        )
        return True


@pytest.mark.control_of("test_handing_on_and_calling_in_one_instant")
async def test_without_the_lock_one_number_is_handed_on_twice() -> None:
    here, *there = (await windows())[:3]
    actor = await seated(here)
    ticket = await walk_in(actor)
    await queue.call_next(actor, here.id, later(1))
    await queue.start(actor, ticket.id, later(2))
    done = await all_at_once(partial(naive_transfer, ticket.id, one.id) for one in there)
    assert done == [True, True]


async def test_handing_on_and_calling_in_one_instant() -> None:
    """Two presses of the key and the other clerk's call: one transfer, and nobody's is lost."""
    here, there = (await windows())[:2]
    actor, other = await seated(here), await seated(there)
    for _ in range(3):
        ticket = await walk_in(actor)
        await queue.call_next(actor, here.id, later(1))
        command = Transfer(ticket_id=ticket.id, window_id=there.id)
        first, second, called = await all_at_once(
            [
                partial(queue.transfer, actor, command, later(2)),
                partial(queue.transfer, actor, command, later(2)),
                partial(queue.call_next, other, there.id, later(2)),
            ]
        )
        assert sum(isinstance(one, Ticket) for one in (first, second)) == 1
        now = await queue.ticket(ticket.id)
        if called is None:
            assert (now.status, now.for_window_id) == (TicketStatus.WAITING, there.id)
            await queue.call_next(other, there.id, later(3))
        else:
            assert (now.status, now.window_id) == (TicketStatus.CALLED, there.id)
        await queue.skip(other, ticket.id, later(4))


@pytest.mark.control_of("test_a_break_and_a_call_in_one_instant_have_one_winner")
async def test_without_the_lock_a_number_is_called_to_a_window_on_a_break() -> None:
    window = (await windows())[0]
    actor = await seated(window)
    await walk_in(actor)
    rest = TakeBreak(window_id=window.id, reason=PauseReason.REST, length=timedelta(minutes=5))
    with (
        without("FOR UPDATE", of="SELECT staff_id FROM window_session"),
        overtaken(
            by=partial(queue.call_next, actor, window.id, later(1)),
            after="FROM ticket WHERE window_id = $1",
        ) as other,
    ):
        assert isinstance(await queue.take_break(actor, rest, later(1)), queue.Pause)
    assert isinstance(other.outcome, Ticket)


async def test_a_break_and_a_call_in_one_instant_have_one_winner() -> None:
    window = (await windows())[0]
    actor = await seated(window)
    rest = TakeBreak(window_id=window.id, reason=PauseReason.REST, length=timedelta(minutes=5))
    for _ in range(5):
        ticket = await walk_in(actor)
        called, paused = await all_at_once(
            [
                partial(queue.call_next, actor, window.id, later(1)),
                partial(queue.take_break, actor, rest, later(1)),
            ]
        )
        if isinstance(called, Ticket):
            assert isinstance(paused, queue.WindowBusy)
            await queue.skip(actor, called.id, later(2))
        else:
            assert isinstance(called, queue.WindowPaused)
            assert isinstance(paused, queue.Pause)
            await queue.go_on(actor, window.id, later(2))
            await queue.withdraw(actor, ticket.id, later(2))


async def naive_move(boss: Actor, window_id: UUID, line: Line) -> None:
    """Move a window without the office's lock."""
    async with unit_of_work() as uow:
        await uow.fetchval("SELECT 1 FROM window_assignment WHERE window_id = $1", window_id)
        await asyncio.sleep(HESITATION)
        await uow.execute(
            "INSERT INTO window_assignment (id, window_id, lines, valid_from, assigned_by)"
            " VALUES ($1, $2, $3, $4, $5)",
            new_id(),
            window_id,
            [line.value],
            later(1),
            boss.id,
        )


@pytest.mark.control_of("test_two_supervisors_who_move_one_window")
async def test_without_the_lock_only_the_constraint_stands_between_two_supervisors() -> None:
    window = (await windows())[0]
    bosses = [await clerk(role="supervisor") for _ in range(2)]
    outcomes = await all_at_once(
        partial(naive_move, boss, window.id, line)
        for boss, line in zip(bosses, (Line.VEHICLE, Line.FIRM), strict=True)
    )
    assert sum(isinstance(one, queue.WindowMoved) for one in outcomes) == 1


async def test_two_supervisors_who_move_one_window() -> None:
    window = (await windows())[0]
    bosses = [await clerk(role="supervisor") for _ in range(2)]
    wanted = [MoveWindow(window_id=window.id, lines=(line,)) for line in (Line.VEHICLE, Line.FIRM)]
    outcomes = await all_at_once(
        partial(queue.move_window, boss, command, later(1))
        for boss, command in zip(bosses, wanted, strict=True)
    )
    assert all(isinstance(one, Window) for one in outcomes)
    (now,) = (await queue.moved_windows(OFFICE, later(2))).values()
    assert now.lines in {command.lines for command in wanted}


async def two_last_windows() -> list[Callable[[], Awaitable[object]]]:
    """Two supervisors who each take one of the last two windows from a line that people wait in."""
    *others, first, second = await windows()
    bosses = [await clerk(role="supervisor") for _ in range(2)]
    await walk_in(bosses[0])
    for window in others:
        await queue.move_window(
            bosses[0], MoveWindow(window_id=window.id, lines=(Line.FIRM,)), later(1)
        )
    return [
        partial(queue.move_window, boss, MoveWindow(window_id=one.id, lines=(Line.FIRM,)), later(2))
        for boss, one in zip(bosses, (first, second), strict=True)
    ]


@pytest.mark.control_of("test_two_supervisors_do_not_leave_a_line_alone_together")
async def test_without_the_lock_they_leave_it_alone() -> None:
    mine, others = await two_last_windows()
    lock = "SELECT 1 FROM office WHERE code = $1"
    with (
        without("FOR NO KEY UPDATE", of=lock),
        # Each sees the other's window still at its line: neither has committed.
        overtaken(by=others, before="INSERT INTO audit_record") as other,
    ):
        assert isinstance(await mine(), Window)
    assert isinstance(other.outcome, Window)


async def test_two_supervisors_do_not_leave_a_line_alone_together() -> None:
    outcomes = await all_at_once(await two_last_windows())
    assert sum(isinstance(one, DomainError) for one in outcomes) == 1
    assert sum(isinstance(one, queue.LineLeftAlone) for one in outcomes) == 1
