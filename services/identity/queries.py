"""Reading people. What leaves here is masked, but for one's own data and what notices need."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

import asyncpg
from msgspec import Struct

from services import audit
from services.identity.errors import RealNameRequired
from services.identity.states import IdType, Role
from services.kernel import database
from services.kernel.actor import Actor
from services.kernel.crypto import keyring
from services.kernel.errors import FieldError, InvalidInput, NotFound
from services.kernel.i18n import N_
from services.kernel.masking import mask_email, mask_id_number, mask_name, mask_phone
from services.kernel.unit_of_work import unit_of_work

REASON_LENGTH = (4, 200)
WRONG_REASON = N_("Please say in 4 to 200 characters why you need to see this.")


class Person(Struct, frozen=True, kw_only=True):
    """A person as screens show one: everything masked. Absent parts are None."""

    id: UUID
    name: str | None
    id_type: IdType | None
    id_number: str | None
    phone: str | None
    email: str | None
    language: str
    real_name: bool
    created_at: datetime


class Contact(Struct, frozen=True, kw_only=True):
    """How to address and reach a person, in clear. For notices and for the person alone.

    `reminders` says whether they want to be reminded of their appointments.
    """

    name: str | None
    phone: str | None
    email: str | None
    language: str
    reminders: bool


class BlindKeys(Struct, frozen=True, kw_only=True):
    """Keyed digests of a person's document and phone: equal for equal ones, and no more."""

    document: bytes | None
    phone: bytes | None


class FullPerson(Struct, frozen=True, kw_only=True):
    """A person in clear, opened by staff for a reason that the audit keeps."""

    id: UUID
    name: str | None
    id_type: IdType | None
    id_number: str | None
    phone: str | None
    email: str | None


_COLUMNS = (
    "id, name, id_type, id_number, phone, email, language, reminders, real_name_at, created_at"
)


async def _row(person_id: UUID) -> asyncpg.Record:
    row = await database.fetchrow(
        f"SELECT {_COLUMNS} FROM person WHERE id = $1",  # noqa: S608 - the column list is a constant
        person_id,
    )
    if row is None:
        raise NotFound
    return row


def _open(row: asyncpg.Record, column: str) -> str | None:
    if row[column] is None:
        return None
    return keyring().unseal(row[column], "person", column, row["id"])


def _id_type(row: asyncpg.Record) -> IdType | None:
    return IdType(row["id_type"]) if row["id_type"] else None


async def person(person_id: UUID) -> Person:
    """One person, masked. Raises NotFound."""
    row = await _row(person_id)
    name, number = _open(row, "name"), _open(row, "id_number")
    phone, email = _open(row, "phone"), _open(row, "email")
    return Person(
        id=row["id"],
        name=mask_name(name) if name else None,
        id_type=_id_type(row),
        id_number=mask_id_number(number) if number else None,
        phone=mask_phone(phone) if phone else None,
        email=mask_email(email) if email else None,
        language=row["language"],
        real_name=row["real_name_at"] is not None,
        created_at=row["created_at"],
    )


async def contact(person_id: UUID) -> Contact:
    """How to reach one person, in clear. Raises NotFound."""
    row = await _row(person_id)
    return Contact(
        name=_open(row, "name"),
        phone=_open(row, "phone"),
        email=_open(row, "email"),
        language=row["language"],
        reminders=row["reminders"],
    )


async def display_names(person_ids: Iterable[UUID]) -> dict[UUID, str]:
    """Masked names by person, for lists; people without a real name are left out."""
    wanted = list(person_ids)
    if not wanted:
        return {}
    rows = await database.fetch(
        "SELECT id, name FROM person WHERE id = ANY($1::uuid[]) AND name IS NOT NULL", wanted
    )
    return {row["id"]: mask_name(_open(row, "name") or "") for row in rows}


async def typed_names(person_ids: Iterable[UUID]) -> dict[UUID, str]:
    """Names in clear, by person: for nobody but whoever has typed these very names in."""
    rows = await database.fetch(
        "SELECT id, name FROM person WHERE id = ANY($1::uuid[]) AND name IS NOT NULL",
        list(person_ids),
    )
    return {row["id"]: _open(row, "name") or "" for row in rows}


async def number_ends(person_ids: Iterable[UUID]) -> dict[UUID, str]:
    """The last four characters of document numbers, by person, by which one checks them.

    For nobody but the persons themselves and whoever has typed these very numbers in.
    """
    rows = await database.fetch(
        "SELECT id, id_number FROM person WHERE id = ANY($1::uuid[]) AND id_number IS NOT NULL",
        list(person_ids),
    )
    return {row["id"]: "****" + (_open(row, "id_number") or "")[-4:] for row in rows}


async def reveal(actor: Actor, person_id: UUID, reason: str, now: datetime) -> FullPerson:
    """Open a person's data for staff; the audit keeps who looked, and why.

    The reason is kept word for word, so it must not repeat what it opens.

    Raises:
        InvalidInput: No reason was given.
        NotFound: There is no such person.
        NotSignedIn, Forbidden: The actor is not staff with a role.
    """
    actor.require_role(*Role)
    shortest, longest = REASON_LENGTH
    reason = " ".join(reason.split())
    if not shortest <= len(reason) <= longest or not reason.isprintable():
        raise InvalidInput(FieldError("reason", "reason_malformed", WRONG_REASON))
    async with unit_of_work():
        row = await _row(person_id)
        await audit.record(
            actor,
            "identity.person_opened",
            subject="person",
            subject_id=person_id,
            data={"reason": reason},
            now=now,
        )
    return FullPerson(
        id=row["id"],
        name=_open(row, "name"),
        id_type=_id_type(row),
        id_number=_open(row, "id_number"),
        phone=_open(row, "phone"),
        email=_open(row, "email"),
    )


async def blind_keys(person_ids: Iterable[UUID]) -> dict[UUID, BlindKeys]:
    """By what people would be known again under another account; for each who exists.

    Whoever has no document has not registered a real name.
    """
    rows = await database.fetch(
        "SELECT id, id_number_index, phone_index FROM person WHERE id = ANY($1::uuid[])",
        list(person_ids),
    )
    return {
        row["id"]: BlindKeys(document=row["id_number_index"], phone=row["phone_index"])
        for row in rows
    }


async def require_real_name(person_id: UUID) -> None:
    """Raise RealNameRequired unless the person has registered a name and a document."""
    registered = await database.fetchval(
        "SELECT real_name_at IS NOT NULL FROM person WHERE id = $1", person_id
    )
    if not registered:
        raise RealNameRequired
