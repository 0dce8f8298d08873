"""Giving appointments other seats: one person's, or those of everybody who comes together.

The new seats are sure before an old one is given up, and it is all or nobody. Who may do it, and
what becomes of the old seats, is for the caller, in whose transaction it happens.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from msgspec import Struct, structs

from services.appointments.booking.errors import AppointmentSettled
from services.appointments.seating import seats
from services.appointments.seating.people import Place, Placed, seat_people
from services.appointments.states import AppointmentStatus, Share
from services.appointments.views import COLUMNS, Appointment, appointment_from
from services.kernel.unit_of_work import UnitOfWork


class Sitting(Struct, frozen=True, kw_only=True):
    """An appointment that the transaction has locked, and its first seat if it has one (still).

    `nth_of_day` is its number among the person's at the line on the day that it is moved to;
    `leaves`, that it is the person's own affair from then on and no longer a party's.
    """

    appointment_id: UUID
    person_id: UUID
    seat_id: UUID | None
    nth_of_day: int = 1
    leaves: bool = False


class Reseated(Struct, frozen=True, kw_only=True):
    """Appointments as they are now, in the order asked, and the seats that they have left.

    These are still booked: the caller gives them back.
    """

    appointments: tuple[Appointment, ...]
    left: tuple[UUID, ...]


async def reseat(
    uow: UnitOfWork,
    sitting: Sequence[Sitting],
    place: Place,
    now: datetime,
    *,
    minutes: int,
    shares: Sequence[Share],
    apart: bool = False,
    displaced: bool = False,
    found: AppointmentStatus = AppointmentStatus.BOOKED,
) -> Reseated:
    """Seats for all from a slot on, for so many minutes each; each appointment is a step further.

    `apart`, they may sit with gaps in time between them; `displaced`, it is the hall that moves
    them; `found` is the state in which all of them have to be. Locks the slots in order of time, if
    more than one seat is wanted, then the new seats (without waiting), then those that lengthen the
    appointments.

    Raises:
        SlotFull, VisitDoesNotFit: Not enough seats from the slot on.
        DayTaken: One of them has another appointment at the line that day with that number.
        AppointmentSettled: One of them is not in the state `found` (any more).
    """
    people = [one.person_id for one in sitting]
    placed = await seat_people(uow, people, place, now, minutes=minutes, shares=shares, apart=apart)
    numbered = [
        structs.replace(new, nth_of_day=one.nth_of_day)
        for one, new in zip(sitting, placed, strict=True)
    ]
    return await _settle(uow, sitting, numbered, displaced=displaced, found=found)


async def _settle(
    uow: UnitOfWork,
    sitting: Sequence[Sitting],
    placed: Sequence[Placed],
    *,
    displaced: bool,
    found: AppointmentStatus,
) -> Reseated:
    """Point appointments to the seats that are claimed for them."""
    ids = [one.appointment_id for one in sitting]
    rows = await uow.fetch(
        _MOVE,
        ids,
        [one.run[0] for one in placed],
        [one.run[-1] for one in placed],
        [one.seats[0].id for one in placed],
        [one.seats[0].share for one in placed],
        [one.nth_of_day for one in placed],
        displaced,
        [one.leaves for one in sitting],
        found,
    )
    if len(rows) < len(ids):
        raise AppointmentSettled(status=None)
    # What lengthened them before; what lengthens them now is not theirs yet.
    lengthening = await seats.shorten_some(uow, ids)
    extra = [
        (seat.id, appointment_id)
        for appointment_id, one in zip(ids, placed, strict=True)
        for seat in one.seats[1:]
    ]
    await seats.lengthen(uow, extra)
    moved = {row["id"]: appointment_from(row) for row in rows}
    return Reseated(
        appointments=tuple(moved[appointment_id] for appointment_id in ids),
        left=(*(one.seat_id for one in sitting if one.seat_id), *lengthening),
    )


_MOVE = f"""
    WITH moved AS (
        UPDATE appointment
           SET slot_id = slot.id, office_code = slot.office_code, line = slot.line,
               starts_at = slot.starts_at, ends_at = slot.ends_at, seat_id = new.seat_id,
               share = new.share, nth_of_day = new.nth_of_day,
               sequence = appointment.sequence + 1, displaced = $7,
               visit_ends_at = nullif(last.ends_at, slot.ends_at),
               party_id = CASE WHEN NOT new.leaves THEN appointment.party_id END
          FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::smallint[],
                      $8::boolean[])
               AS new (id, slot_id, last_slot_id, seat_id, share, nth_of_day, leaves)
          JOIN slot ON slot.id = new.slot_id
          JOIN slot last ON last.id = new.last_slot_id
         WHERE appointment.id = new.id AND appointment.status = $9
        RETURNING appointment.*)
    SELECT {COLUMNS} FROM moved
"""  # noqa: S608 - the column list is a constant
