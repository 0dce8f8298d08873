"""The people for whom a citizen books: a child, a parent, mostly without an account.

Whoever has an account of their own has to agree first (see `bookers`).
"""

from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime
from uuid import UUID

import asyncpg
from msgspec import Struct

from services import audit
from services.identity import limits
from services.identity.codes import phone_index
from services.identity.errors import (
    CompanionRefused,
    CompanionUnknown,
    IdNumberTaken,
    NameDiffers,
    TooManyCompanions,
)
from services.identity.people import (
    CheckedName,
    RealName,
    check_real_name,
    find_by_document,
    id_number_index,
)
from services.identity.states import IdType
from services.kernel import database, outbox
from services.kernel.actor import Actor
from services.kernel.crypto import keyring
from services.kernel.ids import new_id
from services.kernel.limits import charge
from services.kernel.masking import mask_id_number
from services.kernel.unit_of_work import UnitOfWork, current, unit_of_work

# The brief of the halls: a household at most; the table has as many places.
COMPANIONS = 5
# A citizen wants to book for somebody with an account of their own; that person is told.
COMPANION_ASKED = "identity.companion_asked"


class Companion(Struct, frozen=True, kw_only=True):
    """Somebody a citizen books for. The name is in clear for the citizen, who typed it in.

    Nothing can be booked for whoever `waits`: they have an account and have yet to agree.
    """

    person_id: UUID
    name: str
    id_type: IdType
    id_number: str
    own_account: bool
    waits: bool


async def companions(citizen: Actor) -> list[Companion]:
    """Those of a citizen, in the order of their places; numbers masked."""
    rows = await database.fetch(
        """
        SELECT person.id, person.name, person.id_type, person.id_number,
               person.phone_index IS NOT NULL AS own_account,
               person.phone_index IS NOT NULL AND companion.agreed_at IS NULL AS waits
          FROM companion JOIN person ON person.id = companion.person_id
         WHERE companion.citizen_id = $1 AND companion.place IS NOT NULL
         ORDER BY companion.place
        """,
        citizen.person_id(),
    )
    unseal = keyring().unseal
    return [
        Companion(
            person_id=row["id"],
            name=unseal(row["name"], "person", "name", row["id"]),
            id_type=IdType(row["id_type"]),
            id_number=mask_id_number(unseal(row["id_number"], "person", "id_number", row["id"])),
            own_account=row["own_account"],
            waits=row["waits"],
        )
        for row in rows
    ]


async def require_companions(citizen: Actor, person_ids: Iterable[UUID]) -> None:
    """Raise CompanionUnknown unless the citizen may book for every one of these people.

    Those with an account of their own have agreed.
    """
    wanted = set(person_ids)
    known = await database.fetchval(
        """
        SELECT count(*) FROM companion JOIN person ON person.id = companion.person_id
         WHERE companion.citizen_id = $1 AND companion.person_id = ANY($2::uuid[])
           AND companion.place IS NOT NULL
           AND (person.phone_index IS NULL OR companion.agreed_at IS NOT NULL)
        """,
        citizen.person_id(),
        list(wanted),
    )
    if known != len(wanted):
        raise CompanionUnknown


async def add_companion(citizen: Actor, command: RealName, now: datetime) -> UUID:
    """Add somebody to those whom a citizen may book for; their key.

    Somebody who is registered already is found by the document, whose name must be the same.
    Whoever has an account of their own is told at once, and has to agree first. Adding the same
    person again changes nothing.

    Raises:
        InvalidInput: A field is malformed.
        CompanionRefused: The name is not the registered one, or they have said no.
        TooManyCompanions: There are five.
        RateLimited: Too many tries today, or asked this person too often.
    """
    citizen_id = citizen.person_id()
    await charge((limits.COMPANIONS_BY_PERSON, str(citizen_id)))
    checked = check_real_name(command, now)
    async with unit_of_work() as uow:
        try:
            person_id = await find_or_register(checked, now, made_by=citizen)
        except (NameDiffers, IdNumberTaken) as error:
            raise CompanionRefused from error
        companion_id = new_id()
        added = await uow.execute(
            """
            INSERT INTO companion (id, citizen_id, person_id, place, added_at)
            SELECT $1, $2, $3, place, $4 FROM generate_series(1, $5) AS place
             WHERE place NOT IN (SELECT place FROM companion
                                  WHERE citizen_id = $2 AND place IS NOT NULL)
             ORDER BY place LIMIT 1
                ON CONFLICT ON CONSTRAINT companion_once DO NOTHING
            """,
            companion_id,
            citizen_id,
            person_id,
            now,
            COMPANIONS,
        )
        if not added:
            return await _on_the_list(uow, citizen_id, person_id)
        if await uow.fetchval(
            "SELECT phone_index IS NOT NULL FROM person WHERE id = $1", person_id
        ):
            await charge((limits.COMPANION_ASKED, f"{citizen_id}:{person_id}"))
            await outbox.publish(COMPANION_ASKED, {"companion_id": str(companion_id)}, now)
        await audit.record(
            citizen, "identity.companion_added", subject="person", subject_id=person_id, now=now
        )
    return person_id


async def _on_the_list(uow: UnitOfWork, citizen_id: UUID, person_id: UUID) -> UUID:
    """The person, who could not be added, because they were; else why not."""
    listed = await uow.fetchrow(
        "SELECT refused_at FROM companion WHERE citizen_id = $1 AND person_id = $2",
        citizen_id,
        person_id,
    )
    if listed is None:
        raise TooManyCompanions
    if listed["refused_at"]:
        raise CompanionRefused
    return person_id


async def remove_companion(citizen: Actor, person_id: UUID, now: datetime) -> None:
    """Book for this person no more. What is booked stays. Raises CompanionUnknown.

    A record that the citizen made, and to which nothing belongs, is removed with it: else whom it
    is of could not register.
    """
    async with unit_of_work() as uow:
        gone = await uow.execute(
            "DELETE FROM companion WHERE citizen_id = $1 AND person_id = $2 AND place IS NOT NULL",
            citizen.person_id(),
            person_id,
        )
        if not gone:
            raise CompanionUnknown
        await _forget_unused(person_id, made_by=citizen.person_id())
        await audit.record(
            citizen, "identity.companion_removed", subject="person", subject_id=person_id, now=now
        )


async def _forget_unused(person_id: UUID, *, made_by: UUID) -> None:
    # What still refers to the record keeps it.
    with suppress(asyncpg.ForeignKeyViolationError):
        async with unit_of_work() as uow:
            await uow.execute(
                "DELETE FROM person WHERE id = $1 AND made_by = $2 AND phone_index IS NULL",
                person_id,
                made_by,
            )


async def find_or_register(
    checked: CheckedName,
    now: datetime,
    *,
    given_phone: str | None = None,
    made_by: Actor | None = None,
) -> UUID:
    """The person with a checked document, made if need be, in the current unit of work.

    No phone is taken from whoever registers somebody else: with a phone one signs in. What is said
    of somebody new is remembered, the phone that was given or who it was: by one or the other
    they can take the record over (see `joining`).

    Raises:
        NameDiffers: The document is registered with another name.
        IdNumberTaken: Somebody registered it in the same moment.
    """
    index = id_number_index(checked)
    known = await find_by_document(checked.id_type, index)
    if known:
        name = keyring().unseal(known["name"], "person", "name", known["id"])
        if name != checked.name:
            raise NameDiffers
        found: UUID = known["id"]
        return found
    person_id = new_id()
    seal = keyring().seal
    await current().execute(
        """
        INSERT INTO person (id, id_type, id_number, id_number_index, name, language, created_at,
                            real_name_at, given_phone_index, made_by, made_by_kind)
        VALUES ($1, $2, $3, $4, $5, 'zh_CN', $6, $6, $7, $8, $9)
        """,
        person_id,
        checked.id_type,
        seal(checked.id_number, "person", "id_number", person_id),
        index,
        seal(checked.name, "person", "name", person_id),
        now,
        phone_index(given_phone) if given_phone else None,
        made_by.id if made_by else None,
        made_by.kind if made_by else None,
    )
    return person_id
