"""Numbers that leave a window before their business is done, and those called out of order."""

import pytest

from services import audit, queue
from services.catalog import Line, WindowUnknown
from services.kernel import database
from services.queue import CallChosen, ChosenReason, Outcome, Park, TicketStatus, Transfer
from tests.queues import (
    OTHER_OFFICE,
    clerk,
    later,
    open_morning,
    seated,
    walk_in,
    windows,
)

pytestmark = pytest.mark.usefixtures("database", "redis")
NOTE = "Copy of the household register"


@pytest.fixture(autouse=True)
async def hall(database: None) -> None:
    """A hall that is open."""
    del database
    await open_morning()


async def test_who_fetches_a_paper_is_first_at_the_window_they_left() -> None:
    here, there = (await windows())[:2]
    actor, other = await seated(here), await seated(there)
    gone = await walk_in(actor)
    await queue.call_next(actor, here.id, later(1))
    await queue.start(actor, gone.id, later(2))
    parked = await queue.park(actor, Park(ticket_id=gone.id, note=NOTE), later(3))
    assert parked.status is TicketStatus.PARKED
    assert (await queue.workbench(actor, here.id, later(3))).current is None
    earlier = await walk_in(actor, later(4), priority=queue.Priority.URGENT)
    back = await queue.resume(other, gone.id, later(5))
    assert (back.order_at, back.for_window_id) == (gone.order_at, here.id)
    called = await queue.call_next(other, there.id, later(6))
    assert called is not None
    assert called.id == earlier.id, "it waits for the window that knows it"
    bench = await queue.workbench(actor, here.id, later(6))
    assert [one.id for one in bench.waiting] == [gone.id]
    assert bench.notes == {gone.id: NOTE}
    called = await queue.call_next(actor, here.id, later(7))
    assert called is not None
    assert called.id == gone.id


async def test_nobody_waits_for_a_window_that_nobody_works() -> None:
    here, there = (await windows())[:2]
    actor, other = await seated(here), await seated(there)
    ticket = await walk_in(actor)
    await queue.call_next(actor, here.id, later(1))
    await queue.start(actor, ticket.id, later(2))
    await queue.park(actor, Park(ticket_id=ticket.id), later(3))
    await queue.resume(actor, ticket.id, later(4))
    assert await queue.call_next(other, there.id, later(5)) is None
    await queue.leave(actor, here.id, later(6))
    called = await queue.call_next(other, there.id, later(7))
    assert called is not None
    assert called.id == ticket.id


async def test_a_number_handed_on_keeps_its_number_and_its_place() -> None:
    household, vehicle = (await windows())[0], (await windows(Line.VEHICLE))[0]
    actor, other = await seated(household), await seated(vehicle)
    ticket = await walk_in(actor)
    waiting = await walk_in(actor, later(1), line=Line.VEHICLE)
    await queue.call_next(actor, household.id, later(2))
    await queue.start(actor, ticket.id, later(2))
    command = Transfer(ticket_id=ticket.id, line=Line.VEHICLE, note=NOTE)
    moved = await queue.transfer(actor, command, later(3))
    assert (moved.number, moved.line, moved.order_at) == ("H001", Line.VEHICLE, ticket.order_at)
    bench = await queue.workbench(other, vehicle.id, later(3))
    assert [one.id for one in bench.waiting] == [ticket.id, waiting.id]
    assert bench.notes[ticket.id] == NOTE
    sealed = await database.fetchval("SELECT note FROM ticket WHERE id = $1", ticket.id)
    assert NOTE.encode() not in sealed


async def test_a_number_handed_to_a_window_waits_for_it_in_its_line() -> None:
    household, vehicle = (await windows())[0], (await windows(Line.VEHICLE))[-1]
    actor, other = await seated(household), await seated(vehicle)
    ticket = await walk_in(actor)
    await queue.call_next(actor, household.id, later(1))
    command = Transfer(ticket_id=ticket.id, window_id=vehicle.id)
    moved = await queue.transfer(actor, command, later(2))
    assert moved.line in vehicle.lines
    called = await queue.call_next(other, vehicle.id, later(3))
    assert called is not None
    assert called.id == ticket.id


async def test_a_number_is_not_handed_on_to_where_it_is_or_cannot_be() -> None:
    household = (await windows())[0]
    actor = await seated(household)
    ticket = await walk_in(actor)
    await queue.call_next(actor, household.id, later(1))
    far = (await windows(office_code=OTHER_OFFICE))[0]
    for command, refusal in (
        (Transfer(ticket_id=ticket.id, window_id=household.id), queue.SamePlace),
        (Transfer(ticket_id=ticket.id, line=Line.HOUSEHOLD), queue.SamePlace),
        (Transfer(ticket_id=ticket.id), queue.LineNotServed),
        (Transfer(ticket_id=ticket.id, window_id=far.id), WindowUnknown),
    ):
        with pytest.raises(refusal):
            await queue.transfer(actor, command, later(2))
    assert (await queue.ticket(ticket.id)).status is TicketStatus.CALLED


async def test_a_chosen_number_is_called_with_its_reason_on_record() -> None:
    window = (await windows())[0]
    actor = await seated(window)
    await walk_in(actor)
    chosen = await walk_in(actor, later(1))
    command = CallChosen(window_id=window.id, ticket_id=chosen.id, reason=ChosenReason.CANNOT_WAIT)
    called = await queue.call_chosen(actor, command, later(2))
    assert called.status is TicketStatus.CALLED
    entry = (await audit.about("ticket", chosen.id))[0]
    assert (entry.action, entry.data["reason"]) == ("queue.chosen", "cannot_wait")
    with pytest.raises(queue.TicketMoved):
        await queue.call_chosen(actor, command, later(3))


async def test_only_the_windows_own_lines_are_chosen_from() -> None:
    window = next(one for one in await windows() if Line.VEHICLE not in one.lines)
    actor = await seated(window)
    ticket = await walk_in(actor, line=Line.VEHICLE)
    command = CallChosen(window_id=window.id, ticket_id=ticket.id, reason=ChosenReason.TOGETHER)
    with pytest.raises(queue.NotOurLine):
        await queue.call_chosen(actor, command, later(1))
    stranger = await clerk()
    with pytest.raises(queue.NotAtWindow):
        await queue.call_chosen(stranger, command, later(1))


@pytest.mark.parametrize("outcome", Outcome.chosen())
async def test_a_visit_ends_with_what_it_came_to(outcome: Outcome) -> None:
    window = (await windows())[0]
    actor = await seated(window)
    ticket = await walk_in(actor)
    await queue.call_next(actor, window.id, later(1))
    await queue.start(actor, ticket.id, later(2))
    done = await queue.finish(actor, ticket.id, later(3), outcome=outcome, note=NOTE)
    assert done.outcome is outcome


async def test_the_day_ends_for_whoever_did_not_come_back() -> None:
    window = (await windows())[0]
    actor = await seated(window)
    ticket = await walk_in(actor)
    await queue.call_next(actor, window.id, later(1))
    await queue.start(actor, ticket.id, later(2))
    await queue.park(actor, Park(ticket_id=ticket.id), later(3))
    assert await queue.close_days(later(24 * 60)) == 1
    assert (await queue.ticket(ticket.id)).status is TicketStatus.CANCELLED
