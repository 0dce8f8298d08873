"""Who books for somebody, as that person sees it: agreeing to it, and stopping it."""

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from services import audit
from services.identity.errors import CompanionUnknown
from services.kernel import database
from services.kernel.actor import Actor
from services.kernel.crypto import keyring
from services.kernel.masking import mask_name
from services.kernel.unit_of_work import unit_of_work


class Booker(Struct, frozen=True, kw_only=True):
    """Somebody who has the person on their list, or had until `refused_at`; the name is masked.

    Until `agreed_at` they have asked, and can do nothing.
    """

    citizen_id: UUID
    name: str
    added_at: datetime
    refused_at: datetime | None
    agreed_at: datetime | None


class Asking(Struct, frozen=True, kw_only=True):
    """A citizen who waits for a person's consent."""

    citizen_id: UUID
    person_id: UUID


async def bookers(person: Actor) -> list[Booker]:
    """Who may book for a person, and who may no more, the first to have added them first."""
    rows = await database.fetch(
        """
        SELECT companion.citizen_id, companion.added_at, companion.refused_at,
               companion.agreed_at, citizen.name
          FROM companion JOIN person citizen ON citizen.id = companion.citizen_id
         WHERE companion.person_id = $1 ORDER BY companion.added_at, companion.id
        """,
        person.person_id(),
    )
    return [
        Booker(
            citizen_id=row["citizen_id"],
            name=mask_name(keyring().unseal(row["name"], "person", "name", row["citizen_id"])),
            added_at=row["added_at"],
            refused_at=row["refused_at"],
            agreed_at=row["agreed_at"],
        )
        for row in rows
    ]


async def asking(companion_id: UUID) -> Asking | None:
    """Who waits for whose consent; None once it is answered or not asked for any more."""
    row = await database.fetchrow(
        "SELECT citizen_id, person_id FROM companion"
        " WHERE id = $1 AND place IS NOT NULL AND agreed_at IS NULL",
        companion_id,
    )
    return Asking(citizen_id=row["citizen_id"], person_id=row["person_id"]) if row else None


async def agree_to_booker(person: Actor, citizen_id: UUID, now: datetime) -> None:
    """Let a citizen who has asked book for oneself.

    Raises CompanionUnknown when they do not ask, or not any more.
    """
    async with unit_of_work() as uow:
        agreed = await uow.execute(
            """
            UPDATE companion SET agreed_at = $3
             WHERE citizen_id = $1 AND person_id = $2
               AND place IS NOT NULL AND agreed_at IS NULL
            """,
            citizen_id,
            person.person_id(),
            now,
        )
        if not agreed:
            raise CompanionUnknown
        await _note(person, "identity.booker_agreed", now)


async def refuse_booker(person: Actor, citizen_id: UUID, now: datetime) -> None:
    """Let a citizen book for oneself no more, or not at all. What they have booked stays theirs.

    Raises CompanionUnknown when they do not book for this person.
    """
    async with unit_of_work() as uow:
        refused = await uow.execute(
            """
            UPDATE companion SET place = NULL, refused_at = $3, agreed_at = NULL
             WHERE citizen_id = $1 AND person_id = $2 AND place IS NOT NULL
            """,
            citizen_id,
            person.person_id(),
            now,
        )
        if not refused:
            raise CompanionUnknown
        await _note(person, "identity.booker_refused", now)


async def allow_booker(person: Actor, citizen_id: UUID, now: datetime) -> None:
    """Take a refusal back: the citizen can ask this person again.

    Raises CompanionUnknown when nothing was refused.
    """
    async with unit_of_work() as uow:
        allowed = await uow.execute(
            """
            DELETE FROM companion
             WHERE citizen_id = $1 AND person_id = $2 AND refused_at IS NOT NULL
            """,
            citizen_id,
            person.person_id(),
        )
        if not allowed:
            raise CompanionUnknown
        await _note(person, "identity.booker_allowed", now)


async def _note(person: Actor, action: str, now: datetime) -> None:
    await audit.record(person, action, subject="person", subject_id=person.person_id(), now=now)
