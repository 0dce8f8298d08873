"""What a partner does for its people. The rules are those of everybody: services/appointments.

A partner reaches the appointments that it has made and no others, and with a key that is good for
one hall, those at that hall.
"""

from datetime import date, datetime
from uuid import UUID

from msgspec import Struct

from services import appointments
from services.appointments import (
    AlreadyBooked,
    Appointment,
    AppointmentUnknown,
    Book,
    DayTaken,
    SlotView,
)
from services.kernel import database
from services.kernel.actor import Actor
from services.kernel.clock import local_date
from services.kernel.ids import new_id
from services.kernel.unit_of_work import unit_of_work
from services.partners.errors import PersonHasBooking
from services.partners.people import person_behind
from services.partners.states import Scope


class BookFor(Struct, frozen=True, kw_only=True):
    """Book an item in a slot for the person whom the partner knows as `person_id`."""

    person_id: UUID
    item_code: str
    slot_id: UUID


class PartnerAppointment(Struct, frozen=True, kw_only=True):
    """An appointment, and by which key its partner knows the person."""

    appointment: Appointment
    person_id: UUID


class Times(Struct, frozen=True, kw_only=True):
    """Which times are asked for; both days are included."""

    office_code: str
    item_code: str
    first: date
    last: date


async def slots(actor: Actor, wanted: Times, now: datetime) -> list[SlotView]:
    """The times at a hall that the key is good for.

    Raises Forbidden, ItemUnknown or OfficeUnknown.
    """
    actor.partner_id(Scope.SLOTS_READ, office_code=wanted.office_code)
    return await appointments.availability(
        wanted.office_code, wanted.item_code, wanted.first, wanted.last, now
    )


async def book_for(actor: Actor, command: BookFor, now: datetime) -> PartnerAppointment:
    """Make an appointment for somebody, who is told of it.

    Locks the count of the partner's day last of all.

    Raises:
        PartnerPersonUnknown: The partner has registered nobody with that id.
        PersonHasBooking: The person has an appointment in the way.
        PartnerDayFull: The partner has booked as many as it may today.
        DomainError: As `appointments.book`.
    """
    partner_id = actor.partner_id(Scope.APPOINTMENTS_WRITE)
    person_id = await person_behind(partner_id, command.person_id)
    try:
        async with unit_of_work() as uow:
            appointment = await appointments.book(
                actor,
                Book(item_code=command.item_code, slot_id=command.slot_id, person_id=person_id),
                now,
            )
            await uow.execute(
                """
                INSERT INTO partner_booking (appointment_id, partner_id, partner_person_id)
                VALUES ($1, $2, $3)
                """,
                appointment.id,
                partner_id,
                command.person_id,
            )
            await uow.execute(
                """
                INSERT INTO partner_day (id, partner_id, day, bookings, allowed)
                SELECT $1, id, $3, 1, bookings_a_day FROM partner WHERE id = $2
                ON CONFLICT ON CONSTRAINT partner_day_once DO UPDATE
                   SET bookings = partner_day.bookings + 1, allowed = EXCLUDED.allowed
                """,
                new_id(),
                partner_id,
                local_date(now),
            )
    except (AlreadyBooked, DayTaken) as error:
        # Their reference may be that of an appointment that is none of the partner's business.
        raise PersonHasBooking from error
    return PartnerAppointment(appointment=appointment, person_id=command.person_id)


async def booking(actor: Actor, reference: str) -> PartnerAppointment:
    """One of the partner's appointments. Raises AppointmentUnknown for any other."""
    return await _own(actor, Scope.APPOINTMENTS_READ, reference)


async def bookings(
    actor: Actor, before: UUID | None = None, limit: int = 20
) -> list[PartnerAppointment]:
    """The partner's appointments, the latest booked first, from before the one with a key."""
    partner_id = actor.partner_id(Scope.APPOINTMENTS_READ)
    shown: list[PartnerAppointment] = []
    while len(shown) < limit:
        rows = await database.fetch(
            """
            SELECT appointment_id, partner_person_id FROM partner_booking
             WHERE partner_id = $1 AND ($2::uuid IS NULL OR appointment_id < $2)
             ORDER BY appointment_id DESC LIMIT $3
            """,
            partner_id,
            before,
            limit,
        )
        if not rows:
            break
        before = rows[-1]["appointment_id"]
        found = await appointments.appointments_by_id(row["appointment_id"] for row in rows)
        shown += [
            PartnerAppointment(appointment=found[row[0]], person_id=row[1])
            for row in rows
            if _is_in_reach(actor, Scope.APPOINTMENTS_READ, found[row[0]])
        ]
    return shown[:limit]


async def cancel(actor: Actor, reference: str, now: datetime) -> None:
    """Cancel one of the partner's appointments.

    Raises as `appointments.cancel`, or PartnerPersonUnknown once the person has withdrawn.
    """
    await _to_change(actor, reference)
    await appointments.cancel(actor, reference, now)


async def reschedule(
    actor: Actor, reference: str, slot_id: UUID, now: datetime
) -> PartnerAppointment:
    """Move one of the partner's appointments.

    Raises as `appointments.reschedule`, or PartnerPersonUnknown once the person has withdrawn.
    """
    own = await _to_change(actor, reference)
    try:
        moved = await appointments.reschedule(actor, reference, slot_id, now)
    except (AlreadyBooked, DayTaken) as error:
        raise PersonHasBooking from error
    return PartnerAppointment(appointment=moved, person_id=own.person_id)


async def _to_change(actor: Actor, reference: str) -> PartnerAppointment:
    own = await _own(actor, Scope.APPOINTMENTS_WRITE, reference)
    await person_behind(actor.partner_id(Scope.APPOINTMENTS_WRITE), own.person_id)
    return own


async def _own(actor: Actor, scope: Scope, reference: str) -> PartnerAppointment:
    partner_id = actor.partner_id(scope)
    appointment = await appointments.by_reference(reference)
    if appointment is None or not _is_in_reach(actor, scope, appointment):
        raise AppointmentUnknown
    key = await database.fetchval(
        "SELECT partner_person_id FROM partner_booking"
        " WHERE appointment_id = $1 AND partner_id = $2",
        appointment.id,
        partner_id,
    )
    if key is None:
        raise AppointmentUnknown
    return PartnerAppointment(appointment=appointment, person_id=key)


def _is_in_reach(actor: Actor, scope: Scope, appointment: Appointment) -> bool:
    """Whether the key is good for the hall of an appointment."""
    return actor.has_scope(scope, office_code=appointment.office_code)
