"""Who comes for what: the checks of a visit before any seat is touched."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from msgspec import Struct, structs

from services import identity
from services.appointments.booking.admission import Application, Wish, channel_of, offers, wish_of
from services.appointments.booking.errors import (
    AlreadyBooked,
    BookingBlocked,
    DayTaken,
    NotYourTurn,
    SomebodyBooked,
)
from services.appointments.booking.facts import Facts
from services.appointments.booking.refusals import number_that_day
from services.appointments.seating.people import Placed
from services.appointments.states import BookingChannel, PartyKind, Share
from services.appointments.visits.errors import ItemsOfOtherLines, TooManyItems
from services.appointments.visits.wishes import Wishes
from services.kernel.actor import Actor
from services.kernel.errors import DomainError
from services.kernel.unit_of_work import UnitOfWork

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
    """The slot as each of the people may book it, in their order; locks nothing.

    What the organiser has booked for one of them before, SomebodyBooked names to them.
    """
    try:
        return await _admitted(uow, planned, asked)
    except SomebodyBooked:
        raise await _with_what_they_know(uow, planned) from None


async def _with_what_they_know(uow: UnitOfWork, planned: Plan) -> SomebodyBooked:
    reference = await uow.fetchval(
        """
        SELECT a.reference FROM appointment a JOIN party ON party.id = a.party_id
         WHERE a.person_id = ANY($1::uuid[]) AND a.status IN ('booked', 'checked_in')
           AND (a.further_items || a.item_code) && $2::text[]
           AND party.organiser_id = $3 AND party.kind = 'family'
         ORDER BY a.starts_at LIMIT 1
        """,
        list(planned.people),
        [planned.wish.item_code, *planned.further_items],
        planned.organiser_id,
    )
    return SomebodyBooked(reference=reference) if reference else SomebodyBooked()


async def _admitted(uow: UnitOfWork, planned: Plan, asked: Asked) -> list[Facts]:
    await identity.require_real_name(planned.organiser_id)
    [offered] = await _offers(uow, planned, planned.people[:1], asked)
    there = structs.replace(asked, slot_id=offered.slot_id, hold_id=None)
    others = await _offers(uow, planned, planned.people[1:], there)
    if planned.organiser_id not in planned.people:
        await _offers(uow, planned, [planned.organiser_id], there, for_others=True)
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
        alone = planned.people == (planned.organiser_id,)
        raise AlreadyBooked(reference=taken) if alone else SomebodyBooked()
    return [offered, *others]


async def _offers(
    uow: UnitOfWork,
    planned: Plan,
    people: Sequence[UUID],
    asked: Asked,
    *,
    for_others: bool = False,
) -> list[Facts]:
    applications = [
        Application(
            actor=asked.actor,
            wish=_wish_for(planned, person_id),
            slot_id=asked.slot_id,
            hold_id=asked.hold_id,
            now=asked.now,
            for_others=for_others,
        )
        for person_id in people
    ]
    return agreed(people, await offers(uow, applications), planned.organiser_id)


def agreed(
    people: Sequence[UUID], verdicts: Sequence[Facts | DomainError], organiser_id: UUID
) -> list[Facts]:
    """The slot for each, if it is offered to all; else raises the refusal that counts.

    Together they have the last of their turns: it is worth nothing to come as many. What somebody
    else has booked is said of the party and not of them.
    """
    turns = [one for one in verdicts if isinstance(one, NotYourTurn)]
    if turns:
        raise max(turns, key=lambda one: one.turn)
    found = []
    for person_id, verdict in zip(people, verdicts, strict=True):
        if isinstance(verdict, DomainError):
            stranger = person_id != organiser_id
            known = isinstance(verdict, AlreadyBooked | BookingBlocked | DayTaken)
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


def numbered(placed: Sequence[Placed], found: Sequence[Facts]) -> list[Placed]:
    """Everybody's seats with the number that their appointment has among those of the day."""
    return [
        structs.replace(one, nth_of_day=number_that_day(facts) or 1)
        for one, facts in zip(placed, found, strict=True)
    ]
