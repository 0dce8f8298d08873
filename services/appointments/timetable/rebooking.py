"""Dealing with those whom a closure displaces, each once: one person, or a party, a transaction.

Whoever came together is moved together, or cancelled together with the choice of another time. Of a
family the others come along where no time is found beside them; a firm's other people keep theirs.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg
import structlog

from services import audit
from services.appointments import events
from services.appointments.booking.errors import DayTaken
from services.appointments.booking.reseating import Reseated, Sitting, reseat
from services.appointments.booking.transitions import move
from services.appointments.seating import returns, seats
from services.appointments.seating.errors import SlotFull, VisitDoesNotFit
from services.appointments.seating.people import minutes_of
from services.appointments.states import (
    AppointmentStatus,
    DisplacementStatus,
    PartyKind,
    Treatment,
)
from services.appointments.timetable import cases
from services.appointments.timetable.another_time import Candidate, Movers, candidates, gapless
from services.appointments.timetable.cases import OpenCase
from services.kernel.actor import SYSTEM
from services.kernel.clock import local_date
from services.kernel.errors import DomainError, Unavailable
from services.kernel.leases import Event
from services.kernel.unit_of_work import UnitOfWork, unit_of_work

# So long somebody for whom no other time was found may choose one before it is open to all.
PRIORITY = timedelta(days=14)

log = structlog.get_logger(__name__)


async def displace_next(event: Event, now: datetime) -> None:
    """Deal with the next appointment of a closure and its party's, or end it when none is left.

    What the rules or the database refuse is set aside for a person, so that the others go on;
    what passes by itself (Unavailable) is tried again with the event.

    Consumes CLOSURE_DUE: all of this is one transaction with the event's end and the next event.
    Locks the cases, the appointments in order of their keys, the slots in order of time if several
    seats are wanted, the new seats (without waiting), the old seats.
    """
    closure_id = UUID(event.payload["closure_id"])
    async with unit_of_work() as uow:
        found = await cases.next_cases(uow, closure_id)
        if found:
            await _deal_with(uow, found, now)
        if found or not await cases.end(uow, closure_id, now):
            await events.publish_closure(closure_id, now)


async def _deal_with(uow: UnitOfWork, found: Sequence[OpenCase], now: datetime) -> None:
    try:
        async with unit_of_work() as inner:
            await _displace(inner, found, now)
    except Unavailable:
        raise
    except DomainError as error:
        await _set_aside(uow, found, error.code, error, now)
    except (asyncpg.IntegrityConstraintViolationError, asyncpg.DataError) as error:
        await _set_aside(uow, found, cases.FAULT, error, now)


async def _set_aside(
    uow: UnitOfWork, found: Sequence[OpenCase], reason: str, error: Exception, now: datetime
) -> None:
    """Leave cases to staff; what their holders do about it costs them nothing."""
    for one in found:
        log.error("displacement_stuck", displacement=str(one.id), error=repr(error), exc_info=error)
        await cases.settle(uow, one.id, DisplacementStatus.STUCK, now, reason=reason)
    await _mark_displaced(uow, [one.appointment_id for one in found])


async def _displace(uow: UnitOfWork, found: Sequence[OpenCase], now: datetime) -> None:
    rows = await cases.lock_party(uow, found)
    by_id = {row["id"]: row for row in rows}
    hit = []
    for one in found:
        row = by_id.get(one.appointment_id)
        if row is not None and one.still_holds(row):
            hit.append(row)
        else:
            # Cancelled or moved by its holder meanwhile, checked in, or the seat is back.
            await cases.settle(uow, one.id, DisplacementStatus.SETTLED, now)
    if not hit:
        return
    if found[0].treatment is Treatment.REBOOK and await _rebook(uow, found, hit, rows, now):
        return
    for row in hit:
        await move(uow, row["id"], AppointmentStatus.CANCELLED, now)
    ids = [row["id"] for row in hit]
    await _mark_displaced(uow, ids)
    lengthening = await seats.shorten_some(uow, ids)
    await seats.give_some_back(uow, [*(row["seat_id"] for row in hit), *lengthening])
    for one in found:
        if one.appointment_id in ids:
            status = DisplacementStatus.CANCELLED
            await cases.settle(uow, one.id, status, now, priority_until=now + PRIORITY)
    await _tell(hit, events.CANCELLED_BY_HALL, "appointment.cancelled_by_hall", now)


async def _rebook(
    uow: UnitOfWork,
    found: Sequence[OpenCase],
    hit: Sequence[asyncpg.Record],
    rows: Sequence[asyncpg.Record],
    now: datetime,
) -> bool:
    """Move those who are hit to another time, together; False when none is found."""
    for movers in await _ways(hit, rows):
        for candidate in await candidates(uow, movers, found[0].within_days, now):
            if moved := await _moved(movers, candidate, now):
                for row in movers.rows:
                    await cases.settle_moved(uow, found, row, now, to=moved[row["id"]])
                await _tell(movers.rows, events.MOVED_BY_HALL, "appointment.moved_by_hall", now)
                return True
    return False


async def _ways(hit: Sequence[asyncpg.Record], rows: Sequence[asyncpg.Record]) -> list[Movers]:
    """Who could be moved, the best first: those who are hit, beside the rest of their party.

    Else a family as a whole; of a firm's group those who are hit.
    """
    first = hit[0]
    kind = PartyKind(first["kind"]) if first["kind"] else None
    minutes = max([await minutes_of(row["item_code"], row["further_items"]) for row in hit])
    mates = [row for row in rows if row not in hit and _comes_with(first, row)]
    alone = Movers(rows=_in_order(hit), kind=kind, minutes=minutes)
    if not mates:
        return [alone]
    spans = tuple((row["starts_at"], row["visit_ends_at"]) for row in mates)
    joining = Movers(rows=_in_order(hit), kind=kind, minutes=minutes, beside=spans)
    if kind is PartyKind.FIRM:
        return [joining, alone]
    return [joining, Movers(rows=_in_order([*hit, *mates]), kind=kind, minutes=minutes)]


def _comes_with(hit: asyncpg.Record, row: asyncpg.Record) -> bool:
    """Whether somebody of the same party still comes to the same windows on the same day."""
    same_place = (row["office_code"], row["line"]) == (hit["office_code"], hit["line"])
    booked: bool = row["status"] == AppointmentStatus.BOOKED
    return booked and same_place and local_date(row["starts_at"]) == local_date(hit["starts_at"])


def _in_order(rows: Sequence[asyncpg.Record]) -> tuple[asyncpg.Record, ...]:
    return tuple(sorted(rows, key=lambda row: (row["starts_at"], row["id"])))


async def _moved(movers: Movers, candidate: Candidate, now: datetime) -> Mapping[UUID, UUID] | None:
    """Move everybody: to which slot each appointment.

    None when the last seats there, or the day, have just been taken.
    """
    sitting = [
        Sitting(appointment_id=row["id"], person_id=row["person_id"], seat_id=row["seat_id"])
        for row in movers.rows
    ]
    try:
        async with unit_of_work() as inner:
            moved = await reseat(
                inner,
                sitting,
                candidate,
                now,
                minutes=movers.minutes,
                shares=movers.shares,
                apart=candidate.apart,
                displaced=True,
            )
            _require_together(movers, moved)
            await _give_back(inner, moved.left, now)
    except (DayTaken, SlotFull, VisitDoesNotFit):
        return None
    return {one.id: one.slot_id for one in moved.appointments}


def _require_together(movers: Movers, moved: Reseated) -> None:
    """Raise if others took seats meanwhile and a family would sit with a gap."""
    spans = [(one.starts_at, one.ends_at) for one in moved.appointments]
    if movers.kind is PartyKind.FAMILY and not gapless([*movers.beside, *spans]):
        raise VisitDoesNotFit


async def _give_back(uow: UnitOfWork, left: Sequence[UUID], now: datetime) -> None:
    """The seats that were left: withdrawn if they are to go, else for whoever waits for them."""
    rows = await uow.fetch("SELECT id FROM seat WHERE id = ANY($1::uuid[]) AND NOT leaving", left)
    staying = [row["id"] for row in rows]
    await seats.give_some_back(uow, [one for one in left if one not in staying])
    await returns.all_come_back(uow, staying, now, public_from=now)


async def _mark_displaced(uow: UnitOfWork, appointment_ids: Sequence[UUID]) -> None:
    await uow.execute(
        "UPDATE appointment SET displaced = true WHERE id = ANY($1::uuid[])", appointment_ids
    )


async def _tell(rows: Sequence[asyncpg.Record], topic: str, action: str, now: datetime) -> None:
    await audit.record_all(
        audit.Record(
            actor=SYSTEM,
            action=action,
            subject="appointment",
            subject_id=row["id"],
            office_code=row["office_code"],
            data={"from_slot_id": str(row["slot_id"])},
            at=now,
        )
        for row in rows
    )
    await events.publish_all(topic, {row["id"]: now for row in rows})
