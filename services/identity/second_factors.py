"""The second factor of staff: a time-based code (RFC 6238), or one of ten recovery codes."""

import re
from datetime import datetime
from uuid import UUID

import asyncpg
import pyotp
from msgspec import Struct

from services.identity.rules import (
    CODE_DIGITS,
    matching_step,
    new_recovery_codes,
    normalise_code,
    normalise_recovery_code,
)
from services.kernel import database
from services.kernel.crypto import keyring
from services.kernel.errors import NotFound
from services.kernel.ids import new_id
from services.kernel.unit_of_work import current

ISSUER = "办事通 Banshitong"


class Enrolment(Struct, frozen=True, kw_only=True):
    """What an authenticator needs: the secret in base32, and the same as an otpauth address."""

    secret: str
    uri: str


async def make_secret(staff_id: UUID) -> None:
    """Draw the secret that is to be enrolled, in the current unit of work."""
    await current().execute(
        "UPDATE staff SET totp_secret = $2, totp_last_step = 0 WHERE id = $1",
        staff_id,
        keyring().seal(pyotp.random_base32(), "staff", "totp_secret", staff_id),
    )


async def enrolment(staff_id: UUID) -> Enrolment:
    """The secret to enrol, between the password and its confirmation. Raises NotFound after it."""
    row = await database.fetchrow(
        "SELECT username, totp_secret FROM staff"
        " WHERE id = $1 AND totp_secret IS NOT NULL AND totp_confirmed_at IS NULL",
        staff_id,
    )
    if row is None:
        raise NotFound
    secret = keyring().unseal(row["totp_secret"], "staff", "totp_secret", staff_id)
    uri = pyotp.TOTP(secret).provisioning_uri(name=row["username"], issuer_name=ISSUER)
    return Enrolment(secret=secret, uri=uri)


async def give_recovery_codes(staff_id: UUID) -> tuple[str, ...]:
    """Make ten recovery codes and keep their digests, in the current unit of work."""
    codes = new_recovery_codes()
    for code in codes:
        await current().execute(
            "INSERT INTO recovery_code (id, staff_id, digest) VALUES ($1, $2, $3)",
            new_id(),
            staff_id,
            _recovery_digest(staff_id, code),
        )
    return codes


async def use_factor(row: asyncpg.Record, typed: str, now: datetime) -> str | None:
    """What was used, as the audit names it, or None if it was not right."""
    if await totp_step(row, typed, now):
        return "staff_signed_in"
    recovery = normalise_recovery_code(typed)
    if recovery is None:
        return None
    spent = await current().execute(
        "UPDATE recovery_code SET spent_at = $3"
        " WHERE staff_id = $1 AND digest = $2 AND spent_at IS NULL",
        row["id"],
        _recovery_digest(row["id"], recovery),
        now,
    )
    return "staff_signed_in_by_recovery" if spent else None


async def totp_step(row: asyncpg.Record, typed: str, now: datetime) -> bool:
    """Whether this is the present code of a locked staff row and was not used before."""
    code = normalise_code(typed)
    if row["totp_secret"] is None or not re.fullmatch(rf"[0-9]{{{CODE_DIGITS}}}", code):
        return False
    secret = keyring().unseal(row["totp_secret"], "staff", "totp_secret", row["id"])
    step = matching_step(secret, code, now, row["totp_last_step"])
    if step is None:
        return False
    # The comparison is repeated where it is decided: a code counts once, whoever is faster.
    return bool(
        await current().execute(
            "UPDATE staff SET totp_last_step = $2 WHERE id = $1 AND totp_last_step < $2",
            row["id"],
            step,
        )
    )


def _recovery_digest(staff_id: UUID, code: str) -> bytes:
    return keyring().blind_index("recovery_code", f"{staff_id}:{code}")
