"""A firm's list of people: read without a fault, and kept until it is booked or thrown away."""

from datetime import datetime, timedelta
from uuid import UUID

import asyncpg
import msgspec
from msgspec import Struct

from services import catalog, identity
from services.appointments import limits
from services.appointments.booking.admission import wish_of
from services.appointments.views import HeldSeat
from services.appointments.visits.errors import GroupUnknown
from services.appointments.visits.members import Column, Fault, ReadList
from services.identity import CompanionRefused, MemberDetails
from services.kernel import database
from services.kernel.actor import Actor
from services.kernel.crypto import keyring
from services.kernel.ids import new_id
from services.kernel.limits import charge
from services.kernel.unit_of_work import unit_of_work

KEPT = timedelta(hours=2)


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
    """Who is registered with another name, or has an appointment for the item already.

    Which of the two is not the agent's to know: one fault for both.
    """
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
        if isinstance(one, CompanionRefused) or one in booked:
            faults.append(read.fault(row, Column.ID_NUMBER, CompanionRefused.message))
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
    return draft_from(row)


async def draft_of(actor: Actor, kept: HeldSeat, now: datetime) -> UUID | None:
    """The agent's latest list for which these places can have been kept; None for a visit's."""
    found: UUID | None = await database.fetchval(
        """
        SELECT id FROM group_draft
         WHERE organiser_id = $1 AND item_code = $2 AND office_code = $3 AND size = $4
           AND expires_at > $5
         ORDER BY created_at DESC LIMIT 1
        """,
        actor.person_id(),
        kept.item_code,
        kept.office_code,
        kept.people,
        now,
    )
    return found


def draft_from(row: asyncpg.Record) -> GroupDraft:
    """The list in a row of group_draft, unsealed."""
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
