"""Dealing with those whom a closure displaces: one appointment a transaction, each once.

Nobody is moved to before the time that they had booked, nor at shorter notice than NOTICE: a person
has planned for that time and may have papers by then and not before.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg
import structlog
from msgspec import Struct

from services import audit
from services.appointments import events
from services.appointments.booking.errors import DayTaken
from services.appointments.booking.transitions import move
from services.appointments.rules import shares_to_try
from services.appointments.seating import seats
from services.appointments.seating.errors import SlotFull, VisitDoesNotFit
from services.appointments.seating.people import minutes_of, seat_people
from services.appointments.states import AppointmentStatus, DisplacementStatus, Share, Treatment
from services.kernel.actor import SYSTEM
from services.kernel.clock import local_date, to_local
from services.kernel.errors import DomainError, Unavailable
from services.kernel.leases import Event
from services.kernel.unit_of_work import UnitOfWork, unit_of_work

NOTICE = timedelta(hours=2)
# So long somebody for whom no other time was found may choose one before it is open to all.
PRIORITY = timedelta(days=14)

log = structlog.get_logger(__name__)


class Candidate(Struct, frozen=True, kw_only=True):
    """A slot in which somebody could be received instead."""

    id: UUID
    starts_at: datetime
    ends_at: datetime

    @property
    def slot_id(self) -> UUID:
        """Its key, as seating people asks for it."""
        return self.id


def earliest(booked_for: datetime, now: datetime) -> datetime:
    """Before when nobody is rebooked who had booked for `booked_for`."""
    return max(booked_for, now + NOTICE)


def nearest(booked_for: datetime, candidates: Iterable[Candidate]) -> list[Candidate]:
    """The candidates, best first: the next day, and on it the same time of day."""
    return sorted(candidates, key=lambda one: _distance(booked_for, one.starts_at))


def _distance(booked_for: datetime, starts_at: datetime) -> tuple[int, int, datetime]:
    days = (local_date(starts_at) - local_date(booked_for)).days
    was, would = to_local(booked_for), to_local(starts_at)
    minutes = abs((would.hour - was.hour) * 60 + would.minute - was.minute)
    return days, minutes, starts_at


async def displace_next(event: Event, now: datetime) -> None:
    """Deal with the next appointment of a closure, or end the closure when none is left.

    One that the rules or the database refuse is set aside for a person, so that the others go on;
    what passes by itself (Unavailable) is tried again with the event.

    Consumes CLOSURE_DUE: all of this is one transaction with the event's end and the next event.
    Locks the displacement, the appointment, the new seats (without waiting), the old seats.
    """
    closure_id = UUID(event.payload["closure_id"])
    async with unit_of_work() as uow:
        row = await uow.fetchrow(
            """
            SELECT d.id, d.appointment_id, d.from_slot_id, d.from_starts_at, c.treatment,
                   c.within_days
              FROM displacement d JOIN closure c ON c.id = d.closure_id
             WHERE d.closure_id = $1 AND d.status = 'waiting'
             ORDER BY d.position LIMIT 1 FOR UPDATE OF d
            """,
            closure_id,
        )
        if row is None:
            await uow.execute(
                "UPDATE closure SET status = 'done', done_at = $2"
                " WHERE id = $1 AND status = 'running'",
                closure_id,
                now,
            )
            return
        try:
            async with unit_of_work() as inner:
                await _displace(inner, row, now)
        except Unavailable:
            raise
        except (DomainError, asyncpg.IntegrityConstraintViolationError, asyncpg.DataError) as error:
            log.exception("displacement_stuck", displacement=str(row["id"]), error=repr(error))
            await _set_aside(uow, row, now)
        await events.publish_closure(closure_id, now)


async def _set_aside(uow: UnitOfWork, case: asyncpg.Record, now: datetime) -> None:
    """Leave a case to staff; what its holder does about it costs them nothing."""
    await uow.execute(
        "UPDATE appointment SET displaced = true WHERE id = $1", case["appointment_id"]
    )
    await _handled(uow, case["id"], DisplacementStatus.STUCK, now)


async def _displace(uow: UnitOfWork, case: asyncpg.Record, now: datetime) -> None:
    held = await uow.fetchrow(
        """
        SELECT a.id, a.status, a.person_id, a.slot_id, a.seat_id, a.office_code, a.line, a.share,
               a.starts_at, a.item_code, a.further_items,
               EXISTS (SELECT FROM seat WHERE seat.leaving
                          AND (seat.id = a.seat_id OR seat.extra_of = a.id)) AS leaving
          FROM appointment a
         WHERE a.id = $1 FOR UPDATE OF a
        """,
        case["appointment_id"],
    )
    if (
        held is None
        or held["status"] != AppointmentStatus.BOOKED
        or held["slot_id"] != case["from_slot_id"]
        or not held["leaving"]
    ):
        # Cancelled or moved by its holder meanwhile, checked in, or the seat is back.
        await _handled(uow, case["id"], DisplacementStatus.SETTLED, now)
        return
    if case["treatment"] == Treatment.REBOOK:
        for candidate in await _candidates(uow, held, case["within_days"], now):
            if await _moved(held, candidate, now):
                await _handled(uow, case["id"], DisplacementStatus.MOVED, now, to=candidate.id)
                await _tell(held, events.MOVED_BY_HALL, "appointment.moved_by_hall", now)
                return
    await move(uow, held["id"], AppointmentStatus.CANCELLED, now)
    await _give_up_seats(uow, held)
    await _handled(uow, case["id"], DisplacementStatus.CANCELLED, now)
    await _tell(held, events.CANCELLED_BY_HALL, "appointment.cancelled_by_hall", now)


async def _candidates(
    uow: UnitOfWork, held: asyncpg.Record, within_days: int, now: datetime
) -> Sequence[Candidate]:
    """Slots with room, best first; those not released yet too, as whoever is displaced goes first.

    Days on which the person has another appointment at the line are left out.
    """
    rows = await uow.fetch(
        f"""
        SELECT slot.id, slot.starts_at, slot.ends_at FROM slot
         WHERE slot.office_code = $1 AND slot.line = $2 AND slot.closed_at IS NULL
           AND slot.starts_at >= $3 AND slot.starts_at < $4
           AND EXISTS (SELECT FROM seat WHERE seat.slot_id = slot.id
                          AND seat.share = ANY($5::text[])
                          AND {seats.CLAIMABLE.format(now="$6")})
           AND NOT EXISTS (SELECT FROM appointment other
                            WHERE other.person_id = $7 AND other.line = $2 AND other.id <> $8
                              AND other.status IN ('booked', 'checked_in')
                              AND other.day = (slot.starts_at AT TIME ZONE 'Asia/Shanghai')::date)
        """,  # noqa: S608 - constants only
        held["office_code"],
        held["line"],
        earliest(held["starts_at"], now),
        held["starts_at"] + timedelta(days=within_days + 1),
        shares_to_try(Share(held["share"])),
        now,
        held["person_id"],
        held["id"],
    )
    found = [
        Candidate(id=row["id"], starts_at=row["starts_at"], ends_at=row["ends_at"])
        for row in rows
        if (local_date(row["starts_at"]) - local_date(held["starts_at"])).days <= within_days
    ]
    return nearest(held["starts_at"], found)


async def _moved(held: asyncpg.Record, candidate: Candidate, now: datetime) -> bool:
    """Move an appointment; False when the last seats there, or the day, have just been taken."""
    shares = shares_to_try(Share(held["share"]))
    minutes = await minutes_of(held["item_code"], held["further_items"])
    try:
        async with unit_of_work() as inner:
            [placed] = await seat_people(
                inner, [held["person_id"]], candidate, now, minutes=minutes, shares=shares
            )
            await inner.execute(
                """
                UPDATE appointment
                   SET slot_id = $2, starts_at = $3, ends_at = $4, seat_id = $5, share = $6,
                       sequence = sequence + 1, nth_of_day = 1,
                       visit_ends_at = (SELECT nullif(ends_at, $4) FROM slot WHERE id = $7)
                 WHERE id = $1
                """,
                held["id"],
                candidate.id,
                candidate.starts_at,
                candidate.ends_at,
                placed.seats[0].id,
                placed.seats[0].share,
                placed.run[-1],
            )
            await _give_up_seats(inner, held)
            await seats.lengthen(inner, [(seat.id, held["id"]) for seat in placed.seats[1:]])
    except (DayTaken, SlotFull, VisitDoesNotFit):
        return False
    return True


async def _give_up_seats(uow: UnitOfWork, held: asyncpg.Record) -> None:
    await uow.execute("UPDATE appointment SET displaced = true WHERE id = $1", held["id"])
    lengthening = await seats.shorten(uow, held["id"])
    await seats.give_some_back(uow, [held["seat_id"], *lengthening])


async def _handled(
    uow: UnitOfWork,
    displacement_id: UUID,
    status: DisplacementStatus,
    now: datetime,
    *,
    to: UUID | None = None,
) -> None:
    cancelled = status is DisplacementStatus.CANCELLED
    await uow.execute(
        """
        UPDATE displacement SET status = $2, to_slot_id = $3, priority_until = $4, handled_at = $5
         WHERE id = $1 AND status = 'waiting'
        """,
        displacement_id,
        status,
        to,
        now + PRIORITY if cancelled else None,
        now,
    )


async def _tell(held: asyncpg.Record, topic: str, action: str, now: datetime) -> None:
    await audit.record(
        SYSTEM,
        action,
        subject="appointment",
        subject_id=held["id"],
        office_code=held["office_code"],
        data={"from_slot_id": str(held["slot_id"])},
        now=now,
    )
    await events.publish(topic, held["id"], now)
