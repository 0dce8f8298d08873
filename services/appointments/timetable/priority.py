"""Choosing another time for what the hall has cancelled, before everybody else.

The appointments are the same ones: their references, and the entries in people's calendars. Whoever
has arranged a party chooses for all of it whom the hall has cancelled, or for one of them alone. At
another hall the choice is free, too, but nobody is before anybody there: its own rules hold.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import asyncpg
from msgspec import Struct

from services import audit
from services.appointments import events
from services.appointments.booking.admission import Application, Wish, offers
from services.appointments.booking.errors import OtherLine, SlotClosed, SlotPast, SlotUnknown
from services.appointments.booking.queries import own
from services.appointments.booking.refusals import number_that_day
from services.appointments.booking.reseating import Sitting, reseat
from services.appointments.booking.transitions import move
from services.appointments.rulebook.settings import rule_for
from services.appointments.rules import first_bookable_day, shares_to_try
from services.appointments.seating.availability import availability
from services.appointments.seating.fitting import VisitShape
from services.appointments.seating.people import minutes_of
from services.appointments.states import AppointmentStatus, BookingChannel, PartyKind, Share
from services.appointments.timetable.another_time import NOTICE, Candidate
from services.appointments.timetable.errors import NoPriority
from services.appointments.views import COLUMNS, Appointment, SlotView, appointment_from
from services.appointments.visits.group_booking import SHARE
from services.appointments.visits.planning import agreed
from services.kernel import database
from services.kernel.actor import Actor
from services.kernel.clock import local_date
from services.kernel.unit_of_work import UnitOfWork, unit_of_work

_FURTHEST = timedelta(days=60)

# What the hall has cancelled and nobody chose anew; $1 its key, $2 now, $3 who chooses for all.
_OPEN = f"""
    SELECT {COLUMNS} FROM appointment
     WHERE (id = $1 OR party_id IN (
               SELECT party.id FROM party JOIN appointment asked ON asked.party_id = party.id
                WHERE asked.id = $1 AND party.organiser_id = $3
                  AND asked.office_code = appointment.office_code
                  AND asked.line = appointment.line))
       AND status = 'cancelled' AND displaced
       AND EXISTS (SELECT FROM displacement d
                    WHERE d.appointment_id = appointment.id AND d.priority_until > $2)
     ORDER BY starts_at, id
"""  # noqa: S608 - the column list is a constant


class Choosing(Struct, frozen=True, kw_only=True):
    """Cancelled appointments that get one new time, the first to come first, and of which party."""

    appointments: tuple[Appointment, ...]
    kind: PartyKind | None

    @property
    def first(self) -> Appointment:
        """The one that would have come first: they all come for the same to the same windows."""
        return self.appointments[0]

    @property
    def apart(self) -> bool:
        """Whether they may sit with gaps in time: a firm's people come one after the other."""
        return self.kind is PartyKind.FIRM

    @property
    def share(self) -> Share:
        """The seats that they may have."""
        return SHARE if self.kind is PartyKind.FIRM else Share.ONLINE

    @property
    def shape(self) -> VisitShape:
        """What has to fit."""
        return VisitShape(
            further_items=self.first.further_items,
            people=len(self.appointments),
            apart=self.apart,
        )


async def choosing(actor: Actor, reference: str, now: datetime, *, alone: bool = False) -> Choosing:
    """Who gets another time with one's own reference: with the organiser's all, unless `alone`.

    Raises AppointmentUnknown, and NoPriority when it may not be chosen anew (any more).
    """
    found = await own(actor, reference)
    return await open_with(found, now, None if alone else actor.person_id())


async def open_with(found: Appointment, now: datetime, organiser_id: UUID | None) -> Choosing:
    """As `choosing`, of an appointment and for its party's organiser, or for it alone."""
    rows = await database.fetch(_OPEN, found.id, now, organiser_id)
    opened = tuple(appointment_from(row) for row in rows)
    if found.id not in {one.id for one in opened}:
        raise NoPriority
    kind = await database.fetchval("SELECT kind FROM party WHERE id = $1", found.party_id)
    return Choosing(appointments=opened, kind=PartyKind(kind) if kind else None)


async def open_to_choice(
    chosen_for: Choosing, now: datetime, office_code: str | None = None
) -> list[SlotView]:
    """The slots in which they can begin: at their hall also those that are not released yet.

    At another hall those that can be booked there now. Raises OfficeUnknown.
    """
    first = chosen_for.first
    code = office_code or first.office_code
    today = local_date(now)
    slots = await availability(
        code,
        first.item_code,
        today,
        today + _FURTHEST,
        now,
        share=chosen_for.share,
        shape=chosen_for.shape,
    )
    if code == first.office_code:
        return [slot for slot in slots if slot.left and slot.starts_at >= now + NOTICE]
    first_day = first_bookable_day(now, await rule_for(code, first.line))
    return [
        slot
        for slot in slots
        if slot.left and slot.released_at <= now and local_date(slot.starts_at) >= first_day
    ]


async def choose_anew(
    actor: Actor, reference: str, slot_id: UUID, now: datetime, *, alone: bool = False
) -> Sequence[Appointment]:
    """Give what the hall has cancelled another time, from a slot on: all of it, or nothing.

    Limits and penalties do not bind, nor does the release at the hall that has cancelled. Locks
    the appointments in order of their keys, the slots in order of time if several seats are
    wanted, then the new seats (without waiting).

    Raises:
        AppointmentUnknown: It does not exist, or is somebody else's.
        NoPriority: The hall has not cancelled it, or the time for choosing is over.
        SlotUnknown, SlotPast, SlotClosed, OtherLine, SlotFull, VisitDoesNotFit: That time cannot be
            had.
        NotReleased, TooFarAhead, TooLateToBook, NotYourTurn: Nor can it at that other hall yet, or
            any more.
        AlreadyBooked, DayTaken, SomebodyBooked: Another appointment stands in the way.
    """
    async with unit_of_work() as uow:
        known = await choosing(actor, reference, now, alone=alone)
        await uow.execute(
            "SELECT FROM appointment WHERE id = ANY($1::uuid[]) ORDER BY id FOR UPDATE",
            [one.id for one in known.appointments],
        )
        # Read again, now that nobody else can choose for them.
        chosen_for = await choosing(actor, reference, now, alone=alone)
        slot = await _slot(uow, chosen_for, slot_id, now)
        moved = await reseat(
            uow,
            await _sitting(uow, actor, chosen_for, slot, now),
            Candidate(id=slot_id, starts_at=slot["starts_at"], ends_at=slot["ends_at"]),
            now,
            minutes=await minutes_of(chosen_for.first.item_code, chosen_for.first.further_items),
            shares=shares_to_try(chosen_for.share),
            apart=chosen_for.apart,
            found=AppointmentStatus.CANCELLED,
        )
        # Two steps on, for the calendar entries: their cancellation was one.
        await uow.execute(
            "UPDATE appointment SET sequence = sequence + 1 WHERE id = ANY($1::uuid[])",
            [one.id for one in moved.appointments],
        )
        made = [
            await move(uow, one.id, AppointmentStatus.BOOKED, now)
            for one in sorted(moved.appointments, key=lambda one: one.id)
        ]
        await _record(actor, chosen_for, made, now)
    return made


async def _slot(
    uow: UnitOfWork, chosen_for: Choosing, slot_id: UUID, now: datetime
) -> asyncpg.Record:
    slot = await uow.fetchrow("SELECT * FROM slot WHERE id = $1", slot_id)
    if slot is None:
        raise SlotUnknown
    if slot["line"] != chosen_for.first.line:
        raise OtherLine
    if slot["starts_at"] <= now:
        raise SlotPast
    if slot["closed_at"] is not None:
        raise SlotClosed
    return slot


async def _sitting(
    uow: UnitOfWork, actor: Actor, chosen_for: Choosing, slot: asyncpg.Record, now: datetime
) -> list[Sitting]:
    """Who is to sit there, each with the number of the appointment on that day.

    At another hall that is asked of its rules, which may refuse.
    """
    people = [one.person_id for one in chosen_for.appointments]
    if slot["office_code"] == chosen_for.first.office_code:
        numbers = await _numbers(uow, people, slot)
    else:
        asked = [_application(actor, one, slot["id"], now) for one in chosen_for.appointments]
        found = agreed(people, await offers(uow, asked), actor.person_id())
        numbers = [number_that_day(facts) or 1 for facts in found]
    return [
        Sitting(
            appointment_id=one.id,
            person_id=one.person_id,
            # Given back when it was cancelled, and perhaps somebody else's by now.
            seat_id=None,
            nth_of_day=number,
        )
        for one, number in zip(chosen_for.appointments, numbers, strict=True)
    ]


def _application(actor: Actor, one: Appointment, slot_id: UUID, now: datetime) -> Application:
    wish = Wish(
        person_id=one.person_id,
        item_code=one.item_code,
        line=one.line,
        # All the minutes are looked for by whoever seats them: no one slot has to have them.
        minutes=0,
        share=Share.ONLINE,
        channel=BookingChannel.ONLINE,
        by_staff=False,
    )
    return Application(actor=actor, wish=wish, slot_id=slot_id, now=now, moving=True)


async def _numbers(uow: UnitOfWork, people: Sequence[UUID], slot: asyncpg.Record) -> list[int]:
    rows = await uow.fetch(
        """
        SELECT person_id, count(*) AS booked FROM appointment
         WHERE person_id = ANY($1::uuid[]) AND line = $2 AND status IN ('booked', 'checked_in')
           AND day = ($3 AT TIME ZONE 'Asia/Shanghai')::date
         GROUP BY person_id
        """,
        people,
        slot["line"],
        slot["starts_at"],
    )
    booked = {row["person_id"]: row["booked"] for row in rows}
    return [1 + booked.get(person_id, 0) for person_id in people]


async def _record(
    actor: Actor, chosen_for: Choosing, made: Sequence[Appointment], now: datetime
) -> None:
    before = {one.id: one for one in chosen_for.appointments}
    await audit.record_all(
        audit.Record(
            actor=actor,
            action="appointment.chosen_anew",
            subject="appointment",
            subject_id=one.id,
            office_code=one.office_code,
            data={"from_slot_id": str(before[one.id].slot_id), "slot_id": str(one.slot_id)},
            at=now,
        )
        for one in made
    )
    await events.publish_all(events.RESCHEDULED, {one.id: now for one in made})
