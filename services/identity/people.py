"""Real names, contact details, and a change of phone."""

from datetime import datetime
from uuid import UUID

import asyncpg
from msgspec import Struct

from services import audit
from services.identity import limits
from services.identity.codes import phone_index, spend_code
from services.identity.contacts import InvalidContact, normalise_email, normalise_name
from services.identity.documents import InvalidIdNumber, normalise_id_number
from services.identity.errors import (
    DocumentRefused,
    IdNumberTaken,
    IdNumberTakenByPhone,
    JoiningRefused,
    RealNameFixed,
    SignInCodeRefused,
)
from services.identity.joining import Document, Vouch, join_registered
from services.identity.sessions import end_sessions_of
from services.identity.states import CodePurpose, IdType
from services.identity.tokens import revoke_tokens_of
from services.kernel import database
from services.kernel.actor import Actor
from services.kernel.clock import local_date
from services.kernel.crypto import keyring
from services.kernel.errors import FieldError, InvalidInput, NotFound
from services.kernel.i18n import N_
from services.kernel.limits import charge
from services.kernel.masking import mask_id_number
from services.kernel.unit_of_work import unit_of_work

PHONE_TAIL = 4
LANGUAGES = ("zh_CN", "en")
UNKNOWN_LANGUAGE = N_("Please choose Chinese or English.")
UNKNOWN_ID_TYPE = N_("Please choose a kind of document.")


class RealName(Struct, frozen=True, kw_only=True):
    """A name and a document, as they were typed."""

    name: str
    id_type: str
    id_number: str


class Details(Struct, frozen=True, kw_only=True):
    """How a citizen wants to be written to. An empty `email` removes it."""

    email: str
    language: str


class CheckedName(Struct, frozen=True, kw_only=True):
    """A name and a document in the form in which they are kept."""

    name: str
    id_type: IdType
    id_number: str


class ChangePhone(Struct, frozen=True, kw_only=True):
    """The code sent to the new phone; `keep_session` is the session it is typed in."""

    code_id: UUID
    code: str
    keep_session: UUID | None


def check_real_name(command: RealName, now: datetime) -> CheckedName:
    """Check and normalise. Raises InvalidInput that names every field that is wrong."""
    errors: list[FieldError] = []
    name = number = ""
    try:
        name = normalise_name(command.name)
    except InvalidContact as error:
        errors.append(FieldError("name", "name_malformed", error.message))
    id_type = next((known for known in IdType if known == command.id_type), None)
    if id_type is None:
        errors.append(FieldError("id_type", "id_type_unknown", UNKNOWN_ID_TYPE))
    else:
        try:
            number = normalise_id_number(id_type, command.id_number, local_date(now))
        except InvalidIdNumber as error:
            errors.append(FieldError("id_number", "id_number_malformed", error.message))
    if errors or id_type is None:
        raise InvalidInput(*errors)
    return CheckedName(name=name, id_type=id_type, id_number=number)


async def register_real_name(
    actor: Actor, command: RealName, now: datetime, vouch: Vouch | None = None
) -> UUID:
    """Put a name and a document on the citizen's account, or correct the name on it; its person.

    That is another person than before if somebody else registered them and the account may join
    that record (see `joining`): because a firm gave its phone, or because `vouch` says so of what
    the citizen has shown.

    The masked number that the profile shows stands for the number on the account, so that what
    was read can be written back.

    Raises:
        InvalidInput: A field is malformed.
        DocumentRefused: The document is on another account.
        JoiningRefused: As that, and `vouch` or the name does not open it.
        RealNameFixed: Another document is on this account.
        RateLimited: Too many tries today.
    """
    person_id = actor.person_id()
    await charge((limits.REAL_NAME_BY_PERSON, str(person_id)))
    try:
        return await _register(actor, command, now, vouch)
    except IdNumberTaken as error:
        # Which of its kinds is for staff to know.
        raise (JoiningRefused if vouch else DocumentRefused) from error


async def _register(actor: Actor, command: RealName, now: datetime, vouch: Vouch | None) -> UUID:
    person_id = actor.person_id()
    async with unit_of_work() as uow:
        row = await uow.fetchrow(
            "SELECT id_type, id_number, id_number_index FROM person"
            " WHERE id = $1 FOR NO KEY UPDATE",
            person_id,
        )
        if row is None:
            raise NotFound
        if row["id_number"]:
            kept = keyring().unseal(row["id_number"], "person", "id_number", person_id)
            if command.id_number == mask_id_number(kept) and command.id_type == row["id_type"]:
                command = RealName(name=command.name, id_type=command.id_type, id_number=kept)
        checked = check_real_name(command, now)
        index = id_number_index(checked)
        if row["id_number_index"] not in (None, index):
            raise RealNameFixed
        if row["id_number_index"] is None:
            document = Document(name=checked.name, id_type=checked.id_type, index=index)
            joined = await join_registered(actor, document, now, vouch)
            if joined is not None:
                return joined
        await write_real_name(person_id, checked, now)
        action = "identity.name_corrected" if row["id_number_index"] else "identity.real_name_added"
        await audit.record(actor, action, subject="person", subject_id=person_id, now=now)
    return person_id


async def write_real_name(person_id: UUID, checked: CheckedName, now: datetime) -> None:
    """Write a checked name and document, in the current unit of work.

    Raises IdNumberTaken when the document is on another account.
    """
    index = id_number_index(checked)
    try:
        async with unit_of_work() as uow:
            await uow.execute(
                """
                UPDATE person
                   SET name = $2, id_type = $3, id_number = $4, id_number_index = $5,
                       real_name_at = coalesce(real_name_at, $6)
                 WHERE id = $1
                """,
                person_id,
                keyring().seal(checked.name, "person", "name", person_id),
                checked.id_type,
                keyring().seal(checked.id_number, "person", "id_number", person_id),
                index,
                now,
            )
    except IdNumberTaken as error:
        raise await _taken(checked.id_type, index) from error


async def _taken(id_type: IdType, index: bytes) -> IdNumberTaken:
    row = await find_by_document(id_type, index)
    if row is None or row["phone"] is None:
        return IdNumberTaken()
    phone = keyring().unseal(row["phone"], "person", "phone", row["id"])
    return IdNumberTakenByPhone(phone_tail=phone[-PHONE_TAIL:])


async def find_by_document(id_type: IdType, index: bytes) -> asyncpg.Record | None:
    """The row (id, name, phone) of the person registered with a document."""
    return await database.fetchrow(
        "SELECT id, name, phone FROM person WHERE id_type = $1 AND id_number_index = $2",
        id_type,
        index,
    )


def id_number_index(checked: CheckedName) -> bytes:
    """The blind index by which a document is found again."""
    return keyring().blind_index("id_number", f"{checked.id_type}:{checked.id_number}")


async def save_details(actor: Actor, command: Details, now: datetime) -> None:
    """Set where and in which language notices reach a citizen. Raises InvalidInput."""
    person_id = actor.person_id()
    if command.language not in LANGUAGES:
        raise InvalidInput(FieldError("language", "language_unknown", UNKNOWN_LANGUAGE))
    sealed = None
    if command.email.strip():
        try:
            email = normalise_email(command.email)
        except InvalidContact as error:
            raise InvalidInput(FieldError("email", "email_malformed", error.message)) from error
        sealed = keyring().seal(email, "person", "email", person_id)
    async with unit_of_work() as uow:
        await uow.execute(
            "UPDATE person SET email = $2, language = $3 WHERE id = $1",
            person_id,
            sealed,
            command.language,
        )
        await audit.record(
            actor, "identity.details_saved", subject="person", subject_id=person_id, now=now
        )


async def set_reminders(actor: Actor, wanted: bool, now: datetime) -> None:  # noqa: FBT001 - an answer to a yes-or-no question
    """Whether a citizen is reminded of their appointments."""
    person_id = actor.person_id()
    async with unit_of_work() as uow:
        await uow.execute("UPDATE person SET reminders = $2 WHERE id = $1", person_id, wanted)
        await audit.record(
            actor, "identity.reminders_set", subject="person", subject_id=person_id, now=now
        )


async def save_me(
    actor: Actor, name: RealName | None, details: Details, now: datetime, vouch: Vouch | None = None
) -> UUID:
    """Name and details as one operation, all or nothing; whose account it is then.

    Raises as `register_real_name` and `save_details`; InvalidInput names every wrong field of both.
    """
    wrong: tuple[FieldError, ...] = ()
    person_id = actor.person_id()
    async with unit_of_work():
        try:
            await save_details(actor, details, now)
        except InvalidInput as error:
            wrong = error.errors
        try:
            if name:
                person_id = await register_real_name(actor, name, now, vouch)
        except InvalidInput as error:
            if not wrong:
                raise
            raise InvalidInput(*error.errors, *wrong) from error
        if wrong:
            raise InvalidInput(*wrong)
    return person_id


async def change_phone(actor: Actor, command: ChangePhone, now: datetime) -> None:
    """Take the phone that the code was sent to; end all other sessions and every token.

    Raises:
        SignInCodeRefused: As when signing in.
        PhoneTaken: Somebody else signs in with that phone.
    """
    person_id = actor.person_id()
    async with unit_of_work() as uow:
        proof = await spend_code(
            command.code_id, CodePurpose.CHANGE_PHONE, person_id, command.code, now
        )
        if proof:
            await uow.execute(
                "UPDATE person SET phone = $2, phone_index = $3, given_phone_index = NULL"
                " WHERE id = $1",
                person_id,
                keyring().seal(proof.phone, "person", "phone", person_id),
                phone_index(proof.phone),
            )
            await end_sessions_of(person_id, now, keep=command.keep_session)
            await revoke_tokens_of(person_id, now)
            await audit.record(
                actor, "identity.phone_changed", subject="person", subject_id=person_id, now=now
            )
    if not proof:
        raise SignInCodeRefused
