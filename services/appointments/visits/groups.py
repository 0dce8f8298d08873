"""A firm's group: a list that was read without a fault, kept until it is booked, all or nobody."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

import asyncpg
import msgspec
from msgspec import Struct

from services import audit, catalog, identity
from services.appointments import limits
from services.appointments.booking.admission import wish_of
from services.appointments.booking.errors import AlreadyBooked, SlotUnknown
from services.appointments.rules import shares_to_try
from services.appointments.seating import rooms
from services.appointments.seating.errors import VisitDoesNotFit
from services.appointments.seating.fitting import Room, fit_apart, fit_together
from services.appointments.seating.people import seat_runs
from services.appointments.states import BookingChannel, PartyKind, Share
from services.appointments.views import Appointment
from services.appointments.visits.errors import GroupUnknown
from services.appointments.visits.members import Column, Fault, ReadList
from services.appointments.visits.planning import Asked, Plan, admit_all, numbered
from services.appointments.visits.wishes import Wishes
from services.appointments.visits.writing import write
from services.identity import MemberDetails, NameDiffers
from services.kernel import database
from services.kernel.actor import Actor
from services.kernel.crypto import keyring
from services.kernel.ids import new_id
from services.kernel.limits import charge
from services.kernel.unit_of_work import UnitOfWork, unit_of_work

KEPT = timedelta(hours=2)
# Firms may use the green channel's seats (DOMAIN: the papers of firms that resume work).
SHARE = Share.GREEN_CHANNEL


class Arrangement(StrEnum):
    """How a group sits: its seats without a gap in time, or wherever there are some that day."""

    TOGETHER = "together"
    APART = "apart"


class GroupDraft(Struct, frozen=True, kw_only=True):
    """A list that waits to be confirmed; the people as the agent wrote them."""

    id: UUID
    firm_id: UUID
    item_code: str
    office_code: str
    members: tuple[MemberDetails, ...]
    expires_at: datetime


class KeepList(Struct, frozen=True, kw_only=True):
    """A list for an item at an office, by a firm."""

    firm_id: UUID
    item_code: str
    office_code: str


async def keep_list(
    actor: Actor, command: KeepList, read: ReadList, now: datetime
) -> UUID | tuple[Fault, ...]:
    """Keep a list that was read without a fault; or say what is wrong with it all the same.

    Nothing but the list is kept: people are registered once it is confirmed.

    Raises:
        FirmUnknown: Not a firm of the agent's.
        ItemUnknown, ItemNotBookable, OfficeUnknown: There is no such thing to be booked.
        RealNameRequired: The agent has no real name yet.
        RateLimited: Too many lists in a short time.
    """
    organiser_id = actor.person_id()
    await identity.require_real_name(organiser_id)
    await charge((limits.LISTS_BY_PERSON, str(organiser_id)))
    await identity.firm(actor, command.firm_id)
    wish = await wish_of(actor, command.item_code)
    office = await catalog.office(command.office_code)
    faults = read.faults or await _already_known(read, wish.item_code)
    if faults:
        return faults
    members = [member for _, member in read.members]
    draft_id = new_id()
    text = msgspec.json.encode(members).decode()
    async with unit_of_work() as uow:
        await uow.execute(
            """
            INSERT INTO group_draft (id, organiser_id, firm_agent_id, item_code, office_code, size,
                                     members, created_at, expires_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
            """,
            draft_id,
            organiser_id,
            command.firm_id,
            wish.item_code,
            office.code,
            len(members),
            keyring().seal(text, "group_draft", "members", draft_id),
            now,
            now + KEPT,
        )
    return draft_id


async def _already_known(read: ReadList, item_code: str) -> tuple[Fault, ...]:
    """Who is registered with another name, or has an appointment for the item already."""
    known = await identity.known_members([member for _, member in read.members])
    busy = await database.fetch(
        """
        SELECT person_id FROM appointment
         WHERE person_id = ANY($1::uuid[]) AND status IN ('booked', 'checked_in')
           AND (item_code = $2 OR $2 = ANY (further_items))
        """,
        [one for one in known if isinstance(one, UUID)],
        item_code,
    )
    booked = {row["person_id"] for row in busy}
    faults = []
    for (row, _), one in zip(read.members, known, strict=True):
        if isinstance(one, NameDiffers):
            faults.append(Fault(row=row, column=Column.NAME, message=one.message))
        elif one in booked:
            faults.append(Fault(row=row, column=Column.ID_NUMBER, message=AlreadyBooked.message))
    return tuple(faults)


async def draft(actor: Actor, draft_id: UUID, now: datetime) -> GroupDraft:
    """A list of the agent's that has not run out. Raises GroupUnknown."""
    row = await database.fetchrow(
        "SELECT * FROM group_draft WHERE id = $1 AND organiser_id = $2 AND expires_at > $3",
        draft_id,
        actor.person_id(),
        now,
    )
    if row is None:
        raise GroupUnknown
    return _draft(row)


def _draft(row: asyncpg.Record) -> GroupDraft:
    text = keyring().unseal(row["members"], "group_draft", "members", row["id"])
    return GroupDraft(
        id=row["id"],
        firm_id=row["firm_agent_id"],
        item_code=row["item_code"],
        office_code=row["office_code"],
        members=msgspec.json.decode(text, type=tuple[MemberDetails, ...]),
        expires_at=row["expires_at"],
    )


async def forget_draft(actor: Actor, draft_id: UUID) -> None:
    """Throw a list away. Raises GroupUnknown."""
    async with unit_of_work() as uow:
        gone = await uow.execute(
            "DELETE FROM group_draft WHERE id = $1 AND organiser_id = $2",
            draft_id,
            actor.person_id(),
        )
        if not gone:
            raise GroupUnknown


async def forget_drafts(now: datetime) -> int:
    """Throw away the lists that have run out; the number thrown away."""
    async with unit_of_work() as uow:
        return await uow.execute("DELETE FROM group_draft WHERE expires_at <= $1", now)


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
        NameDiffers: Somebody has registered meanwhile, with another name.
        DomainError: As `admission.offer`.
    """
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
        kept = _draft(row)
        people = await identity.register_members(kept.members, now)
        planned = await _planned(actor, kept, people)
        asked = Asked(actor=actor, slot_id=slot_id, hold_id=None, now=now)
        found = await admit_all(uow, planned, asked)
        if found[0].office_code != kept.office_code:
            raise SlotUnknown
        shares = shares_to_try(SHARE)
        free = await rooms.lock_rooms(uow, slot_id, shares, now)
        runs = fitted(free, len(people), planned.minutes, arrangement)
        if runs is None:
            raise VisitDoesNotFit
        placed = await seat_runs(uow, people, runs, shares, now)
        party_id = await _make_party(uow, kept, organiser_id, len(people), now)
        placed = numbered(placed, found)
        made = await write(uow, actor, planned, placed, now, party_id=party_id)
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


def fitted(
    free: Sequence[Room], people: int, minutes: int, arrangement: Arrangement
) -> list[tuple[UUID, ...]] | None:
    """Everybody's slots from the first on, or None when they do not fit. Pure."""
    fit = fit_together if arrangement is Arrangement.TOGETHER else fit_apart
    return fit(free, 0, people, minutes)


async def _planned(actor: Actor, kept: GroupDraft, people: Sequence[UUID]) -> Plan:
    wish = msgspec.structs.replace(
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
