"""One-time codes: asked for, sent by the notices area, spent once.

The code lies sealed in its row until it is sent and spent; beside it a keyed digest bound to the
row decides whether what was typed is right. It is nowhere else: not in Redis, a log or the outbox.
"""

import re
from datetime import datetime
from uuid import UUID

from msgspec import Struct

from services.identity import limits
from services.identity.contacts import InvalidContact, normalise_phone
from services.identity.rules import (
    CODE_DIGITS,
    CODE_LIFETIME,
    CODE_TRIES,
    RESEND_AFTER,
    new_code,
    normalise_code,
)
from services.identity.states import CodePurpose
from services.kernel import database, outbox
from services.kernel.actor import Actor
from services.kernel.crypto import keyring
from services.kernel.errors import FieldError, InvalidInput, NotFound
from services.kernel.ids import new_id
from services.kernel.limits import charge
from services.kernel.masking import mask_phone
from services.kernel.unit_of_work import current, unit_of_work

CODE_REQUESTED = "identity.sign_in_code_requested"


class RequestCode(Struct, frozen=True, kw_only=True):
    """Ask for a code to `phone`; `address` is where the request came from."""

    phone: str
    address: str
    language: str


class SentCode(Struct, frozen=True, kw_only=True):
    """A code on its way, as the page that waits for it shows it."""

    id: UUID
    phone: str
    expires_at: datetime
    resend_at: datetime


class SignInMessage(Struct, frozen=True, kw_only=True):
    """What the text message says, and to which phone. Only the notices area may see it."""

    phone: str
    code: str
    language: str
    expires_at: datetime


class Proof(Struct, frozen=True, kw_only=True):
    """That somebody holds `phone`: a code sent there was typed in."""

    phone: str
    phone_index: bytes
    language: str


async def request_sign_in_code(command: RequestCode, now: datetime) -> SentCode:
    """Send a code with which the holder of the phone can sign in.

    The answer and the work are the same whether or not the phone is known.

    Raises:
        InvalidInput: It is not a mobile number.
        RateLimited: Too often for this phone or from this address.
        Unavailable: Redis does not answer, so nobody can count.
    """
    return await _request(CodePurpose.SIGN_IN, None, command, now)


async def request_phone_code(actor: Actor, command: RequestCode, now: datetime) -> SentCode:
    """Send a code to a phone that the citizen wants to use from now on. Raises as above."""
    return await _request(CodePurpose.CHANGE_PHONE, actor.person_id(), command, now)


async def resend_code(
    code_id: UUID, actor: Actor, address: str, language: str, now: datetime
) -> SentCode:
    """Send a new code to the phone of one that was asked for before.

    Raises NotFound if that one was spent or forgotten, or is somebody else's; else as above.
    """
    row = await database.fetchrow(
        "SELECT purpose, person_id, phone FROM sign_in_code WHERE id = $1 AND spent_at IS NULL",
        code_id,
    )
    if row is None or (row["person_id"] and row["person_id"] != actor.person_id()):
        raise NotFound
    phone = keyring().unseal(row["phone"], "sign_in_code", "phone", code_id)
    command = RequestCode(phone=phone, address=address, language=language)
    return await _request(CodePurpose(row["purpose"]), row["person_id"], command, now)


async def _request(
    purpose: CodePurpose, person_id: UUID | None, command: RequestCode, now: datetime
) -> SentCode:
    phone = parse_phone(command.phone)
    await charge(
        (limits.CODE_BY_PHONE_MINUTE, phone),
        (limits.CODE_BY_PHONE_DAY, phone),
        (limits.CODE_BY_ADDRESS, command.address),
    )
    code_id, code = new_id(), new_code()
    async with unit_of_work() as uow:
        await uow.execute(
            """
            INSERT INTO sign_in_code (id, purpose, person_id, phone, phone_index, code,
                                      code_digest, language, tries, created_at, expires_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, $9, $10)
            """,
            code_id,
            purpose,
            person_id,
            keyring().seal(phone, "sign_in_code", "phone", code_id),
            phone_index(phone),
            keyring().seal(code, "sign_in_code", "code", code_id),
            _digest(code_id, code),
            command.language,
            now,
            now + CODE_LIFETIME,
        )
        await outbox.publish(CODE_REQUESTED, {"code_id": str(code_id)}, now)
    return SentCode(
        id=code_id,
        phone=mask_phone(phone),
        expires_at=now + CODE_LIFETIME,
        resend_at=now + RESEND_AFTER,
    )


def parse_phone(typed: str) -> str:
    """A phone as it is kept. Raises InvalidInput for the field `phone`."""
    try:
        return normalise_phone(typed)
    except InvalidContact as error:
        raise InvalidInput(FieldError("phone", "phone_malformed", error.message)) from error


def phone_index(phone: str) -> bytes:
    """The blind index by which a phone is found again."""
    return keyring().blind_index("phone", phone)


async def sent_code(code_id: UUID) -> SentCode | None:
    """A code that has not been spent yet, or None."""
    row = await database.fetchrow(
        "SELECT phone, created_at, expires_at FROM sign_in_code WHERE id = $1 AND spent_at IS NULL",
        code_id,
    )
    if row is None:
        return None
    return SentCode(
        id=code_id,
        phone=mask_phone(keyring().unseal(row["phone"], "sign_in_code", "phone", code_id)),
        expires_at=row["expires_at"],
        resend_at=row["created_at"] + RESEND_AFTER,
    )


async def newest_code(typed_phone: str) -> UUID:
    """The key of the sign-in code last sent to a phone, for programs that know only the phone.

    A phone without a code gets a key that leads nowhere, so that the next step looks the same.
    Raises InvalidInput when it is not a mobile number.
    """
    found: UUID | None = await database.fetchval(
        """
        SELECT id FROM sign_in_code
         WHERE phone_index = $1 AND purpose = 'sign_in' AND spent_at IS NULL
         ORDER BY id DESC LIMIT 1
        """,
        phone_index(parse_phone(typed_phone)),
    )
    return found or new_id()


async def sign_in_message(code_id: UUID) -> SignInMessage | None:
    """The message to send for a requested code; None once it was spent, so that it is not sent."""
    row = await database.fetchrow(
        "SELECT phone, code, language, expires_at FROM sign_in_code WHERE id = $1", code_id
    )
    if row is None or row["code"] is None:
        return None
    return SignInMessage(
        phone=keyring().unseal(row["phone"], "sign_in_code", "phone", code_id),
        code=keyring().unseal(row["code"], "sign_in_code", "code", code_id),
        language=row["language"],
        expires_at=row["expires_at"],
    )


async def spend_code(
    code_id: UUID, purpose: CodePurpose, person_id: UUID | None, typed: str, now: datetime
) -> Proof | None:
    """Count one try and, if it is right, spend the code; in the current unit of work.

    One statement counts, compares and spends, so that of two requests with the same code one
    alone gets the proof. Returns None when refused: the caller lets the count commit before it
    raises SignInCodeRefused.
    """
    code = normalise_code(typed)
    if not re.fullmatch(rf"[0-9]{{{CODE_DIGITS}}}", code):
        return None
    row = await current().fetchrow(
        """
        UPDATE sign_in_code
           SET tries = tries + 1,
               spent_at = CASE WHEN code_digest = $4 THEN $5::timestamptz END,
               code = CASE WHEN code_digest = $4 THEN NULL ELSE code END
         WHERE id = $1 AND purpose = $2 AND person_id IS NOT DISTINCT FROM $3
           AND spent_at IS NULL AND expires_at > $5 AND tries < $6
        RETURNING spent_at, phone, phone_index, language
        """,
        code_id,
        purpose,
        person_id,
        _digest(code_id, code),
        now,
        CODE_TRIES,
    )
    if row is None or row["spent_at"] is None:
        return None
    return Proof(
        phone=keyring().unseal(row["phone"], "sign_in_code", "phone", code_id),
        phone_index=row["phone_index"],
        language=row["language"],
    )


def _digest(code_id: UUID, code: str) -> bytes:
    return keyring().blind_index("sign_in_code", f"{code_id}:{code}")
