"""The statistics of a hall, counted from what happened there."""

from datetime import timedelta

import pytest

from services import appointments, queue
from services.appointments.seating import demand
from services.catalog import Line
from services.identity import Role
from services.kernel import database
from services.kernel.errors import Forbidden, InvalidInput
from services.queue import Hour, Span
from tests.bookings import NOW, OFFICE, TODAY, TOMORROW, booked, named, open_hall, slots
from tests.queues import (
    MORNING,
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

SPAN = Span(office_code=OFFICE, first=TODAY, last=TOMORROW)
EIGHT_ON_TUESDAY = Hour(2, 8)


async def test_waits_services_and_outcomes() -> None:
    await open_morning()
    window = (await windows())[0]
    actor = await seated(window, role=Role.SUPERVISOR)
    # Three are served after 10, 20 and 40 minutes, each for five; one is missed, one goes home.
    for arrives, called_after in ((0, 10), (1, 20), (2, 40)):
        await walk_in(actor, later(arrives))
        called = await queue.call_next(actor, window.id, later(arrives + called_after))
        assert called is not None
        await queue.start(actor, called.id, later(arrives + called_after))
        await queue.finish(actor, called.id, later(arrives + called_after + 5))
    await walk_in(actor, later(50))
    missed = await queue.call_next(actor, window.id, later(51))
    assert missed is not None
    await queue.skip(actor, missed.id, later(52))
    gone = await walk_in(actor, later(53))
    await queue.withdraw(actor, gone.id, later(54))

    found = await queue.hall_figures(actor, SPAN)

    total = found.total
    assert (total.tickets, total.finished, total.missed, total.left, total.late) == (5, 3, 1, 1, 1)
    assert total.times.wait_median == 15  # of 1, 10, 20 and 40
    assert total.times.service_median == 5
    assert [one.line for one in found.lines] == [Line.HOUSEHOLD]
    assert found.load == {EIGHT_ON_TUESDAY: 3, Hour(2, 9): 2}
    assert found.unserved == {
        (Line.HOUSEHOLD, EIGHT_ON_TUESDAY): 1,
        (Line.HOUSEHOLD, Hour(2, 9)): 1,
    }
    assert found.by_day == {TOMORROW: 5}
    assert found.clerks is not None
    assert [one.finished for one in found.clerks] == [3]


async def test_every_wait_and_every_service_of_a_ticket_counts_where_it_was() -> None:
    await open_morning()
    here, there = (await windows())[:2]
    actor, other = await seated(here, role=Role.SUPERVISOR), await seated(there)
    # Waits 5 and is served 2 here, fetches a paper for 10 and waits 1, is served 4 and handed on;
    # waits 3 and is served 20 there.
    ticket = await walk_in(actor, later(0))
    await queue.call_next(actor, here.id, later(5))
    await queue.start(actor, ticket.id, later(5))
    await queue.park(actor, queue.Park(ticket_id=ticket.id), later(7))
    await queue.resume(actor, ticket.id, later(17))
    await queue.call_next(actor, here.id, later(18))
    await queue.start(actor, ticket.id, later(18))
    await queue.transfer(actor, queue.Transfer(ticket_id=ticket.id, window_id=there.id), later(22))
    await queue.call_next(other, there.id, later(25))
    await queue.start(other, ticket.id, later(25))
    await queue.finish(other, ticket.id, later(45))

    found = await queue.hall_figures(actor, SPAN)

    assert (found.total.tickets, found.total.finished) == (1, 1)
    assert (found.total.times.wait_median, found.total.times.service_median) == (3, 4)
    assert found.clerks is not None
    counts = {(one.served, one.finished, one.times.service_median) for one in found.clerks}
    assert counts == {(2, 0, 3), (1, 1, 20)}


async def test_an_undo_takes_the_stint_back() -> None:
    await open_morning()
    here, there = (await windows())[:2]
    actor = await seated(here)
    ticket = await walk_in(actor, later(0))
    await queue.call_next(actor, here.id, later(5))
    await queue.start(actor, ticket.id, later(5))
    await queue.transfer(actor, queue.Transfer(ticket_id=ticket.id, window_id=there.id), later(7))
    assert await database.fetchval("SELECT ending FROM ticket_stint") == "transferred"
    back = await queue.undo(actor, here.id, later(7))
    assert (back.in_line_at, back.started_at) == (later(0), later(5))
    assert await database.fetchval("SELECT count(*) FROM ticket_stint") == 0


async def test_each_clerks_figures_are_for_their_supervisor_alone() -> None:
    await open_morning()
    assert (await queue.hall_figures(await clerk(role=Role.ADMINISTRATOR), SPAN)).clerks is None
    with pytest.raises(Forbidden):
        await queue.hall_figures(await clerk(), SPAN)
    with pytest.raises(Forbidden):
        await queue.hall_figures(await clerk(role=Role.SUPERVISOR, office_code="chiping"), SPAN)


async def test_a_period_has_an_end() -> None:
    actor = await clerk(role=Role.SUPERVISOR)
    for first, last in ((TOMORROW, TODAY), (TODAY - timedelta(days=400), TODAY)):
        with pytest.raises(InvalidInput):
            await queue.hall_figures(actor, Span(office_code=OFFICE, first=first, last=last))


async def test_how_the_places_were_used() -> None:
    await open_morning()
    actor = await seated((await windows())[0])
    kept = await appointment(9)
    await checked_in(actor, kept, MORNING)
    await appointment(10)
    missed = await appointment(10)
    await appointments.mark_no_show(actor, missed.id, later(180))
    away = await named()
    cancelled = await booked(away, (await slots())[1].id)
    await appointments.cancel(away, cancelled.reference, NOW)

    total, household = await appointments.booking_figures(OFFICE, TOMORROW, TOMORROW)

    assert household.line is Line.HOUSEHOLD
    assert (total.seats, total.used) == (8, 3)
    assert (total.kept, total.missed, total.cancelled) == (1, 1, 1)
    assert total.missed_share == 0.5


async def test_whoever_found_a_time_full_counts_once() -> None:
    demand._gathered.clear()  # what other tests of this process found full
    await open_hall(seats=1)
    [full, _] = await slots()
    await booked(await named(), full.id)
    for person in (await named(), await named()):
        for _ in range(3):
            with pytest.raises(appointments.SlotFull):
                await booked(person, full.id)
        await demand.write_demand()

    assert await database.fetchval("SELECT people FROM unmet_demand") == 2
    actor = await clerk(role=Role.SUPERVISOR)
    found = await queue.unmet_demand(actor, await queue.hall_figures(actor, SPAN))
    assert found.by_hour == {(Line.HOUSEHOLD, Hour(2, 14)): 2}


async def test_nobody_is_named_by_the_count() -> None:
    columns = await database.fetch(
        "SELECT column_name FROM information_schema.columns WHERE table_name = 'unmet_demand'"
    )
    assert {row[0] for row in columns} == {"slot_id", "people"}
