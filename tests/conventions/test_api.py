"""Every operation of the API says what it is for, what it takes and how it refuses.

The reference at /api/docs is drawn, in two languages, from the OpenAPI document alone.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

import pytest
from litestar import Litestar

from services.kernel.settings import Settings
from services.kernel.translations import Language, translations
from web.api.document import IDEMPOTENCY_KEY, document
from web.api.openapi import SIGNED_IN, TAGS, WITH_KEY
from web.api.operations import METHODS, Operation, sections
from web.app import create_app

# Clients are generated from these: one that is renamed breaks them.
NAMES: Final[Mapping[str, str]] = {
    "POST /api/v1/sign-in/codes": "send_sign_in_code",
    "POST /api/v1/sign-in": "sign_in",
    "GET /api/v1/me": "get_me",
    "GET /api/v1/me/companions": "list_companions",
    "PUT /api/v1/me": "update_me",
    "GET /api/v1/me/standing": "get_standing",
    "GET /api/v1/me/tokens": "list_tokens",
    "POST /api/v1/me/tokens": "create_token",
    "DELETE /api/v1/me/tokens/{token_id}": "revoke_token",
    "GET /api/v1/items": "list_items",
    "GET /api/v1/items/{code}": "get_item",
    "GET /api/v1/offices": "list_offices",
    "GET /api/v1/offices/{code}": "get_office",
    "GET /api/v1/slots": "list_slots",
    "POST /api/v1/holds": "hold_seat",
    "DELETE /api/v1/holds/{hold_id}": "release_hold",
    "POST /api/v1/holds/{hold_id}/extend": "extend_hold",
    "GET /api/v1/days": "list_days",
    "POST /api/v1/waitlist": "join_waitlist",
    "GET /api/v1/waitlist": "list_waitlist",
    "POST /api/v1/waitlist/{entry_id}/take": "take_offer",
    "DELETE /api/v1/waitlist/{entry_id}": "leave_waitlist",
    "POST /api/v1/appointments": "book_appointment",
    "GET /api/v1/appointments": "list_appointments",
    "GET /api/v1/appointments/{reference}": "get_appointment",
    "DELETE /api/v1/appointments/{reference}": "cancel_appointment",
    "POST /api/v1/appointments/{reference}/reschedule": "reschedule_appointment",
    "GET /api/v1/appointments/{reference}/calendar.ics": "get_appointment_calendar",
    "POST /api/v1/parties/{party_id}/reschedule": "reschedule_party",
    "POST /api/v1/partner/people": "register_person",
    "GET /api/v1/partner/slots": "list_partner_slots",
    "POST /api/v1/partner/appointments": "book_for_person",
    "GET /api/v1/partner/appointments": "list_partner_appointments",
    "GET /api/v1/partner/appointments/{reference}": "get_partner_appointment",
    "DELETE /api/v1/partner/appointments/{reference}": "cancel_partner_appointment",
    "POST /api/v1/partner/appointments/{reference}/reschedule": "reschedule_partner_appointment",
    "GET /api/v1/partner/webhooks": "list_webhooks",
    "POST /api/v1/partner/webhooks": "add_webhook",
    "POST /api/v1/partner/webhooks/{endpoint_id}/secret": "rotate_webhook_secret",
    "POST /api/v1/partner/webhooks/{endpoint_id}/test": "send_webhook_test",
    "DELETE /api/v1/partner/webhooks/{endpoint_id}": "remove_webhook",
    "GET /api/v1/partner/deliveries": "list_webhook_deliveries",
    "POST /api/v1/partner/deliveries/{delivery_id}/replay": "replay_webhook_delivery",
}
# The sample that the reference falls back on where a field gives no example.
UNTOLD: Final = re.compile(r'"…"')

Json = Mapping[str, Any]


@pytest.fixture(scope="module")
def application(settings: Settings) -> Litestar:
    return create_app(settings)


@pytest.fixture(scope="module")
def whole(application: Litestar) -> Json:
    return document(application)


@pytest.fixture(scope="module")
def drawn(whole: Json) -> list[Operation]:
    """The operations as the reference shows them."""
    return [operation for section in sections(whole) for operation in section.operations]


def operations(whole: Json) -> Iterator[tuple[str, Json]]:
    for path, item in whole["paths"].items():
        for method in METHODS:
            if method in item:
                yield f"{method.upper()} {path}", item[method]


def untranslated(texts: Iterator[tuple[str, str]]) -> list[tuple[str, str]]:
    """Those that are empty, or that the Chinese catalogue does not know."""
    chinese = translations(Language.CHINESE)
    return [(where, text) for where, text in texts if not text or chinese.gettext(text) == text]


def test_operations_keep_their_names(whole: Json) -> None:
    assert {label: one.get("operationId") for label, one in operations(whole)} == NAMES
    assert all(re.fullmatch(r"[a-z]+(_[a-z]+)+", name) for name in NAMES.values())
    assert len(set(NAMES.values())) == len(NAMES)


def test_every_operation_has_one_tag_of_ours(whole: Json) -> None:
    known = {tag.name for tag in TAGS}
    for label, one in operations(whole):
        assert len(one["tags"]) == 1, label
        assert one["tags"][0] in known, label


def test_what_the_reference_says_is_said_in_chinese_too(drawn: list[Operation]) -> None:
    def texts() -> Iterator[tuple[str, str]]:
        for one in drawn:
            yield one.id, one.summary
            for parameter in one.parameters:
                yield f"{one.id} {parameter.name}", parameter.description
            for answer in one.answers:
                yield f"{one.id} {answer.status}", answer.description

    assert untranslated(texts()) == []


def test_every_field_has_an_example(drawn: list[Operation]) -> None:
    for one in drawn:
        shown = [one.request_example, *(answer.example for answer in one.answers)]
        assert not [text for text in shown if UNTOLD.search(text)], (one.id, shown)


def test_what_is_guarded_names_the_token_and_the_refusal(whole: Json) -> None:
    for label, one in operations(whole):
        guarded = one.get("security") in (SIGNED_IN, WITH_KEY)
        assert guarded == ("401" in one["responses"]), label
        if guarded:
            assert "WWW-Authenticate" in one["responses"]["401"]["headers"], label


def test_every_refusal_has_an_example_with_its_code(whole: Json) -> None:
    for label, one in operations(whole):
        for status, answer in one["responses"].items():
            if status >= "4":
                [content] = answer["content"].values()
                for code, example in content["examples"].items():
                    assert example["value"]["code"] == code, label
                    assert example["value"]["status"] == int(status), label


def test_what_may_be_repeated_takes_the_key_and_names_its_refusals(whole: Json) -> None:
    for label, one in operations(whole):
        takes_key = IDEMPOTENCY_KEY in one.get("parameters", ())
        refusals = {
            code
            for answer in one["responses"].values()
            for content in answer.get("content", {}).values()
            for code in content.get("examples", {})
        }
        assert takes_key == ("idempotency_key_reused" in refusals), label


def test_names_of_schemas_are_plain(whole: Json) -> None:
    assert all(re.fullmatch(r"[A-Z][A-Za-z]+", name) for name in whole["components"]["schemas"])
