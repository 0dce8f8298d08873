"""Signatures as the specification's own library reads them, and when a failed try comes again."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from services.partners.rules import (
    JITTER,
    LONGEST_REST,
    RETRIES,
    TRIES,
    new_secret,
    rest_asked,
    retry_after,
    signatures,
)

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


MOMENT = datetime(2025, 7, 7, 1, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("status", "header", "rest"),
    [
        (429, "120", timedelta(minutes=2)),
        (503, "Mon, 07 Jul 2025 01:05:00 GMT", timedelta(minutes=5)),
        (429, "Mon, 07 Jul 2025 00:00:00 GMT", None),
        (429, "0", None),
        (429, "31536000", LONGEST_REST),
        (429, "9" * 5000, LONGEST_REST),
        (429, "Mon, 07 Jul 2031 01:05:00 GMT", LONGEST_REST),
        (429, "soon", None),
        (429, "-5", None),
        (429, "１２０", None),
        (429, None, None),
        (500, "120", None),
        (None, None, None),
    ],
)
def test_who_is_busy_says_when_to_come_again_and_is_believed_up_to_a_day(
    status: int | None, header: str | None, rest: timedelta | None
) -> None:
    assert rest_asked(status, header, MOMENT) == rest


@given(st.text(max_size=40))
def test_no_header_is_an_error(header: str) -> None:
    rest = rest_asked(503, header, MOMENT)
    assert rest is None or timedelta() < rest <= LONGEST_REST
