"""The figures and pure decisions of partners. Nothing here reads a clock or a database."""

import base64
import hmac
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

KEY_MARK = "bst_partner_"
KEY_PREFIX_LENGTH = len(KEY_MARK) + 6
KEY_LIFETIME = timedelta(days=365)
LONGEST_KEY = 128
KEYS_A_PARTNER = 10
ENDPOINTS_A_PARTNER = 5
REQUESTS_A_MINUTE = (1, 6000)
BOOKINGS_A_DAY = (0, 100_000)

SECRET_MARK = "whsec_"  # noqa: S105 - the public mark in front of every secret
_SECRET_BYTES = 32
# How long both secrets sign after a change, so that a partner can change theirs in peace.
BOTH_SECRETS = timedelta(hours=24)

KEEP_DELIVERIES = timedelta(days=30)
# How long to wait after each failed try: the schedule that Standard Webhooks proposes (spec,
# "Deliverability and reliability"). The last try comes some three days after the first.
RETRIES = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
TRIES = len(RETRIES) + 1
# Answers with which a server may say when to come again (RFC 9110, 10.2.3; RFC 6585, 4).
BUSY = frozenset({429, 503})
# Nobody puts us off for longer than the longest wait of our own.
LONGEST_REST = RETRIES[-1]
_MOST_DIGITS = 9
# Waits are stretched by up to this part, so that those that failed together do not return together.
JITTER = 0.2


def new_key() -> str:
    """A partner's API key: 256 random bits behind a mark that secret scanners can recognise."""
    return KEY_MARK + secrets.token_urlsafe(32)


def new_secret() -> str:
    """An endpoint's secret as Standard Webhooks writes it: 256 random bits in base64."""
    return SECRET_MARK + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def signatures(
    secrets_in_use: Sequence[str], message_id: str, at: datetime, body: bytes
) -> tuple[str, str]:
    """The headers `webhook-timestamp` (Unix seconds) and `webhook-signature`.

    One HMAC-SHA-256 a secret over `id.timestamp.body`, the newest first (Standard Webhooks 1.0).
    """
    timestamp = str(int(at.timestamp()))
    signed = f"{message_id}.{timestamp}.".encode() + body
    made = []
    for secret in secrets_in_use:
        key = base64.b64decode(secret.removeprefix(SECRET_MARK))
        made.append("v1," + base64.b64encode(hmac.digest(key, signed, "sha256")).decode())
    return timestamp, " ".join(made)


def retry_after(tries: int, chance: float) -> timedelta | None:
    """How long to wait after the `tries`-th failure in a row; None when that was the last try.

    `chance` is a random number from 0 to 1, which stretches the wait by up to JITTER.
    """
    if tries > len(RETRIES):
        return None
    return RETRIES[tries - 1] * (1 + JITTER * chance)


def rest_asked(status: int | None, header: str | None, now: datetime) -> timedelta | None:
    """How long a server that is BUSY asks to be left alone, at most LONGEST_REST; None if not.

    `header` is its Retry-After: seconds, or a date of HTTP. What is neither asks for nothing.
    """
    if status not in BUSY or header is None:
        return None
    text = header.strip()
    if text.isascii() and text.isdigit():
        asked = LONGEST_REST if len(text) > _MOST_DIGITS else timedelta(seconds=int(text))
    else:
        try:
            until = parsedate_to_datetime(text)
        except ValueError:
            return None
        asked = (until if until.tzinfo else until.replace(tzinfo=UTC)) - now
    return min(asked, LONGEST_REST) if asked > timedelta() else None
