"""How somebody comes into line: with an appointment, or with a number from the counter.

Locks are taken in this order: the appointment, the line's counter. See docs/locking.md.
"""

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from services import appointments, catalog
from services.appointments import Appointment, AppointmentStatus
from services.catalog import Line
from services.kernel import formats
from services.kernel.actor import Actor, ActorKind
from services.kernel.clock import local_date
from services.kernel.ids import new_id
from services.kernel.translations import Language
from services.kernel.unit_of_work import UnitOfWork, unit_of_work
from services.queue.errors import (
    AnotherDay,
    AnotherOffice,
    LineNotServed,
    NotAtKiosk,
    SlipUsed,
    SlipVoid,
    TooEarly,
    UnknownSlip,
)
from services.queue.journal import note
from services.queue.kiosks import require_counter
from services.queue.rules import check_in_opens_at, place_in_line, reference_in, ticket_number
from services.queue.states import Priority, TicketKind
from services.queue.tickets import COLUMNS, Ticket, from_row, ticket_of_appointment


class CheckIn(Struct, frozen=True, kw_only=True):
    """A slip shown at an office; `reference` is as it was typed or scanned."""

    office_code: str
    reference: str
    priority: Priority = Priority.NORMAL


class WalkIn(Struct, frozen=True, kw_only=True):
    """Somebody without an appointment; `item_code` is None when it is not known yet."""

    office_code: str
    line: Line
    item_code: str | None = None
    priority: Priority = Priority.NORMAL


async def check_in(actor: Actor, command: CheckIn, now: datetime) -> Ticket:
    """Give the holder of an appointment a number, and mark the appointment as come.

    Raises:
        UnknownSlip: Nothing like it was ever booked.
        AnotherOffice, AnotherDay, TooEarly: It is for elsewhere or later; says where or when.
        SlipUsed: It has a ticket already; says which.
        SlipVoid: It was cancelled, or counts as missed or done.
    """
    _require_counter(actor, command.office_code, command.priority)
    reference = reference_in(command.reference)
    if reference is None:
        raise UnknownSlip
    async with unit_of_work() as uow:
        booked = await appointments.by_reference(reference)
        if booked is None:
            raise UnknownSlip
        await _check_slip(actor, command.office_code, booked, now)
        await appointments.check_in(actor, booked.id, now)
        given = await _give_number(
            uow,
            office_code=booked.office_code,
            line=Line(booked.line),
            kind=TicketKind.APPOINTMENT,
            priority=command.priority,
            appointment_id=booked.id,
            item_code=booked.item_code,
            person_id=booked.person_id,
            order_at=place_in_line(now, command.priority, (booked.starts_at, booked.ends_at)),
            now=now,
        )
        await note(actor, "queue.checked_in", given, now)
        return given


async def _check_slip(actor: Actor, office_code: str, booked: Appointment, now: datetime) -> None:
    language = Language(actor.language)
    if booked.office_code != office_code:
        other = await catalog.office(booked.office_code)
        raise AnotherOffice(office_code=other.code, office=other.name[language])
    used = await ticket_of_appointment(booked.id)
    if used is not None:
        raise SlipUsed(number=used.number)
    if booked.status is not AppointmentStatus.BOOKED:
        raise SlipVoid
    if local_date(booked.starts_at) != local_date(now):
        raise AnotherDay(day=formats.day(booked.starts_at, language))
    opens = check_in_opens_at(booked.starts_at)
    if now < opens:
        raise TooEarly(time=formats.clock_time(opens))


async def take_ticket(actor: Actor, command: WalkIn, now: datetime) -> Ticket:
    """Give a number to somebody without an appointment.

    Raises LineNotServed when no window of the office serves the line, or the item is of another
    line; NoMoreNumbers when the line has given out all of today's.
    """
    _require_counter(actor, command.office_code, command.priority)
    office = await catalog.office(command.office_code)
    if command.line not in office.lines:
        raise LineNotServed
    if command.item_code is not None:
        item = await catalog.item(command.item_code)
        if item.line is not command.line:
            raise LineNotServed
    async with unit_of_work() as uow:
        given = await _give_number(
            uow,
            office_code=office.code,
            line=command.line,
            kind=TicketKind.WALK_IN,
            priority=command.priority,
            appointment_id=None,
            item_code=command.item_code,
            person_id=None,
            order_at=place_in_line(now, command.priority),
            now=now,
        )
        await note(actor, "queue.ticket_taken", given, now)
        return given


def _require_counter(actor: Actor, office_code: str, priority: Priority) -> None:
    require_counter(actor, office_code)
    # What is urgent is a clerk's judgement; a class that everybody can pick would mean nothing.
    if actor.kind is ActorKind.KIOSK and priority is Priority.URGENT:
        raise NotAtKiosk


async def _give_number(
    uow: UnitOfWork,
    *,
    office_code: str,
    line: Line,
    kind: TicketKind,
    priority: Priority,
    appointment_id: UUID | None,
    item_code: str | None,
    person_id: UUID | None,
    order_at: datetime,
    now: datetime,
) -> Ticket:
    day = local_date(now)
    # Last of the locks, for it is held until the commit and everyone in the line wants it.
    count = await uow.fetchval(
        """
        INSERT INTO ticket_counter (id, office_code, day, line, last) VALUES ($1, $2, $3, $4, 1)
        ON CONFLICT ON CONSTRAINT ticket_counter_once
        DO UPDATE SET last = ticket_counter.last + 1
        RETURNING last
        """,
        new_id(),
        office_code,
        day,
        line,
    )
    row = await uow.fetchrow(
        f"""
        INSERT INTO ticket (id, office_code, line, day, number, kind, priority, status,
                            appointment_id, item_code, person_id, checked_in_at, in_line_at,
                            order_at, call_count, version)
        VALUES ($1, $2, $3, $4, $5, $6, $7, 'waiting', $8, $9, $10, $11, $11, $12, 0, 0)
        RETURNING {COLUMNS}
        """,  # noqa: S608 - the column list is a constant
        new_id(),
        office_code,
        line,
        day,
        ticket_number(line, count),
        kind,
        priority,
        appointment_id,
        item_code,
        person_id,
        now,
        order_at,
    )
    assert row is not None  # noqa: S101 - an INSERT … RETURNING gives its row
    return from_row(row)
