"""A misclick taken back: everything is as it was, to the second."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import UUID

import pytest

from services import appointments, audit, queue
from services.catalog import Line, Window
from services.kernel import database
from services.kernel.actor import Actor
from services.queue import CallChosen, ChosenReason, Park, TakeBreak, Ticket, Transfer
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

pytestmark = pytest.mark.usefixtures("database", "redis")
ACTED = later(10)
SOON = ACTED + timedelta(seconds=10)

Deed = Callable[[Actor, Window, Ticket], Awaitable[object]]


@pytest.fixture(autouse=True)
async def hall(database: None) -> None:
    """A hall that is open."""
    del database
    await open_morning()


async def whole(ticket_id: UUID) -> dict[str, object]:
    """Every column of a ticket but the count of its changes."""
    row = await database.fetchrow("SELECT * FROM ticket WHERE id = $1", ticket_id)
    assert row is not None
    return {name: value for name, value in row.items() if name != "version"}


async def called(actor: Actor, window: Window, ticket: Ticket) -> None:
    await queue.call_next(actor, window.id, later(1))


async def serving(actor: Actor, window: Window, ticket: Ticket) -> None:
    await called(actor, window, ticket)
    await queue.start(actor, ticket.id, later(2))


async def parked(actor: Actor, window: Window, ticket: Ticket) -> None:
    await serving(actor, window, ticket)
    await queue.park(actor, Park(ticket_id=ticket.id, note="a photo"), later(3))


async def skipped(actor: Actor, window: Window, ticket: Ticket) -> None:
    await called(actor, window, ticket)
    await queue.skip(actor, ticket.id, later(2))


async def nothing(actor: Actor, window: Window, ticket: Ticket) -> None:
    del actor, window, ticket


async def choose(actor: Actor, window: Window, ticket: Ticket) -> None:
    command = CallChosen(window_id=window.id, ticket_id=ticket.id, reason=ChosenReason.OUR_MISTAKE)
    await queue.call_chosen(actor, command, ACTED)


async def hand_on(actor: Actor, window: Window, ticket: Ticket) -> None:
    del window
    command = Transfer(ticket_id=ticket.id, line=Line.VEHICLE, note="ask there")
    await queue.transfer(actor, command, ACTED)


STEPS: list[tuple[Deed, Deed]] = [
    (nothing, lambda actor, window, _: queue.call_next(actor, window.id, ACTED)),
    (nothing, choose),
    (nothing, lambda actor, _, ticket: queue.withdraw(actor, ticket.id, ACTED)),
    (called, lambda actor, _, ticket: queue.start(actor, ticket.id, ACTED)),
    (called, lambda actor, _, ticket: queue.skip(actor, ticket.id, ACTED)),
    (serving, lambda actor, _, ticket: queue.finish(actor, ticket.id, ACTED, note="all well")),
    (serving, lambda actor, _, ticket: queue.park(actor, Park(ticket_id=ticket.id), ACTED)),
    (serving, hand_on),
    (parked, lambda actor, _, ticket: queue.resume(actor, ticket.id, ACTED)),
    (parked, lambda actor, _, ticket: queue.withdraw(actor, ticket.id, ACTED)),
    (skipped, lambda actor, _, ticket: queue.come_back(actor, ticket.id, ACTED)),
]


@pytest.mark.parametrize(("before", "act"), STEPS)
async def test_an_undo_restores_the_ticket_and_the_appointment(before: Deed, act: Deed) -> None:
    window, booking = (await windows())[0], await appointment()
    actor = await seated(window)
    ticket = await checked_in(actor, booking)
    await before(actor, window, ticket)
    as_it_was = await whole(ticket.id)
    status = (await appointments.appointment(booking.id)).status
    await act(actor, window, ticket)
    assert await whole(ticket.id) != as_it_was
    offered = (await queue.workbench(actor, window.id, SOON)).undoable
    assert offered is not None
    await queue.undo(actor, window.id, SOON)
    assert await whole(ticket.id) == as_it_was
    assert (await appointments.appointment(booking.id)).status is status
    assert (await audit.about("ticket", ticket.id))[0].action == "queue.undone"
    with pytest.raises(queue.NothingToUndo):
        await queue.undo(actor, window.id, SOON)


async def test_an_undo_comes_too_late_after_ten_seconds() -> None:
    window = (await windows())[0]
    actor = await seated(window)
    ticket = await walk_in(actor)
    await queue.call_next(actor, window.id, ACTED)
    late = SOON + timedelta(microseconds=1)
    assert (await queue.workbench(actor, window.id, late)).undoable is None
    with pytest.raises(queue.UndoneTooLate):
        await queue.undo(actor, window.id, late)
    assert (await queue.ticket(ticket.id)).called_at == ACTED


async def test_what_somebody_else_has_acted_on_is_not_undone() -> None:
    here, there = (await windows())[:2]
    actor, other = await seated(here), await seated(there)
    await walk_in(actor)
    ticket = await queue.call_next(actor, here.id, later(9))
    assert ticket is not None
    await queue.start(actor, ticket.id, later(9))
    await queue.transfer(actor, Transfer(ticket_id=ticket.id, window_id=there.id), ACTED)
    await queue.call_next(other, there.id, ACTED)
    assert (await queue.workbench(actor, here.id, SOON)).undoable is None
    with pytest.raises(queue.TicketMoved):
        await queue.undo(actor, here.id, SOON)


async def test_a_window_on_a_break_takes_no_number_back() -> None:
    window = (await windows())[0]
    actor = await seated(window)
    first = await walk_in(actor)
    await serving(actor, window, first)
    await queue.finish(actor, first.id, ACTED)
    rest = TakeBreak(
        window_id=window.id, reason=queue.PauseReason.REST, length=timedelta(minutes=5)
    )
    await queue.take_break(actor, rest, ACTED)
    with pytest.raises(queue.WindowPaused):
        await queue.undo(actor, window.id, SOON)
    await queue.go_on(actor, window.id, SOON)
    assert (await queue.undo(actor, window.id, SOON)).status is queue.TicketStatus.SERVING


async def test_only_who_sits_there_undoes_and_only_what_they_did() -> None:
    window = (await windows())[0]
    actor = await seated(window)
    await walk_in(actor)
    await walk_in(actor)
    ticket = await queue.call_next(actor, window.id, ACTED)
    assert ticket is not None
    with pytest.raises(queue.NotAtWindow):
        await queue.undo(await clerk(), window.id, SOON)
    await queue.skip(actor, ticket.id, ACTED)
    await queue.leave(actor, window.id, ACTED)
    other = await seated(window, now=ACTED)
    with pytest.raises(queue.NothingToUndo):
        await queue.undo(other, window.id, SOON)
