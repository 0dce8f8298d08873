"""Staff sign in: username and password, then the second factor, enrolled the first time."""

from datetime import datetime
from uuid import UUID

import asyncpg
from msgspec import Struct

from services import audit
from services.identity import limits
from services.identity.errors import (
    SecondFactorRefused,
    StaffSignInRefused,
    StaffStepExpired,
)
from services.identity.passwords import password_matches
from services.identity.rules import USERNAME, lock_after
from services.identity.second_factors import (
    give_recovery_codes,
    make_secret,
    totp_step,
    use_factor,
)
from services.identity.sessions import start_session
from services.identity.states import SessionKind
from services.kernel import database
from services.kernel.actor import ANONYMOUS, Actor, ActorKind
from services.kernel.errors import NotFound
from services.kernel.limits import charge
from services.kernel.unit_of_work import current, unit_of_work


class StaffPassword(Struct, frozen=True, kw_only=True):
    """The first step."""

    username: str
    password: str
    address: str


class StaffStep(Struct, frozen=True, kw_only=True):
    """The password was right. `epoch` voids the step when the account changes meanwhile."""

    staff_id: UUID
    epoch: int
    enrolled: bool


class SecondFactor(Struct, frozen=True, kw_only=True):
    """The second step: what the authenticator shows, or a recovery code."""

    staff_id: UUID
    epoch: int
    code: str
    address: str
    device: str


class Enrolled(Struct, frozen=True, kw_only=True):
    """The first session, and the recovery codes, which are shown this once."""

    session_id: UUID
    recovery_codes: tuple[str, ...]


async def check_password(command: StaffPassword, now: datetime) -> StaffStep:
    """Take the first step; makes the secret to enrol if there is no second factor yet.

    Unknown, wrong, locked and deactivated answer alike and take equally long. Wrong passwords
    lock the account for a time that doubles (rules.lock_after).

    Raises:
        StaffSignInRefused: As above.
        RateLimited: Too many tries from this address.
        Unavailable: Redis does not answer, so nobody can count.
    """
    await charge((limits.STAFF_BY_ADDRESS, command.address))
    seen = None
    if USERNAME.fullmatch(command.username):
        seen = await database.fetchrow(
            "SELECT id, password_hash FROM staff WHERE username = $1", command.username
        )
    # Outside of the transaction: the hash takes long, and a lock must not be held meanwhile.
    right = await password_matches(seen["password_hash"] if seen else None, command.password)
    if seen is None:
        raise StaffSignInRefused
    step = None
    async with unit_of_work():
        row = await _lock(seen["id"])
        if _open(row, now) and row["password_hash"] == seen["password_hash"]:
            if right:
                step = await _first_step(row)
            else:
                await _count_failure(row["id"], "password", now)
    if step is None:
        raise StaffSignInRefused
    return step


async def _first_step(row: asyncpg.Record) -> StaffStep:
    if row["totp_secret"] is None:
        await make_secret(row["id"])
    enrolled = row["totp_confirmed_at"] is not None
    return StaffStep(staff_id=row["id"], epoch=row["epoch"], enrolled=enrolled)


async def confirm_enrolment(command: SecondFactor, now: datetime) -> Enrolled:
    """Prove that the authenticator has the secret; hands out ten recovery codes and signs in.

    Raises:
        SecondFactorRefused: The code is not right.
        StaffStepExpired: The account is locked, changed or enrolled already.
        RateLimited, Unavailable: As above.
    """
    await charge((limits.STAFF_BY_ADDRESS, command.address))
    enrolled = None
    async with unit_of_work() as uow:
        row = await _lock_step(command, now, enrolled=False)
        if await totp_step(row, command.code, now):
            await uow.execute(
                "UPDATE staff SET totp_confirmed_at = $2 WHERE id = $1", row["id"], now
            )
            codes = await give_recovery_codes(row["id"])
            session_id = await _signed_in(row, command.device, "identity.staff_enrolled", now)
            enrolled = Enrolled(session_id=session_id, recovery_codes=codes)
        else:
            await _count_failure(row["id"], "enrolment", now)
    if enrolled is None:
        raise SecondFactorRefused
    return enrolled


async def second_factor(command: SecondFactor, now: datetime) -> UUID:
    """Take the second step; the key of the session that begins.

    Raises:
        SecondFactorRefused: Neither the present code nor an unspent recovery code.
        StaffStepExpired: The account is locked or changed since the first step.
        RateLimited, Unavailable: As above.
    """
    await charge((limits.STAFF_BY_ADDRESS, command.address))
    session_id = None
    async with unit_of_work():
        row = await _lock_step(command, now, enrolled=True)
        used = await use_factor(row, command.code, now)
        if used:
            session_id = await _signed_in(row, command.device, f"identity.{used}", now)
        else:
            await _count_failure(row["id"], "second_factor", now)
    if session_id is None:
        raise SecondFactorRefused
    return session_id


async def prove_again(command: SecondFactor, session_id: UUID, now: datetime) -> None:
    """Show the second factor again in a session that lay unused. Raises as `second_factor`."""
    await charge((limits.STAFF_BY_ADDRESS, command.address))
    async with unit_of_work() as uow:
        row = await _lock_step(command, now, enrolled=True)
        used = await use_factor(row, command.code, now)
        if used:
            await uow.execute(
                "UPDATE sign_in_session SET proven = true, seen_at = $3"
                " WHERE id = $1 AND staff_id = $2 AND ended_at IS NULL",
                session_id,
                row["id"],
                now,
            )
            await _forgive(row["id"])
        else:
            await _count_failure(row["id"], "second_factor", now)
    if not used:
        raise SecondFactorRefused


async def _lock(staff_id: UUID) -> asyncpg.Record:
    row = await current().fetchrow("SELECT * FROM staff WHERE id = $1 FOR UPDATE", staff_id)
    if row is None:
        raise NotFound
    return row


def _open(row: asyncpg.Record, now: datetime) -> bool:
    locked = row["locked_until"] is not None and row["locked_until"] > now
    return row["deactivated_at"] is None and not locked


async def _lock_step(command: SecondFactor, now: datetime, *, enrolled: bool) -> asyncpg.Record:
    row = await _lock(command.staff_id)
    as_expected = (row["totp_confirmed_at"] is not None) == enrolled
    if not _open(row, now) or row["epoch"] != command.epoch or not as_expected:
        raise StaffStepExpired
    return row


async def _signed_in(row: asyncpg.Record, device: str, action: str, now: datetime) -> UUID:
    await _forgive(row["id"])
    session_id = await start_session(SessionKind.STAFF, row["id"], device, now)
    holder = Actor(kind=ActorKind.STAFF, id=row["id"])
    await audit.record(holder, action, subject="staff", subject_id=row["id"], now=now)
    return session_id


async def _forgive(staff_id: UUID) -> None:
    await current().execute(
        "UPDATE staff SET failed_tries = 0, locked_until = NULL WHERE id = $1", staff_id
    )


async def _count_failure(staff_id: UUID, step: str, now: datetime) -> None:
    failures: int = await current().fetchval(
        "UPDATE staff SET failed_tries = failed_tries + 1 WHERE id = $1 RETURNING failed_tries",
        staff_id,
    )
    if pause := lock_after(failures):
        await current().execute(
            "UPDATE staff SET locked_until = $2 WHERE id = $1", staff_id, now + pause
        )
    await audit.record(
        ANONYMOUS,
        "identity.staff_sign_in_failed",
        subject="staff",
        subject_id=staff_id,
        data={"step": step, "failures": failures},
        now=now,
    )
