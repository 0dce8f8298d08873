"""Coming into line: with a slip, with a number, back after a missed call, and leaving."""

from datetime import timedelta

import pytest

from services import appointments, audit, queue
from services.appointments import AppointmentStatus
from services.catalog import Line
from services.kernel.actor import Actor
from services.kernel.clock import local_date
from services.kernel.errors import DomainError, Forbidden, NotSignedIn
from services.kernel.ids import show_reference
from services.kernel.unit_of_work import current, unit_of_work
from services.queue import CheckIn, Priority, TicketKind, TicketStatus, WalkIn
from tests.bookings import NOW, OFFICE, named
from tests.people import citizen_actor
from tests.queues import (
    MORNING,
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


async def test_a_slip_gives_a_number_and_marks_the_appointment_as_come() -> None:
    await open_morning()
    booking, actor = await appointment(), await clerk()
    ticket = await checked_in(actor, booking)
    assert (ticket.number, ticket.kind, ticket.status) == (
        "H001",
        TicketKind.APPOINTMENT,
        TicketStatus.WAITING,
    )
    assert (ticket.item_code, ticket.person_id) == (booking.item_code, booking.person_id)
    assert ticket.day == local_date(MORNING)
    assert ticket.order_at == NINE - queue.CHECK_IN_OPENS
    assert (await appointments.appointment(booking.id)).status is AppointmentStatus.CHECKED_IN
    assert await queue.ticket_of_appointment(booking.id) == ticket


@pytest.mark.parametrize(
    "scanned", ["https://hall.example/track/{shown}", " {shown} ", "{plain}", "?reference={plain}"]
)
async def test_the_code_on_the_slip_is_as_good_as_the_reference(scanned: str) -> None:
    await open_morning()
    booking, actor = await appointment(), await clerk()
    text = scanned.format(shown=show_reference(booking.reference), plain=booking.reference)
    ticket = await queue.check_in(actor, CheckIn(office_code=OFFICE, reference=text), MORNING)
    assert ticket.appointment_id == booking.id


async def test_a_slip_is_good_once_and_says_which_number_it_was_given() -> None:
    await open_morning()
    booking, actor = await appointment(), await clerk()
    ticket = await checked_in(actor, booking)
    with pytest.raises(queue.SlipUsed) as refused:
        await checked_in(actor, booking, later(1))
    assert refused.value.data == {"number": ticket.number}


async def test_who_comes_too_early_is_told_when_to_come() -> None:
    await open_morning()
    booking, actor = await appointment(10), await clerk()
    with pytest.raises(queue.TooEarly) as refused:
        await checked_in(actor, booking)
    assert refused.value.data == {"time": "09:30"}
    ticket = await checked_in(actor, booking, NINE + timedelta(minutes=30))
    assert ticket.order_at == NINE + timedelta(minutes=30)


async def test_who_comes_late_stands_by_arrival() -> None:
    await open_morning()
    booking, actor = await appointment(9), await clerk()
    late = NINE + timedelta(minutes=75)
    assert (await checked_in(actor, booking, late)).order_at == late


async def test_a_slip_for_another_day_names_the_day() -> None:
    await open_morning()
    booking, actor = await appointment(), await clerk()
    with pytest.raises(queue.AnotherDay) as refused:
        await checked_in(actor, booking, NOW)
    assert refused.value.data == {"day": "7月8日 周二"}


async def test_a_slip_for_another_hall_names_the_hall() -> None:
    await open_morning(office_code=OTHER_OFFICE)
    booking, actor = await appointment(office_code=OTHER_OFFICE), await clerk()
    with pytest.raises(queue.AnotherOffice) as refused:
        await queue.check_in(
            actor, CheckIn(office_code=OFFICE, reference=booking.reference), MORNING
        )
    assert refused.value.data["office_code"] == OTHER_OFFICE
    assert "茌平" in str(refused.value.data["office"])


async def test_a_cancelled_appointment_has_no_number() -> None:
    await open_morning()
    booking, actor = await appointment(), await clerk()
    await appointments.cancel(_holder(booking), booking.reference, NOW)
    with pytest.raises(queue.SlipVoid):
        await checked_in(actor, booking)


@pytest.mark.parametrize("text", ["", "H012", "not a slip", "7K7RFT9NJ7"])
async def test_what_was_never_booked_is_unknown(text: str) -> None:
    await open_morning()
    with pytest.raises(queue.UnknownSlip):
        await queue.check_in(await clerk(), CheckIn(office_code=OFFICE, reference=text), MORNING)


async def test_walk_ins_are_numbered_by_line() -> None:
    await open_morning()
    actor = await clerk()
    given = [await walk_in(actor), await walk_in(actor), await walk_in(actor, line=Line.VEHICLE)]
    assert [one.number for one in given] == ["H001", "H002", "V001"]
    assert given[0].order_at == MORNING
    assert (await walk_in(actor, later(24 * 60))).number == "H001"


async def test_an_item_of_another_line_is_refused() -> None:
    await open_morning()
    with pytest.raises(queue.LineNotServed):
        await walk_in(await clerk(), line=Line.VEHICLE, item_code="id-card-renew")


async def test_a_line_gives_out_9999_numbers_a_day() -> None:
    await open_morning()
    actor = await clerk()
    await walk_in(actor)
    async with unit_of_work():
        await current().execute("UPDATE ticket_counter SET last = 9999")
    with pytest.raises(queue.NoMoreNumbers):
        await walk_in(actor)


async def test_only_clerks_of_the_office_give_numbers() -> None:
    await open_morning()
    command = WalkIn(office_code=OFFICE, line=Line.HOUSEHOLD)
    with pytest.raises(Forbidden):
        await queue.take_ticket(await clerk(office_code=OTHER_OFFICE), command, MORNING)
    with pytest.raises(Forbidden):
        await queue.take_ticket(await clerk(role="auditor"), command, MORNING)
    with pytest.raises(NotSignedIn):
        await queue.take_ticket(await named(), command, MORNING)


async def test_who_missed_the_call_comes_back_once_on_that_day() -> None:
    await open_morning()
    window = (await windows())[0]
    actor, booking = await seated(window), await appointment()
    ticket = await checked_in(actor, booking)
    await queue.call_next(actor, window.id, later(1))
    await queue.skip(actor, ticket.id, later(2))
    assert (await appointments.appointment(booking.id)).status is AppointmentStatus.NO_SHOW
    back = await queue.come_back(actor, ticket.id, later(3))
    assert (back.status, back.order_at, back.call_count) == (TicketStatus.WAITING, later(3), 0)
    assert (await appointments.appointment(booking.id)).status is AppointmentStatus.CHECKED_IN
    await queue.call_next(actor, window.id, later(4))
    await queue.skip(actor, ticket.id, later(5))
    with pytest.raises(queue.ReturnedBefore):
        await queue.come_back(actor, ticket.id, later(6))


async def test_nobody_comes_back_on_another_day_or_who_was_not_missed() -> None:
    await open_morning()
    window = (await windows())[0]
    actor = await seated(window)
    ticket = await walk_in(actor)
    with pytest.raises(queue.TicketMoved):
        await queue.come_back(actor, ticket.id, later(1))
    await queue.call_next(actor, window.id, later(1))
    await queue.skip(actor, ticket.id, later(2))
    with pytest.raises(queue.TicketMoved):
        await queue.come_back(actor, ticket.id, later(24 * 60))


async def test_who_leaves_has_kept_the_appointment() -> None:
    await open_morning()
    actor, booking = await clerk(), await appointment()
    ticket = await checked_in(actor, booking)
    gone = await queue.withdraw(actor, ticket.id, later(1))
    assert gone.status is TicketStatus.CANCELLED
    assert (await appointments.appointment(booking.id)).status is AppointmentStatus.COMPLETED
    with pytest.raises(queue.TicketMoved):
        await queue.withdraw(actor, ticket.id, later(2))


async def test_the_night_ends_what_the_day_left_open() -> None:
    await open_morning()
    window, other = (await windows())[:2]
    actor, second = await seated(window), await seated(other)
    kept, served, waiting = await appointment(), await walk_in(actor), await walk_in(actor)
    await checked_in(actor, kept)
    first = await queue.call_next(actor, window.id, later(1))
    assert first is not None
    assert first.appointment_id == kept.id
    await queue.call_next(second, other.id, later(1))
    await queue.start(second, served.id, later(2))
    assert await queue.close_days(later(60)) == 0
    assert await queue.close_days(later(24 * 60)) == 3
    assert (await queue.ticket(first.id)).status is TicketStatus.CANCELLED
    assert (await queue.ticket(served.id)).status is TicketStatus.FINISHED
    assert (await queue.ticket(waiting.id)).status is TicketStatus.CANCELLED
    assert (await appointments.appointment(kept.id)).status is AppointmentStatus.COMPLETED
    with pytest.raises(queue.NotAtWindow):
        await queue.call_next(actor, window.id, later(24 * 60))


async def test_every_act_leaves_a_record_without_personal_data() -> None:
    await open_morning()
    window = (await windows())[0]
    actor, booking = await seated(window), await appointment()
    ticket = await checked_in(actor, booking, priority=Priority.URGENT)
    await queue.call_next(actor, window.id, later(1))
    await queue.recall(actor, ticket.id, later(2))
    await queue.start(actor, ticket.id, later(3))
    await queue.finish(actor, ticket.id, later(4))
    entries = await audit.about("ticket", ticket.id)
    assert [entry.action for entry in reversed(entries)] == [
        "queue.checked_in",
        "queue.called",
        "queue.recalled",
        "queue.started",
        "queue.finished",
    ]
    assert all(entry.actor_id == actor.id for entry in entries)
    plain = {"number": "H001", "priority": "urgent"}
    assert entries[0].data == plain | {"outcome": "done"}
    assert all(entry.data == plain for entry in entries[1:])


def _holder(booking: appointments.Appointment) -> Actor:
    return citizen_actor(booking.person_id)


async def test_a_refusal_changes_nothing() -> None:
    await open_morning()
    booking, actor = await appointment(), await clerk(office_code=OTHER_OFFICE)
    with pytest.raises(DomainError):
        await checked_in(actor, booking)
    assert (await appointments.appointment(booking.id)).status is AppointmentStatus.BOOKED
    assert await queue.ticket_of_appointment(booking.id) is None
