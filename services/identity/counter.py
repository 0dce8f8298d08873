"""What staff, and partners' platforms, do for people who are before them."""

from datetime import datetime
from uuid import UUID

import asyncpg
from msgspec import Struct

from services import audit
from services.identity.codes import parse_phone, phone_index
from services.identity.contacts import WRONG_PHONE
from services.identity.documents import division_was_assigned
from services.identity.errors import NameDiffers, PhoneTaken
from services.identity.people import (
    CheckedName,
    RealName,
    check_real_name,
    find_by_document,
    id_number_index,
    write_real_name,
)
from services.identity.states import Role
from services.kernel.actor import Actor
from services.kernel.crypto import keyring
from services.kernel.errors import FieldError, InvalidInput
from services.kernel.i18n import N_
from services.kernel.ids import new_id
from services.kernel.unit_of_work import current, unit_of_work

PARTNER_SCOPE = "people:write"
UNKNOWN_DIVISION = N_(
    "The first six digits of this ID number are not a known place. Please compare it with the "
    "document."
)


class RegisterByStaff(Struct, frozen=True, kw_only=True):
    """A person as staff typed them in; `phone` may be empty, many old people have none."""

    name: str
    id_type: str
    id_number: str
    phone: str = ""
    language: str = "zh_CN"


class Registered(Struct, frozen=True, kw_only=True):
    """The person's key, and msgids of what the clerk should compare with the document."""

    person_id: UUID
    warnings: tuple[str, ...]


async def register_by_staff(actor: Actor, command: RegisterByStaff, now: datetime) -> Registered:
    """Find the person with this document, or make one.

    A registered person is found whatever phone was given, and keeps the phone on the account:
    moving it is `corrections.move_phone`. An account that has this phone and no document yet
    becomes theirs.

    Raises:
        InvalidInput: A field is malformed.
        NameDiffers: The document is registered with another name.
        PhoneTaken: The phone belongs to somebody with another document.
        Forbidden: The actor is not staff who deal with people.
    """
    actor.require_role(Role.CLERK, Role.SUPERVISOR, Role.TELEPHONE_OPERATOR)
    checked, phone = _check(command, now)
    warnings = (
        () if division_was_assigned(checked.id_type, checked.id_number) else (UNKNOWN_DIVISION,)
    )
    async with unit_of_work():
        known = await find_by_document(checked.id_type, id_number_index(checked))
        if known:
            name = keyring().unseal(known["name"], "person", "name", known["id"])
            if name != checked.name:
                raise NameDiffers
            return Registered(person_id=known["id"], warnings=warnings)
        person_id = await _adopt(phone) if phone else None
        if person_id is None:
            person_id = await _insert(checked, phone, command.language, now, made_by=actor)
        else:
            await write_real_name(person_id, checked, now)
        await audit.record(
            actor, "identity.registered_by_staff", subject="person", subject_id=person_id, now=now
        )
    return Registered(person_id=person_id, warnings=warnings)


async def register_for_partner(actor: Actor, command: RegisterByStaff, now: datetime) -> UUID:
    """Find or make the person whom a partner's platform has before it; their key.

    As `register_by_staff`, but for one thing: somebody known is found only with the phone that is
    on the account, if it has one, so that a number off a stolen list opens nothing.

    Raises:
        InvalidInput: A field is malformed; the phone cannot be left out.
        NameDiffers, PhoneTaken: The details do not fit together with what is known.
        NotSignedIn, Forbidden: The actor is no partner, or its key is not for this.
    """
    actor.partner_id(PARTNER_SCOPE)
    if not command.phone.strip():
        raise InvalidInput(FieldError("phone", "phone_malformed", WRONG_PHONE))
    checked, phone = _check(command, now)
    async with unit_of_work():
        known = await find_by_document(checked.id_type, id_number_index(checked))
        if known:
            _require_same(known, checked, phone)
            found: UUID = known["id"]
            return found
        person_id = await _adopt(phone)
        if person_id is None:
            person_id = await _insert(checked, phone, command.language, now)
        else:
            await write_real_name(person_id, checked, now)
        await audit.record(
            actor, "identity.registered_by_partner", subject="person", subject_id=person_id, now=now
        )
    return person_id


def _require_same(known: asyncpg.Record, checked: CheckedName, phone: str) -> None:
    if keyring().unseal(known["name"], "person", "name", known["id"]) != checked.name:
        raise NameDiffers
    kept = known["phone"]
    if kept and keyring().unseal(kept, "person", "phone", known["id"]) != phone:
        raise PhoneTaken


def _check(command: RegisterByStaff, now: datetime) -> tuple[CheckedName, str]:
    """Every wrong field at once, the phone's too."""
    errors: list[FieldError] = []
    phone = ""
    try:
        phone = parse_phone(command.phone) if command.phone.strip() else ""
    except InvalidInput as error:
        errors += error.errors
    try:
        checked = check_real_name(
            RealName(name=command.name, id_type=command.id_type, id_number=command.id_number), now
        )
    except InvalidInput as error:
        raise InvalidInput(*error.errors, *errors) from error
    if errors:
        raise InvalidInput(*errors)
    return checked, phone


async def _adopt(phone: str) -> UUID | None:
    """The account with this phone, if it may still take a document."""
    row = await current().fetchrow(
        "SELECT id, real_name_at FROM person WHERE phone_index = $1 FOR UPDATE", phone_index(phone)
    )
    if row is None:
        return None
    if row["real_name_at"]:
        raise PhoneTaken
    person_id: UUID = row["id"]
    return person_id


async def _insert(
    checked: CheckedName,
    phone: str,
    language: str,
    now: datetime,
    *,
    made_by: Actor | None = None,
) -> UUID:
    person_id = new_id()
    seal = keyring().seal
    await current().execute(
        """
        INSERT INTO person (id, phone, phone_index, id_type, id_number, id_number_index, name,
                            language, created_at, real_name_at, made_by, made_by_kind)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9, $10, $11)
        """,
        person_id,
        seal(phone, "person", "phone", person_id) if phone else None,
        phone_index(phone) if phone else None,
        checked.id_type,
        seal(checked.id_number, "person", "id_number", person_id),
        id_number_index(checked),
        seal(checked.name, "person", "name", person_id),
        language,
        now,
        made_by.id if made_by else None,
        made_by.kind if made_by else None,
    )
    return person_id
