"""Calling, recalling, starting, finishing and skipping at a window."""

from datetime import timedelta

import pytest

from services import appointments, queue
from services.appointments import AppointmentStatus
from services.catalog import Line
from services.kernel.errors import Forbidden, NotFound
from services.kernel.ids import new_id
from services.queue import Priority, TicketStatus
from tests.bookings import OFFICE
from tests.queues import (
    NINE,
    OTHER_OFFICE,
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


async def test_the_order_of_calling_is_the_published_one() -> None:
    await open_morning()
    window = (await windows())[0]
    actor = await seated(window)
    first = await walk_in(actor, later(0))
    second = await walk_in(actor, later(1))
    older = await walk_in(actor, later(15), priority=Priority.ELDERLY_OR_DISABLED)
    booked = await checked_in(actor, await appointment(9), later(16))
    urgent = await walk_in(actor, later(20), priority=Priority.URGENT)
    order = []
    for minute in range(30, 35):
        called = await queue.call_next(actor, window.id, later(minute))
        assert called is not None
        order.append(called.number)
        await queue.skip(actor, called.id, later(minute))
    expected = [urgent, booked, older, first, second]
    assert order == [one.number for one in expected]
    assert booked.order_at == NINE - queue.CHECK_IN_OPENS


async def test_a_window_calls_only_its_lines() -> None:
    await open_morning()
    window = (await windows(Line.HOUSEHOLD))[0]
    actor = await seated(window)
    await walk_in(actor, line=Line.VEHICLE)
    assert await queue.call_next(actor, window.id, later(1)) is None


async def test_nobody_waiting_is_no_error() -> None:
    await open_morning()
    window = (await windows())[0]
    assert await queue.call_next(await seated(window), window.id, later(1)) is None


async def test_a_window_has_one_number_at_a_time() -> None:
    await open_morning()
    window = (await windows())[0]
    actor = await seated(window)
    await walk_in(actor)
    second = await walk_in(actor)
    await queue.call_next(actor, window.id, later(1))
    with pytest.raises(queue.WindowBusy):
        await queue.call_next(actor, window.id, later(1))
    assert (await queue.ticket(second.id)).status is TicketStatus.WAITING


async def test_a_number_is_called_three_times_at_most() -> None:
    await open_morning()
    window = (await windows())[0]
    actor = await seated(window)
    ticket = await walk_in(actor)
    await queue.call_next(actor, window.id, later(1))
    for count in (2, 3):
        again = await queue.recall(actor, ticket.id, later(count))
        assert (again.call_count, again.last_called_at) == (count, later(count))
    assert again.called_at == later(1)
    with pytest.raises(queue.CalledOften):
        await queue.recall(actor, ticket.id, later(4))


async def test_the_whole_way_of_an_appointment() -> None:
    await open_morning()
    window = (await windows())[0]
    actor, booking = await seated(window), await appointment()
    ticket = await checked_in(actor, booking)
    await queue.call_next(actor, window.id, later(1))
    serving = await queue.start(actor, ticket.id, later(2))
    assert (serving.status, serving.started_at) == (TicketStatus.SERVING, later(2))
    done = await queue.finish(actor, ticket.id, later(9))
    assert (done.status, done.ended_at) == (TicketStatus.FINISHED, later(9))
    assert (await appointments.appointment(booking.id)).status is AppointmentStatus.COMPLETED
    assert await queue.call_next(actor, window.id, later(10)) is None


async def test_a_second_press_is_harmless_and_hears_the_present_state() -> None:
    await open_morning()
    window = (await windows())[0]
    actor = await seated(window)
    ticket = await walk_in(actor)
    await queue.call_next(actor, window.id, later(1))
    await queue.start(actor, ticket.id, later(2))
    for act in (queue.start, queue.skip, queue.recall):
        with pytest.raises(queue.TicketMoved) as refused:
            await act(actor, ticket.id, later(3))
        assert refused.value.data == {"number": "H001", "status": TicketStatus.SERVING}
    await queue.finish(actor, ticket.id, later(4))
    with pytest.raises(queue.TicketMoved):
        await queue.finish(actor, ticket.id, later(5))
    assert (await queue.ticket(ticket.id)).ended_at == later(4)


async def test_only_the_clerk_at_the_window_acts_on_its_number() -> None:
    await open_morning()
    window, other = (await windows())[:2]
    actor, neighbour = await seated(window), await seated(other)
    ticket = await walk_in(actor)
    await queue.call_next(actor, window.id, later(1))
    for act in (queue.start, queue.recall, queue.skip):
        with pytest.raises(queue.NotAtWindow):
            await act(neighbour, ticket.id, later(2))
        with pytest.raises(Forbidden):
            await act(await clerk(office_code=OTHER_OFFICE), ticket.id, later(2))
    with pytest.raises(queue.NotAtWindow):
        await queue.call_next(neighbour, window.id, later(2))
    with pytest.raises(NotFound):
        await queue.start(actor, new_id(), later(2))


async def test_sitting_down_twice_is_no_error_and_a_taken_window_is() -> None:
    await open_morning()
    window, other = (await windows())[:2]
    actor = await seated(window)
    await queue.sit_down(actor, window.id, later(1))
    with pytest.raises(queue.WindowTaken):
        await queue.sit_down(await clerk(), window.id, later(2))
    with pytest.raises(queue.SittingElsewhere):
        await queue.sit_down(actor, other.id, later(2))
    with pytest.raises(Forbidden):
        await queue.sit_down(await clerk(office_code=OTHER_OFFICE), other.id, later(2))


async def test_a_seat_forgotten_yesterday_is_free_today() -> None:
    await open_morning()
    window, other = (await windows())[:2]
    yesterdays, today = await seated(window), later(24 * 60)
    await seated(other)
    newcomer = await clerk()
    await queue.sit_down(newcomer, window.id, today)
    with pytest.raises(queue.NotAtWindow):
        await queue.call_next(yesterdays, window.id, today)
    await queue.sit_down(yesterdays, other.id, today)


async def test_a_busy_window_is_not_left_and_a_supervisor_frees_a_forgotten_one() -> None:
    await open_morning()
    window, other = (await windows())[:2]
    actor, neighbour = await seated(window), await seated(other)
    ticket = await walk_in(actor)
    await queue.call_next(actor, window.id, later(1))
    with pytest.raises(queue.WindowBusy):
        await queue.leave(actor, window.id, later(2))
    await queue.skip(actor, ticket.id, later(3))
    with pytest.raises(queue.NotAtWindow):
        await queue.leave(neighbour, window.id, later(4))
    await queue.leave(await clerk(role="supervisor"), window.id, later(4))
    with pytest.raises(queue.NotAtWindow):
        await queue.call_next(actor, window.id, later(5))


async def test_how_many_are_ahead() -> None:
    await open_morning()
    window = (await windows())[0]
    actor = await seated(window)
    first, second = await walk_in(actor, later(0)), await walk_in(actor, later(1))
    await walk_in(actor, later(1), line=Line.VEHICLE)
    assert [await queue.people_ahead(one) for one in (first, second)] == [0, 1]
    await queue.call_next(actor, window.id, later(2))
    assert await queue.people_ahead(second) == 0


async def test_the_board_shows_numbers_and_windows_only() -> None:
    await open_morning()
    window, other = (await windows())[:2]
    actor, second = await seated(window), await seated(other)
    booking = await appointment()
    ticket = await checked_in(actor, booking)
    gone, serving = await walk_in(actor, later(1)), await walk_in(actor, later(2))
    await walk_in(actor, later(2))
    await queue.call_next(second, other.id, later(3))
    await queue.start(second, ticket.id, later(4))
    await queue.call_next(actor, window.id, later(5))
    await queue.skip(actor, gone.id, later(6))
    await queue.call_next(actor, window.id, later(7))
    await queue.recall(actor, serving.id, later(8))
    board = await queue.board(OFFICE, later(9))
    (calling,) = board.calling
    assert (calling.number, calling.window, calling.count) == ("H003", window.number, 2)
    assert calling.called_at == later(8)
    assert [one.number for one in board.serving] == ["H001"]
    assert [one.number for one in board.past] == ["H002"]
    assert board.waiting == {Line.HOUSEHOLD: 1}
    tomorrow = await queue.board(OFFICE, later(24 * 60))
    assert (tomorrow.calling, tomorrow.serving, tomorrow.past, tomorrow.waiting) == ((), (), (), {})


async def test_the_workbench_shows_what_its_window_needs() -> None:
    await open_morning()
    window = (await windows())[0]
    actor, came, expected = await seated(window), await appointment(9), await appointment(10)
    ticket = await checked_in(actor, came)
    await walk_in(actor, later(1))
    await walk_in(actor, later(1), line=Line.VEHICLE)
    await queue.call_next(actor, window.id, later(2))
    bench = await queue.workbench(actor, window.id, later(3))
    assert bench.seated
    assert bench.current == await queue.ticket(ticket.id)
    assert [one.number for one in bench.waiting] == ["H002"]
    assert [one.id for one in bench.expected] == [expected.id]
    assert bench.names[came.person_id] == "*三"
    others = await queue.workbench(await clerk(), window.id, later(3))
    assert not others.seated
    assert others.taken_by == "王敏"
    with pytest.raises(Forbidden):
        await queue.workbench(await clerk(office_code=OTHER_OFFICE), window.id, later(3))


async def test_a_number_of_yesterday_can_still_be_finished() -> None:
    await open_morning()
    window = (await windows())[0]
    actor = await seated(window)
    ticket = await walk_in(actor)
    await queue.call_next(actor, window.id, later(1))
    tomorrow = later(0) + timedelta(days=1)
    bench = await queue.workbench(actor, window.id, tomorrow)
    assert bench.current is not None
    await queue.start(actor, ticket.id, tomorrow)
    await queue.finish(actor, ticket.id, tomorrow)
