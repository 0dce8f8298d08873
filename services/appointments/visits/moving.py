"""Moving everybody who comes together to another time, in one act: all of them, or nobody."""

import secrets
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg
from msgspec import Struct, structs

from services import audit
from services.appointments import events, limits
from services.appointments.booking.admission import Application, Wish, admit, offers
from services.appointments.booking.changes import lock_to_change
from services.appointments.booking.errors import (
    AppointmentSettled,
    AppointmentUnknown,
    MovedMeanwhile,
    SameSlot,
)
from services.appointments.booking.facts import Facts
from services.appointments.booking.refusals import number_that_day
from services.appointments.booking.reseating import Sitting, reseat
from services.appointments.rules import Rule, return_moment, shares_to_try
from services.appointments.seating import returns
from services.appointments.seating.demand import found_full
from services.appointments.seating.errors import SlotFull, VisitDoesNotFit
from services.appointments.seating.people import minutes_of
from services.appointments.states import AppointmentStatus, PartyKind, Share
from services.appointments.views import Appointment
from services.appointments.visits.errors import GroupUnknown
from services.appointments.visits.group_booking import SHARE
from services.appointments.visits.planning import agreed
from services.kernel.actor import Actor, ActorKind
from services.kernel.limits import charge
from services.kernel.unit_of_work import UnitOfWork, unit_of_work

_chance = secrets.SystemRandom()


class MoveParty(Struct, frozen=True, kw_only=True):
    """A party is to come from this slot on; `apart`, a firm's people may come with gaps in time.

    `seen` are the sequences of its booked appointments as they were shown, in order of their keys.
    """

    party_id: UUID
    slot_id: UUID
    apart: bool = False
    seen: tuple[int, ...] | None = None


class _Locked(Struct, frozen=True, kw_only=True):
    """The appointments that move, the first to come first, and the rule of the first one's hall."""

    kind: PartyKind
    organiser_id: UUID
    rows: tuple[asyncpg.Record, ...]
    rule: Rule


async def move_party(actor: Actor, command: MoveParty, now: datetime) -> Sequence[Appointment]:
    """Move everybody who is still booked; the references stay, each calendar entry is one further.

    The organiser moves a party, or staff at the halls where it is booked. The old seats are given
    back only once all the new ones are taken: whatever fails, everything stands as it was. Locks
    the appointments in order of their keys, the slots in order of time, the new seats (without
    waiting), the old seats.

    Raises:
        RateLimited: Too many tries in a short time.
        GroupUnknown: There is no such party, or somebody else has arranged it.
        AppointmentSettled: Nobody is booked any more.
        TooLateToChange: It is too late for one of them.
        SameSlot: They all come at that time already.
        MovedMeanwhile: One of them has been moved, or is not of it any more, since it was seen.
        VisitDoesNotFit, SlotFull: Not enough room from the slot on.
        SomebodyBooked: One of them has another appointment at these windows that day.
        DomainError: As `admission.offer`.
    """
    if actor.kind is ActorKind.CITIZEN:
        await charge((limits.BOOK_BY_PERSON, str(actor.person_id())))
    async with unit_of_work() as uow:
        locked = await _lock(uow, actor, command.party_id, now)
        if all(row["slot_id"] == command.slot_id for row in locked.rows):
            raise SameSlot
        in_order = sorted(locked.rows, key=lambda row: row["id"])
        if command.seen not in (None, tuple(row["sequence"] for row in in_order)):
            raise MovedMeanwhile
        wish = await _wish(actor, locked)
        asked = Application(actor=actor, wish=wish, slot_id=command.slot_id, now=now, moving=True)
        found = await _offered(uow, locked, asked)
        first = locked.rows[0]
        try:
            moved = await reseat(
                uow,
                _sitting(locked, found),
                found[0],
                now,
                minutes=await minutes_of(first["item_code"], first["further_items"]),
                shares=shares_to_try(wish.share),
                apart=command.apart,
            )
        except (SlotFull, VisitDoesNotFit):
            for row in locked.rows:
                found_full(command.slot_id, row["person_id"])
            raise
        public_from = return_moment(now, locked.rule, _chance.random())
        await returns.all_come_back(uow, moved.left, now, public_from=public_from)
        await _record(actor, locked, moved.appointments, now)
    return moved.appointments


async def _lock(uow: UnitOfWork, actor: Actor, party_id: UUID, now: datetime) -> _Locked:
    party = await uow.fetchrow("SELECT kind, organiser_id FROM party WHERE id = $1", party_id)
    by_staff = actor.kind is ActorKind.STAFF
    if party is None or not (by_staff or party["organiser_id"] == actor.person_id()):
        raise GroupUnknown
    listed = await uow.fetch(
        "SELECT reference, status FROM appointment WHERE party_id = $1 ORDER BY id", party_id
    )
    if not listed:
        raise GroupUnknown
    locked = []
    for one in listed:
        if one["status"] == AppointmentStatus.BOOKED:
            try:
                locked.append(await lock_to_change(uow, actor, one["reference"], now))
            except AppointmentUnknown:
                # Somebody has just made it their own affair. At another hall it stops staff.
                if by_staff:
                    raise
    # Whoever was cancelled, has checked in or has left since the list was read stays as they are.
    booked = [
        (row, rule)
        for row, rule in locked
        if row["status"] == AppointmentStatus.BOOKED and row["party_id"] == party_id
    ]
    if not booked:
        raise AppointmentSettled(status=listed[0]["status"])
    booked.sort(key=lambda pair: (pair[0]["starts_at"], pair[0]["id"]))
    return _Locked(
        kind=PartyKind(party["kind"]),
        organiser_id=party["organiser_id"],
        rows=tuple(row for row, _ in booked),
        rule=booked[0][1],
    )


async def _wish(actor: Actor, locked: _Locked) -> Wish:
    """What they come for, with the seats that they may have."""
    first = locked.rows[0]
    by_staff = actor.kind is ActorKind.STAFF
    wish = await admit(
        actor, first["item_code"], person_id=first["person_id"] if by_staff else None
    )
    share = Share(first["share"]) if by_staff else Share.ONLINE
    if locked.kind is PartyKind.FIRM:
        share = SHARE
    # No single slot has to have all the minutes.
    return structs.replace(wish, share=share, minutes=0)


async def _offered(uow: UnitOfWork, locked: _Locked, asked: Application) -> list[Facts]:
    """The slot as each of them may have it; `asked` is for the one who asks for all."""
    people = [row["person_id"] for row in locked.rows]
    applications = [
        structs.replace(asked, wish=structs.replace(asked.wish, person_id=person_id))
        for person_id in people
    ]
    return agreed(people, await offers(uow, applications), locked.organiser_id)


def _sitting(locked: _Locked, found: Sequence[Facts]) -> list[Sitting]:
    return [
        Sitting(
            appointment_id=row["id"],
            person_id=row["person_id"],
            seat_id=row["seat_id"],
            nth_of_day=number_that_day(facts, moving=True) or 1,
        )
        for row, facts in zip(locked.rows, found, strict=True)
    ]


async def _record(
    actor: Actor, locked: _Locked, moved: Sequence[Appointment], now: datetime
) -> None:
    await audit.record_all(
        audit.Record(
            actor=actor,
            action="appointment.rescheduled",
            subject="appointment",
            subject_id=one.id,
            office_code=one.office_code,
            data={"from_slot_id": str(row["slot_id"]), "slot_id": str(one.slot_id)},
            at=now,
        )
        for row, one in zip(locked.rows, moved, strict=True)
    )
    await events.publish_all(events.RESCHEDULED, {one.id: now for one in moved})
