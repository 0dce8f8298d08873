"""What a supervisor puts right for somebody who has come with the document in hand."""

from datetime import datetime
from uuid import UUID

import asyncpg
from msgspec import Struct

from services import audit
from services.identity.codes import parse_phone, phone_index
from services.identity.documents import InvalidIdNumber, normalise_id_number
from services.identity.errors import PhoneTaken
from services.identity.joining import hand_over
from services.identity.people import (
    UNKNOWN_ID_TYPE,
    CheckedName,
    RealName,
    check_real_name,
    find_by_document,
    id_number_index,
    write_real_name,
)
from services.identity.sessions import end_sessions_of
from services.identity.states import IdType, Role
from services.identity.tokens import revoke_tokens_of
from services.kernel.actor import Actor
from services.kernel.clock import local_date
from services.kernel.crypto import keyring
from services.kernel.errors import FieldError, InvalidInput, NotFound
from services.kernel.unit_of_work import current, unit_of_work

# What belongs to an account that never got a name; nothing of another area does.
_OF_A_NAMELESS_ACCOUNT = ("sign_in_code", "sign_in_session", "api_token")


class Document(Struct, frozen=True, kw_only=True):
    """A document as staff typed it in."""

    id_type: str
    id_number: str


async def find_person(actor: Actor, command: Document, now: datetime) -> UUID:
    """The person registered with a document; the audit keeps who asked.

    Raises:
        InvalidInput: The number cannot stand on such a document.
        NotFound: Nobody is registered with it.
        Forbidden: The actor is not staff who deal with people.
    """
    actor.require_role(Role.CLERK, Role.SUPERVISOR, Role.TELEPHONE_OPERATOR)
    id_type = next((known for known in IdType if known == command.id_type), None)
    if id_type is None:
        raise InvalidInput(FieldError("id_type", "id_type_unknown", UNKNOWN_ID_TYPE))
    try:
        number = normalise_id_number(id_type, command.id_number, local_date(now))
    except InvalidIdNumber as error:
        raise InvalidInput(FieldError("id_number", "id_number_malformed", error.message)) from error
    index = id_number_index(CheckedName(name="", id_type=id_type, id_number=number))
    async with unit_of_work():
        row = await find_by_document(id_type, index)
        if row is None:
            raise NotFound
        person_id: UUID = row["id"]
        await audit.record(
            actor, "identity.person_found", subject="person", subject_id=person_id, now=now
        )
    return person_id


async def move_phone(actor: Actor, person_id: UUID, typed: str, now: datetime) -> None:
    """Give a person another phone to sign in with; ends every session and token of the account.

    An account without a name that was made with that phone meanwhile gives way.

    Raises:
        InvalidInput: It is not a mobile number.
        PhoneTaken: Somebody with a name signs in with it.
        Forbidden: The actor is not a supervisor.
        NotFound: There is no such person.
    """
    actor.require_role(Role.SUPERVISOR)
    phone = parse_phone(typed)
    async with unit_of_work() as uow:
        await _make_way(phone_index(phone), person_id)
        moved = await uow.execute(
            "UPDATE person SET phone = $2, phone_index = $3, given_phone_index = NULL"
            " WHERE id = $1",
            person_id,
            keyring().seal(phone, "person", "phone", person_id),
            phone_index(phone),
        )
        if not moved:
            raise NotFound
        await end_sessions_of(person_id, now)
        await revoke_tokens_of(person_id, now)
        await audit.record(
            actor, "identity.phone_moved", subject="person", subject_id=person_id, now=now
        )


async def _make_way(index: bytes, for_whom: UUID) -> None:
    other = await current().fetchrow(
        "SELECT id, real_name_at FROM person WHERE phone_index = $1 AND id <> $2 FOR NO KEY UPDATE",
        index,
        for_whom,
    )
    if other is None:
        return
    if other["real_name_at"]:
        raise PhoneTaken
    try:
        async with unit_of_work() as uow:
            for table in _OF_A_NAMELESS_ACCOUNT:
                await uow.execute(f"DELETE FROM {table} WHERE person_id = $1", other["id"])  # noqa: S608 - names from the list above
            await uow.execute("DELETE FROM idempotent_answer WHERE holder_id = $1", other["id"])
            await hand_over(uow, other["id"], for_whom)
    except asyncpg.ForeignKeyViolationError as error:
        raise PhoneTaken from error


async def replace_document(actor: Actor, person_id: UUID, command: RealName, now: datetime) -> None:
    """Register a person with another document, both of which a supervisor has seen.

    Raises:
        InvalidInput: A field is malformed.
        IdNumberTaken: The document is on another account.
        Forbidden: The actor is not a supervisor.
        NotFound: There is no such person.
    """
    actor.require_role(Role.SUPERVISOR)
    checked = check_real_name(command, now)
    async with unit_of_work() as uow:
        if not await uow.fetchval("SELECT 1 FROM person WHERE id = $1 FOR UPDATE", person_id):
            raise NotFound
        await write_real_name(person_id, checked, now)
        await audit.record(
            actor, "identity.document_replaced", subject="person", subject_id=person_id, now=now
        )
