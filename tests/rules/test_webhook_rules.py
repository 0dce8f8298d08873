"""Signatures as the specification's own library reads them, and when a failed try comes again."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from services.partners.rules import JITTER, RETRIES, TRIES, new_secret, retry_after, signatures

BODY = '{"type":"appointment.booked","data":{"reference":"K7M3X9AH4T"}}'
MESSAGE = "0197e2c4-7d3a-7c55-9d0e-3f6a1b2c4d5e"


def headers(*secrets: str, at: datetime | None = None) -> dict[str, str]:
    timestamp, signature = signatures(secrets, MESSAGE, at or datetime.now(UTC), BODY.encode())
    return {
        "webhook-id": MESSAGE,
        "webhook-timestamp": timestamp,
        "webhook-signature": signature,
    }


def test_the_library_verifies_what_we_sign() -> None:
    secret = new_secret()
    assert secret.startswith("whsec_")
    said = Webhook(secret).verify(BODY, headers(secret))
    assert said["data"]["reference"] == "K7M3X9AH4T"


def test_both_secrets_verify_while_one_follows_the_other() -> None:
    old, new = new_secret(), new_secret()
    both = headers(new, old)
    assert both["webhook-signature"].count("v1,") == 2
    for secret in (old, new):
        Webhook(secret).verify(BODY, both)


@pytest.mark.parametrize("altered", ["body", "id", "time", "secret"])
def test_the_library_refuses_what_was_altered(altered: str) -> None:
    secret, body = new_secret(), BODY
    said = headers(secret)
    if altered == "body":
        body += " "
    elif altered == "id":
        said["webhook-id"] += "0"
    elif altered == "time":
        said = headers(secret, at=datetime.now(UTC) - timedelta(minutes=6))
    else:
        secret = new_secret()
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(body, said)


def test_the_library_signs_the_same() -> None:
    at = datetime.fromtimestamp(1674087231, UTC)
    _, signature = signatures(
        ["whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"],
        "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk",
        at,
        b'{"email":"test@example.com","username":"test_user"}',
    )
    known = Webhook("whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD").sign(
        "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk",
        at,
        '{"email":"test@example.com","username":"test_user"}',
    )
    assert signature == known


@given(st.integers(1, TRIES - 1), st.floats(0, 1))
def test_waits_grow_and_are_stretched_by_chance(tries: int, chance: float) -> None:
    wait = retry_after(tries, chance)
    assert wait is not None
    assert RETRIES[tries - 1] <= wait <= RETRIES[tries - 1] * (1 + JITTER)


def test_the_last_try_comes_some_three_days_after_the_first() -> None:
    assert retry_after(TRIES, 0.5) is None
    assert list(RETRIES) == sorted(RETRIES)
    assert timedelta(days=3) < sum(RETRIES, timedelta()) < timedelta(days=4)
