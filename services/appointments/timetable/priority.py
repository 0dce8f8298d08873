"""Choosing another time for an appointment that the hall has cancelled, before everybody else.

The appointment is the same one: its reference, and the entry in the person's calendar.
"""

from datetime import datetime, timedelta
from uuid import UUID

from services import audit
from services.appointments import events
from services.appointments.booking.errors import (
    AppointmentUnknown,
    OtherLine,
    SlotClosed,
    SlotPast,
    SlotUnknown,
)
from services.appointments.booking.queries import own
from services.appointments.booking.transitions import move
from services.appointments.rules import shares_to_try
from services.appointments.seating import seats
from services.appointments.seating.availability import availability
from services.appointments.seating.people import minutes_of, seat_people
from services.appointments.states import AppointmentStatus, Share
from services.appointments.timetable.errors import NoPriority
from services.appointments.timetable.rebooking import NOTICE, Candidate
from services.appointments.views import Appointment, SlotView
from services.kernel import database
from services.kernel.actor import Actor
from services.kernel.clock import local_date
from services.kernel.ids import normalise_reference
from services.kernel.unit_of_work import unit_of_work

_FURTHEST = timedelta(days=60)

# The cancelled appointment's latest case; it counts only while nobody has chosen with it.
_CASE = """
    SELECT a.id, a.office_code, a.line, a.slot_id, a.item_code, a.further_items
      FROM appointment a
     WHERE a.reference = $1 AND a.person_id = $2 AND a.status = 'cancelled' AND a.displaced
       AND EXISTS (SELECT FROM displacement d
                    WHERE d.appointment_id = a.id AND d.priority_until > $3)
"""


async def open_to_choice(actor: Actor, reference: str, now: datetime) -> list[SlotView]:
    """The slots with room at the hall of a citizen's own appointment that it has cancelled.

    Also those that are not released yet. Raises AppointmentUnknown, and NoPriority when it may not
    be chosen anew (any more).
    """
    found = await own(actor, reference)
    if not await database.fetchrow(_CASE, found.reference, found.person_id, now):
        raise NoPriority
    today = local_date(now)
    slots = await availability(found.office_code, found.item_code, today, today + _FURTHEST, now)
    return [slot for slot in slots if slot.left and slot.starts_at >= now + NOTICE]


async def choose_anew(actor: Actor, reference: str, slot_id: UUID, now: datetime) -> Appointment:
    """Give a citizen's own appointment that the hall has cancelled another time.

    Limits, penalties and the release do not bind. Locks the appointment, then the new seat
    (without waiting).

    Raises:
        AppointmentUnknown: It does not exist, or is somebody else's.
        NoPriority: The hall has not cancelled it, or the time for choosing is over.
        SlotUnknown, SlotPast, SlotClosed, OtherLine, SlotFull, VisitDoesNotFit: That time cannot be
            had.
        AlreadyBooked, DayTaken: The person has another appointment that stands in the way.
    """
    person_id = actor.person_id()
    typed = normalise_reference(reference)
    async with unit_of_work() as uow:
        locked = await uow.fetchval(
            "SELECT id FROM appointment WHERE reference = $1 AND person_id = $2 FOR UPDATE",
            typed,
            person_id,
        )
        if locked is None:
            raise AppointmentUnknown
        found = await uow.fetchrow(_CASE, typed, person_id, now)
        if found is None:
            raise NoPriority
        slot = await uow.fetchrow("SELECT * FROM slot WHERE id = $1", slot_id)
        if slot is None:
            raise SlotUnknown
        if slot["line"] != found["line"]:
            raise OtherLine
        if slot["starts_at"] <= now:
            raise SlotPast
        if slot["closed_at"] is not None:
            raise SlotClosed
        chosen = Candidate(id=slot_id, starts_at=slot["starts_at"], ends_at=slot["ends_at"])
        minutes = await minutes_of(found["item_code"], found["further_items"])
        [placed] = await seat_people(
            uow, [person_id], chosen, now, minutes=minutes, shares=shares_to_try(Share.ONLINE)
        )
        # Two steps on, for the calendar entry: its cancellation was one.
        await uow.execute(
            """
            UPDATE appointment
               SET slot_id = $2, office_code = $3, starts_at = $4, ends_at = $5, seat_id = $6,
                   share = $7, sequence = sequence + 2, displaced = false,
                   visit_ends_at = (SELECT nullif(ends_at, $5) FROM slot WHERE id = $8),
                   nth_of_day = 1 + (
                       SELECT count(*) FROM appointment other
                        WHERE other.person_id = appointment.person_id
                          AND other.line = appointment.line
                          AND other.day = ($4 AT TIME ZONE 'Asia/Shanghai')::date
                          AND other.status IN ('booked', 'checked_in'))
             WHERE id = $1
            """,
            found["id"],
            slot_id,
            slot["office_code"],
            slot["starts_at"],
            slot["ends_at"],
            placed.seats[0].id,
            placed.seats[0].share,
            placed.run[-1],
        )
        await seats.lengthen(uow, [(seat.id, found["id"]) for seat in placed.seats[1:]])
        appointment = await move(uow, found["id"], AppointmentStatus.BOOKED, now)
        await audit.record(
            actor,
            "appointment.chosen_anew",
            subject="appointment",
            subject_id=appointment.id,
            office_code=appointment.office_code,
            data={"from_slot_id": str(found["slot_id"]), "slot_id": str(slot_id)},
            now=now,
        )
        await events.publish(events.RESCHEDULED, appointment.id, now)
    return appointment
