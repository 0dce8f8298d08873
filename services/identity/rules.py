"""The figures and pure decisions of sign-in. Nothing here reads a clock or a database."""

import re
import secrets
import unicodedata
from datetime import datetime, timedelta

import pyotp

from services.identity.states import SessionKind
from services.kernel.i18n import N_

CODE_DIGITS = 6
CODE_LIFETIME = timedelta(minutes=5)
CODE_TRIES = 5
RESEND_AFTER = timedelta(seconds=60)
KEEP_SPENT_CODES = timedelta(days=1)

TOKEN_LIFETIME = timedelta(days=90)
TOKEN_MARK = "bst_"  # noqa: S105 - the public mark in front of every token
TOKEN_PREFIX_LENGTH = len(TOKEN_MARK) + 6
TOKENS_A_PERSON = 20

# How long a session lasts at most, and how long it may lie unused.
SESSION_LIFETIME = {
    SessionKind.CITIZEN: timedelta(days=30),
    SessionKind.STAFF: timedelta(hours=12),
}
SESSION_IDLE = {
    SessionKind.CITIZEN: timedelta(days=7),
    SessionKind.STAFF: timedelta(hours=12),
}
# After this long without a request, staff prove themselves again before anything sensitive.
SENSITIVE_IDLE = timedelta(minutes=30)
# `seen_at` is written at most this often.
SEEN_EVERY = timedelta(minutes=1)
# How long the steps between a staff password and its second factor may take.
STAFF_STEP_LIFETIME = timedelta(minutes=10)

PASSWORD_LENGTH = (12, 128)
_PASSWORD_VARIETY = 5
FREE_TRIES = 5
FIRST_LOCK = timedelta(minutes=1)
LONGEST_LOCK = timedelta(hours=1)

TOTP_STEP_SECONDS = 30
TOTP_DRIFT_STEPS = 1
RECOVERY_CODES = 10
RECOVERY_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
_RECOVERY_LENGTH = 10

USERNAME = re.compile(r"[a-z][a-z0-9._-]{2,31}")

PASSWORD_SHORT = N_("The password needs 12 to 128 characters.")
PASSWORD_SIMPLE = N_("The password repeats too few characters. Please choose another.")
PASSWORD_HAS_NAME = N_("The password must not contain the username.")
WRONG_USERNAME = N_(
    "A username is 3 to 32 small letters, digits, dots, dashes or underscores; a letter first."
)


def new_code() -> str:
    """Six random digits."""
    return f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}d}"


def normalise_code(typed: str) -> str:
    """What was typed as a one-time code: half-width, without blanks and dashes."""
    return re.sub(r"[\s-]", "", unicodedata.normalize("NFKC", typed[:32]))


def new_token() -> str:
    """A bearer token: 256 random bits behind a mark that secret scanners can recognise."""
    return TOKEN_MARK + secrets.token_urlsafe(32)


def lock_after(failures: int) -> timedelta | None:
    """How long staff sign-in is locked after the `failures`-th failure in a row.

    The first FREE_TRIES cost nothing; from then on each doubles the wait, up to LONGEST_LOCK.
    """
    if failures < FREE_TRIES:
        return None
    doublings = min(failures - FREE_TRIES, 10)
    return min(FIRST_LOCK * (1 << doublings), LONGEST_LOCK)


def session_ends(kind: SessionKind, started: datetime, seen: datetime) -> datetime:
    """When a session ends of itself, if nothing more is asked of it after `seen`."""
    return min(started + SESSION_LIFETIME[kind], seen + SESSION_IDLE[kind])


def password_fault(username: str, password: str) -> str | None:
    """What is wrong with a new staff password, as a msgid, or None if it will do."""
    shortest, longest = PASSWORD_LENGTH
    if not shortest <= len(password) <= longest:
        return PASSWORD_SHORT
    if username.casefold() in password.casefold():
        return PASSWORD_HAS_NAME
    if len(set(password)) < _PASSWORD_VARIETY:
        return PASSWORD_SIMPLE
    return None


def matching_step(secret: str, code: str, now: datetime, last_step: int) -> int | None:
    """The 30-second step whose TOTP code (RFC 6238) is `code`, one step of drift either way.

    Only steps after `last_step` count, so that a code seen over a shoulder is worth nothing once
    it has been used.
    """
    totp = pyotp.TOTP(secret, interval=TOTP_STEP_SECONDS)
    present = int(now.timestamp()) // TOTP_STEP_SECONDS
    matching = [
        step
        for step in range(present - TOTP_DRIFT_STEPS, present + TOTP_DRIFT_STEPS + 1)
        if secrets.compare_digest(totp.at(step * TOTP_STEP_SECONDS).encode(), code.encode())
    ]
    return next((step for step in matching if step > last_step), None)


def new_recovery_codes() -> tuple[str, ...]:
    """Ten codes of 50 random bits, shown as `XXXXX-XXXXX`."""
    return tuple(
        f"{code[:5]}-{code[5:]}"
        for code in (
            "".join(secrets.choice(RECOVERY_ALPHABET) for _ in range(_RECOVERY_LENGTH))
            for _ in range(RECOVERY_CODES)
        )
    )


def normalise_recovery_code(typed: str) -> str | None:
    """A recovery code as it was shown, or None if it cannot be one."""
    kept = "".join(c for c in unicodedata.normalize("NFKC", typed[:32]).upper() if c.isalnum())
    if len(kept) != _RECOVERY_LENGTH or not set(kept) <= set(RECOVERY_ALPHABET):
        return None
    return f"{kept[:5]}-{kept[5:]}"
