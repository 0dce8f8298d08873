"""Booking a visit: several people, several items, or more minutes than one slot has.

All or nothing, in one transaction. What one person books for one item in one slot is
`bookings.book`, which waits for nobody; this is for everything else.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from msgspec import Struct, structs

from services import audit, catalog, identity
from services.appointments import events, limits
from services.appointments.booking import bookings
from services.appointments.booking.admission import Application, Wish, channel_of, offers, wish_of
from services.appointments.booking.bookings import CHOOSE_A_TIME, Book
from services.appointments.booking.errors import (
    AlreadyBooked,
    DayTaken,
    NotYourTurn,
    SlotFull,
)
from services.appointments.booking.facts import Facts
from services.appointments.booking.holds import ended
from services.appointments.booking.refusals import number_that_day
from services.appointments.rules import shares_to_try
from services.appointments.seating import rooms, seats
from services.appointments.seating.fitting import fit_together
from services.appointments.states import BookingChannel, PartyKind, Share
from services.appointments.views import COLUMNS, Appointment, appointment_from
from services.appointments.visits.errors import (
    ItemsOfOtherLines,
    LongerThanSlot,
    SomebodyBooked,
    TooManyItems,
    VisitDoesNotFit,
)
from services.appointments.visits.wishes import Wishes, seal_wishes
from services.kernel.actor import Actor
from services.kernel.errors import DomainError, FieldError, InvalidInput
from services.kernel.ids import new_id, new_reference
from services.kernel.limits import charge
from services.kernel.unit_of_work import UnitOfWork, unit_of_work

ITEMS = 5


class BookVisit(Struct, frozen=True, kw_only=True):
    """A visit in a slot, or in that of a hold; one of the two is given.

    `people` are the citizen's companions who come, `myself` says whether the citizen does. Staff
    give `person_id` instead. Everybody comes for all the items.
    """

    item_code: str
    further_items: tuple[str, ...] = ()
    slot_id: UUID | None = None
    hold_id: UUID | None = None
    people: tuple[UUID, ...] = ()
    myself: bool = True
    wishes: Wishes = Wishes()
    person_id: UUID | None = None
    share: Share = Share.ONLINE


class Plan(Struct, frozen=True, kw_only=True):
    """Who comes for what, with the checks passed that need no slot."""

    wish: Wish
    further_items: tuple[str, ...]
    minutes: int
    people: tuple[UUID, ...]
    wishes: Wishes
    party: PartyKind | None
    organiser_id: UUID
    channel: BookingChannel


class Asked(Struct, frozen=True, kw_only=True):
    """Who asks for which slot, or for that of which hold, and when."""

    actor: Actor
    slot_id: UUID | None
    hold_id: UUID | None
    now: datetime


class Place(Protocol):
    """A slot, as much of it as seating takes."""

    @property
    def slot_id(self) -> UUID:
        """Its key."""

    @property
    def starts_at(self) -> datetime:
        """When it begins."""

    @property
    def ends_at(self) -> datetime:
        """When it ends."""


class Placed(Struct, frozen=True, kw_only=True):
    """One person's seats: the first, then those that lengthen it."""

    person_id: UUID
    run: tuple[UUID, ...]
    seats: tuple[seats.Seat, ...]
    # Which of the person's appointments at the line it is that day.
    nth_of_day: int = 1


async def book(actor: Actor, command: Book, now: datetime) -> Appointment:
    """Make an appointment for one person and item, however many slots that takes.

    Raises as `bookings.book`, and VisitDoesNotFit when the slots after it are full.
    """
    try:
        return await bookings.book(actor, command, now)
    except LongerThanSlot:
        visit = BookVisit(
            item_code=command.item_code,
            slot_id=command.slot_id,
            hold_id=command.hold_id,
            person_id=command.person_id,
            share=command.share,
        )
        [made] = await book_visit(actor, visit, now)
        return made


async def book_visit(actor: Actor, command: BookVisit, now: datetime) -> list[Appointment]:
    """Book for everybody who comes, or for nobody; one appointment a person, in their order.

    Raises:
        RateLimited: Too many tries in a short time.
        VisitDoesNotFit, SlotFull: Not enough room from the slot on.
        SomebodyBooked: One of the companions has an appointment for an item, or that day.
        ItemsOfOtherLines, TooManyItems: The items cannot be one visit.
        CompanionUnknown: Not somebody on the citizen's list.
        DomainError: As `bookings.book`.
    """
    if (command.slot_id is None) == (command.hold_id is None):
        raise InvalidInput(FieldError("slot_id", "slot_or_hold", CHOOSE_A_TIME))
    planned = await plan(actor, command)
    if not planned.wish.by_staff:
        await charge((limits.BOOK_BY_PERSON, str(planned.organiser_id)))
    async with unit_of_work() as uow:
        asked = Asked(actor=actor, slot_id=command.slot_id, hold_id=command.hold_id, now=now)
        found = await admit_all(uow, planned, asked)
        offered = found[0]
        await _use_hold(uow, offered, command.hold_id, now)
        shares = shares_to_try(planned.wish.share)
        placed = await seat_people(
            uow, planned.people, offered, now, minutes=planned.minutes, shares=shares
        )
        party_id = await _make_party(uow, planned, now)
        return await write(uow, actor, planned, numbered(placed, found), now, party_id=party_id)


async def _use_hold(uow: UnitOfWork, offered: Facts, hold_id: UUID | None, now: datetime) -> None:
    """Free the seat that the organiser holds for the item, for this very transaction to claim.

    Nobody else can: its row stays locked. Locks the seat, then the hold. Raises what became of
    the hold if the visit is to be booked with one that has ended.
    """
    kept = offered.kept
    used = 0
    if kept is not None and hold_id in (None, kept.hold_id):
        await uow.execute("SELECT 1 FROM seat WHERE id = $1 FOR UPDATE", kept.seat_id)
        used = await uow.execute(
            """
            UPDATE hold SET status = 'used'
             WHERE id = $1 AND status = 'active' AND expires_at > $2
            """,
            kept.hold_id,
            now,
        )
        if used:
            await seats.give_back(uow, kept.seat_id)
    if hold_id is not None and not used:
        raise await ended(hold_id)


async def plan(actor: Actor, command: BookVisit) -> Plan:
    """Check who may book what for whom."""
    codes = (command.item_code, *dict.fromkeys(command.further_items))
    if len(codes) > ITEMS or len(set(codes)) < len(codes):
        raise TooManyItems
    wish = await wish_of(actor, command.item_code, person_id=command.person_id, share=command.share)
    others = [await wish_of(actor, code, person_id=command.person_id) for code in codes[1:]]
    if any(one.line != wish.line for one in others):
        raise ItemsOfOtherLines
    companions = tuple(dict.fromkeys(command.people))
    if companions:
        await identity.require_companions(actor, companions)
    people = ((wish.person_id,) if command.myself or not companions else ()) + companions
    return Plan(
        wish=wish,
        further_items=codes[1:],
        minutes=sum(one.minutes for one in (wish, *others)),
        people=people,
        wishes=command.wishes,
        party=PartyKind.FAMILY if companions else None,
        organiser_id=wish.person_id,
        channel=channel_of(actor),
    )


async def admit_all(uow: UnitOfWork, planned: Plan, asked: Asked) -> list[Facts]:
    """The slot as each of the people may book it, in their order; locks nothing."""
    await identity.require_real_name(planned.organiser_id)
    [offered] = await _offers(uow, planned, planned.people[:1], asked)
    there = structs.replace(asked, slot_id=offered.slot_id, hold_id=None)
    others = await _offers(uow, planned, planned.people[1:], there)
    taken = await uow.fetchval(
        """
        SELECT reference FROM appointment
         WHERE person_id = ANY($1::uuid[]) AND status IN ('booked', 'checked_in')
           AND (further_items || item_code) && $2::text[]
         LIMIT 1
        """,
        list(planned.people),
        [planned.wish.item_code, *planned.further_items],
    )
    if taken is not None:
        raise AlreadyBooked(reference=taken) if len(planned.people) == 1 else SomebodyBooked()
    return [offered, *others]


async def _offers(
    uow: UnitOfWork, planned: Plan, people: Sequence[UUID], asked: Asked
) -> list[Facts]:
    applications = [
        Application(
            actor=asked.actor,
            wish=_wish_for(planned, person_id),
            slot_id=asked.slot_id,
            hold_id=asked.hold_id,
            now=asked.now,
        )
        for person_id in people
    ]
    found = []
    verdicts = await offers(uow, applications)
    # Together they have the last of their turns: it is worth nothing to come as many.
    turns = [one for one in verdicts if isinstance(one, NotYourTurn)]
    if turns:
        raise max(turns, key=lambda one: one.turn)
    for person_id, verdict in zip(people, verdicts, strict=True):
        if isinstance(verdict, DomainError):
            stranger = person_id != planned.organiser_id
            known = isinstance(verdict, AlreadyBooked | DayTaken)
            raise SomebodyBooked() if stranger and known else verdict
        found.append(verdict)
    return found


def _wish_for(planned: Plan, person_id: UUID) -> Wish:
    # Minutes are looked after here: no single slot has to have them all.
    return Wish(
        person_id=person_id,
        item_code=planned.wish.item_code,
        line=planned.wish.line,
        minutes=0,
        share=planned.wish.share,
        channel=planned.channel,
        by_staff=planned.wish.by_staff,
    )


async def minutes_of(item_code: str, further_items: Sequence[str]) -> int:
    """How long a visit with these items takes."""
    return sum([(await catalog.item(code)).minutes for code in (item_code, *further_items)])


async def seat_people(
    uow: UnitOfWork,
    people: Sequence[UUID],
    place: Place,
    now: datetime,
    *,
    minutes: int,
    shares: Sequence[Share],
) -> list[Placed]:
    """Seats for all from the slot on, for so many minutes each, or an error.

    Locks the slots in order of time, if more than one seat is wanted; then seats without waiting.
    """
    runs: list[tuple[UUID, ...]] | None = [(place.slot_id,)]
    if len(people) > 1 or place.ends_at - place.starts_at < timedelta(minutes=minutes):
        free = await rooms.lock_rooms(uow, place.slot_id, shares, now)
        runs = fit_together(free, 0, len(people), minutes)
    if runs is None:
        raise VisitDoesNotFit
    return await seat_runs(uow, people, runs, shares, now)


async def seat_runs(
    uow: UnitOfWork,
    people: Sequence[UUID],
    runs: Sequence[tuple[UUID, ...]],
    shares: Sequence[Share],
    now: datetime,
) -> list[Placed]:
    """Claim a seat of every slot of every run, all of them or none.

    Raises SlotFull (one seat was wanted) or VisitDoesNotFit.
    """
    wanted = Counter(slot_id for run in runs for slot_id in run)
    claimed = await seats.claim_some(uow, wanted, shares, now)
    if any(len(claimed.get(slot_id, ())) < number for slot_id, number in wanted.items()):
        raise SlotFull if wanted.total() == 1 else VisitDoesNotFit
    left: Mapping[UUID, Iterator[seats.Seat]] = {
        slot_id: iter(some) for slot_id, some in claimed.items()
    }
    return [
        Placed(person_id=person_id, run=run, seats=tuple(next(left[slot]) for slot in run))
        for person_id, run in zip(people, runs, strict=True)
    ]


def numbered(placed: Sequence[Placed], found: Sequence[Facts]) -> list[Placed]:
    """Everybody's seats with the number that their appointment has among those of the day."""
    return [
        structs.replace(one, nth_of_day=number_that_day(facts) or 1)
        for one, facts in zip(placed, found, strict=True)
    ]


async def _make_party(uow: UnitOfWork, planned: Plan, now: datetime) -> UUID | None:
    if planned.party is None:
        return None
    party_id = new_id()
    await uow.execute(
        """
        INSERT INTO party (id, kind, organiser_id, size, created_at) VALUES ($1, $2, $3, $4, $5)
        """,
        party_id,
        planned.party,
        planned.organiser_id,
        len(planned.people),
        now,
    )
    return party_id


async def write(
    uow: UnitOfWork,
    actor: Actor,
    planned: Plan,
    placed: Sequence[Placed],
    now: datetime,
    *,
    party_id: UUID | None,
) -> list[Appointment]:
    """Write everybody's appointment, extra seats, audit record and event."""
    ids = [new_id() for _ in placed]
    rows = await uow.fetch(
        _INSERT,
        ids,
        [new_reference() for _ in placed],
        [one.person_id for one in placed],
        [one.run[0] for one in placed],
        [one.run[-1] for one in placed],
        [one.seats[0].id for one in placed],
        [one.seats[0].share for one in placed],
        [seal_wishes(planned.wishes, appointment_id) for appointment_id in ids],
        [one.nth_of_day for one in placed],
        planned.wish.item_code,
        list(planned.further_items),
        planned.channel,
        party_id,
        now,
    )
    extra = [
        (seat.id, appointment_id)
        for appointment_id, one in zip(ids, placed, strict=True)
        for seat in one.seats[1:]
    ]
    await seats.lengthen(uow, extra)
    made = {row["id"]: appointment_from(row) for row in rows}
    await audit.record_all(
        audit.Record(
            actor=actor,
            action="appointment.booked",
            subject="appointment",
            subject_id=one.id,
            office_code=one.office_code,
            data={
                "item_code": one.item_code,
                "slot_id": str(one.slot_id),
                "share": one.share,
            },
            at=now,
        )
        for one in made.values()
    )
    await events.publish_all(events.BOOKED, dict.fromkeys(ids, now))
    return [made[appointment_id] for appointment_id in ids]


_INSERT = f"""
    INSERT INTO appointment
           (id, reference, status, person_id, item_code, slot_id, office_code, line, starts_at,
            ends_at, seat_id, share, channel, further_items, visit_ends_at, wishes, nth_of_day,
            party_id, sequence, booked_at)
    SELECT new.id, new.reference, 'booked', new.person_id, $10, slot.id, slot.office_code,
           slot.line, slot.starts_at, slot.ends_at, new.seat_id, new.share, $12, $11,
           nullif(last.ends_at, slot.ends_at), new.wishes, new.nth_of_day, $13, 0, $14
      FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::uuid[], $5::uuid[], $6::uuid[],
                  $7::text[], $8::bytea[], $9::smallint[])
           AS new (id, reference, person_id, slot_id, last_slot_id, seat_id, share, wishes,
                   nth_of_day)
      JOIN slot ON slot.id = new.slot_id
      JOIN slot last ON last.id = new.last_slot_id
     ORDER BY new.person_id
    RETURNING {COLUMNS}
"""  # noqa: S608 - the column list is a constant
