"""A firm's group: seats for everybody on a list, kept for a while, then booked; all or nobody."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from msgspec import structs

from services import audit, identity
from services.appointments import limits
from services.appointments.booking.admission import Application, offers, wish_of
from services.appointments.booking.errors import SlotUnknown
from services.appointments.booking.facts import Facts
from services.appointments.rules import shares_to_try
from services.appointments.seating.people import Placed, seat_people
from services.appointments.standing import strikes
from services.appointments.states import BookingChannel, PartyKind, Share
from services.appointments.views import Appointment, HeldSeat
from services.appointments.visits.errors import GroupUnknown
from services.appointments.visits.groups import GroupDraft, draft, draft_from
from services.appointments.visits.holding import Places, held_slot, keep, take_held
from services.appointments.visits.planning import Asked, Plan, admit_all, agreed, numbered
from services.appointments.visits.wishes import Wishes
from services.appointments.visits.writing import write
from services.identity import CompanionRefused, MemberDetails
from services.kernel.actor import Actor
from services.kernel.crypto import keyring
from services.kernel.ids import new_id
from services.kernel.limits import charge
from services.kernel.unit_of_work import UnitOfWork, unit_of_work

# Firms may use the green channel's seats (DOMAIN: the papers of firms that resume work).
SHARE = Share.GREEN_CHANNEL


class Arrangement(StrEnum):
    """How a group sits: its seats without a gap in time, or wherever there are some that day."""

    TOGETHER = "together"
    APART = "apart"


async def hold_group(
    actor: Actor, draft_id: UUID, slot_id: UUID, arrangement: Arrangement, now: datetime
) -> HeldSeat:
    """Keep seats for everybody on a list from a slot on, or for nobody.

    Who of them is registered already is asked for what they have booked; nobody is registered for
    it. The seats of the green channel are taken first. Locks as `holding.keep`.

    Raises:
        RateLimited: Too many holds in a short time.
        GroupUnknown: The list is not there any more, or has been booked.
        VisitDoesNotFit: Not enough seats from the slot on.
        SomebodyBooked: Somebody has booked meanwhile.
        CompanionRefused: Somebody has registered meanwhile, with another name.
        DomainError: As `admission.offer`.
    """
    kept = await draft(actor, draft_id, now)
    await charge((limits.HOLD_BY_PERSON, str(actor.person_id())))
    async with unit_of_work() as uow:
        offered, minutes = await _offered(uow, actor, kept, slot_id, now)
        places = Places(
            person_id=actor.person_id(),
            item_code=kept.item_code,
            further_items=(),
            people=len(kept.members),
            minutes=minutes,
            share=SHARE,
            apart=arrangement is Arrangement.APART,
        )
        return await keep(uow, actor, places, offered, now)


async def _offered(
    uow: UnitOfWork, actor: Actor, kept: GroupDraft, slot_id: UUID, now: datetime
) -> tuple[Facts, int]:
    """The slot, if it is offered to those who are known by now, and an item's minutes."""
    wish = structs.replace(
        await wish_of(actor, kept.item_code), share=SHARE, channel=BookingChannel.FIRM
    )
    # Of the agent only the turn and a pause count: it is the others who come.
    asked = Application(
        actor=actor,
        wish=structs.replace(wish, minutes=0),
        slot_id=slot_id,
        now=now,
        for_others=True,
    )
    applications = [asked]
    for one in await identity.known_members(kept.members):
        if isinstance(one, CompanionRefused):
            raise one
        if one is not None:
            theirs = structs.replace(asked.wish, person_id=one)
            applications.append(structs.replace(asked, wish=theirs, for_others=False))
    people = [one.wish.person_id for one in applications]
    verdicts = await offers(uow, applications)
    [offered, *_] = agreed(people, verdicts, actor.person_id())
    if offered.office_code != kept.office_code:
        raise SlotUnknown
    return offered, wish.minutes


async def book_group(
    actor: Actor, draft_id: UUID, slot_id: UUID, arrangement: Arrangement, now: datetime
) -> list[Appointment]:
    """Register and book everybody on a list from a slot on, or nobody; the list is used up.

    The party has the list's key, so that the list's address leads to it from then on.

    The seats of the green channel are taken first. Locks the list, then the slots, then seats
    without waiting.

    Raises:
        GroupUnknown: The list is not there any more, or has been booked.
        VisitDoesNotFit: Not enough seats from the slot on.
        SomebodyBooked: Somebody has booked meanwhile.
        CompanionRefused: Somebody has registered meanwhile, with another name.
        DomainError: As `admission.offer`.
    """

    async def seated(uow: UnitOfWork, planned: Plan, found: Sequence[Facts]) -> list[Placed]:
        return await seat_people(
            uow,
            planned.people,
            found[0],
            now,
            minutes=planned.minutes,
            shares=shares_to_try(SHARE),
            apart=arrangement is Arrangement.APART,
        )

    return await _book(actor, draft_id, slot_id, seated, now)


async def book_held_group(
    actor: Actor, draft_id: UUID, hold_id: UUID, now: datetime
) -> list[Appointment]:
    """As `book_group`, with exactly the seats that are kept for the list.

    Locks the list, then the seats, then their hold.

    Raises:
        HoldUnknown: The hold is not the agent's, or for another item.
        HeldForOthers: It is for another number of people.
        HoldExpired, HoldReleased, HoldUsed: It has ended.
        DomainError: As `book_group`.
    """
    kept = await draft(actor, draft_id, now)
    async with unit_of_work() as uow:
        planned = await _planned(actor, kept, [actor.person_id()] * len(kept.members))
        slot_id = await held_slot(uow, planned, hold_id, now)

    async def seated(uow: UnitOfWork, planned: Plan, _found: Sequence[Facts]) -> list[Placed]:
        return await take_held(uow, planned, hold_id, now)

    return await _book(actor, draft_id, slot_id, seated, now)


# Claims, or takes, seats for everybody once all the checks are passed.
_Seated = Callable[[UnitOfWork, Plan, Sequence[Facts]], Awaitable[list[Placed]]]


async def _book(
    actor: Actor, draft_id: UUID, slot_id: UUID, seated: _Seated, now: datetime
) -> list[Appointment]:
    organiser_id = actor.person_id()
    await charge((limits.BOOK_BY_PERSON, str(organiser_id)))
    async with unit_of_work() as uow:
        row = await uow.fetchrow(
            """
            DELETE FROM group_draft WHERE id = $1 AND organiser_id = $2 AND expires_at > $3
            RETURNING *
            """,
            draft_id,
            organiser_id,
            now,
        )
        if row is None:
            raise GroupUnknown
        kept = draft_from(row)
        people = await identity.register_members(kept.members, now)
        planned = await _planned(actor, kept, people)
        asked = Asked(actor=actor, slot_id=slot_id, hold_id=None, now=now)
        found = await admit_all(uow, planned, asked)
        if found[0].office_code != kept.office_code:
            raise SlotUnknown
        placed = await seated(uow, planned, found)
        party_id = await _make_party(uow, kept, organiser_id, len(people), now)
        made = await write(uow, actor, planned, numbered(placed, found), now, party_id=party_id)
        await strikes.arranged_again(uow, made[0], organiser_id, found[0].rule, now)
        await _keep_phones(uow, made, kept.members)
        await audit.record(
            actor,
            "appointment.group_booked",
            subject="party",
            subject_id=party_id,
            office_code=kept.office_code,
            data={"size": len(people), "item_code": kept.item_code},
            now=now,
        )
    return made


async def _planned(actor: Actor, kept: GroupDraft, people: Sequence[UUID]) -> Plan:
    wish = structs.replace(
        await wish_of(actor, kept.item_code), share=SHARE, channel=BookingChannel.FIRM
    )
    return Plan(
        wish=wish,
        further_items=(),
        minutes=wish.minutes,
        people=tuple(people),
        wishes=Wishes(),
        party=PartyKind.FIRM,
        organiser_id=actor.person_id(),
        channel=BookingChannel.FIRM,
    )


async def _make_party(
    uow: UnitOfWork, kept: GroupDraft, organiser_id: UUID, size: int, now: datetime
) -> UUID:
    party_id = kept.id
    await uow.execute(
        """
        INSERT INTO party (id, kind, organiser_id, firm_agent_id, size, created_at)
        VALUES ($1, $2, $3, $4, $5, $6)
        """,
        party_id,
        PartyKind.FIRM,
        organiser_id,
        kept.firm_id,
        size,
        now,
    )
    return party_id


async def _keep_phones(
    uow: UnitOfWork, made: Sequence[Appointment], members: Sequence[MemberDetails]
) -> None:
    rows = [(new_id(), one.id, member.phone) for one, member in zip(made, members, strict=True)]
    await uow.connection.executemany(
        "INSERT INTO group_member (id, appointment_id, phone) VALUES ($1, $2, $3)",
        [
            (key, appointment_id, keyring().seal(phone, "group_member", "phone", key))
            for key, appointment_id, phone in rows
        ],
    )
