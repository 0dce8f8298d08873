"""Requests that no page of ours and no careful program sends, to every route there is.

Each is answered with a 4xx in the language that was asked for, and changes nothing.
"""

from collections.abc import AsyncIterator, Mapping
from typing import Final

from tests.harness.routes import Route
from tests.web.refusals import Answers

MEGABYTES: Final = 10_000_000
FORM: Final = "application/x-www-form-urlencoded"
JSON: Final = "application/json"
# A stream has no end in this process; tests/web/test_live.py goes there.
STREAMS: Final = "/live/"

NUL, NOT_UTF8, SURROGATE = "a%00b", "%ff%fe", "%ed%a0%80"
DEEP = b'{"item": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"
BAD_JSON: Final[Mapping[str, bytes]] = {
    "nothing": b"",
    "half": b'{"item": ',
    "not UTF-8": b'{"item": "\xff\xfe"}',
    "UTF-16": '{"item": "x"}'.encode("utf-16"),
    "a NUL": b'{"item": "a\x00b", "phone": "1", "label": "x", "slot_id": "x", "email": "x"}',
    "an escaped NUL": b'{"item": "\\u0000", "phone": "\\u0000", "label": "\\u0000"}',
    "half a pair": b'{"item": "\\ud800", "phone": "\\ud800", "label": "\\udfff"}',
    "a list": b"[]",
    "null": b"null",
    "a number": b"1e999",
    "a word": b'"x"',
    "wrong types": b'{"item": 1, "phone": [], "code": {}, "label": true, "slot_id": 1, "name": 5}',
    "unknown fields": b'{"is_admin": true}',
    "a long key": b'{"' + b"k" * 100_000 + b'": 1}',
    "deep": DEEP,
    "a long number": b'{"item": ' + b"9" * 100_000 + b"}",
}


async def test_addresses_that_cannot_be_text(answers: Answers, everywhere: list[Route]) -> None:
    for route in everywhere:
        if route.places:
            for bad in (NUL, NOT_UTF8, SURROGATE):
                address = route.address(answers.hall.samples, bad)
                led_on = {303} if route.path == INVITATION else set()
                await answers.expect(route, bad, {400, 404, 422} | led_on, address=address)
        address = route.address(answers.hall.samples)
        for bad in (NUL, NOT_UTF8, SURROGATE):
            await answers.expect(route, f"?{bad}", {400}, address=f"{address}?x={bad}&{bad}=1")


async def test_addresses_of_nothing(answers: Answers, everywhere: list[Route]) -> None:
    for route in everywhere:
        if not route.places or route.path.startswith(STREAMS):
            continue
        for bad in UNKNOWN:
            address = route.address(answers.hall.samples, bad)
            # A well-formed reference leads anybody to the look-up, whether it exists or not.
            led_on = {303} if route.path == SHORT and bad == WELL_FORMED else set()
            led_on |= {303} if route.path == INVITATION else set()
            await answers.expect(route, bad, {400, 404, 422} | led_on, address=address)


SHORT: Final = "/a/{reference:str}"
# An invitation that opens nothing, whatever is written, leads to the page that says why.
INVITATION: Final = "/rate/at/{invitation:str}"
WELL_FORMED: Final = "222222222F"
UNKNOWN: Final = (
    "0197e2c4-7d3a-7c55-9d0e-3f6a1b2c4d5e",  # well-formed, and nothing has it
    WELL_FORMED,
    "x",
    "-1",
    "99999999999999999999",
    "%2e%2e%2f%2e%2e%2fetc%2fpasswd",
    "';--",
    "办事",
    "x" * 5000,
)


async def test_methods_that_a_route_does_not_take(
    answers: Answers, everywhere: list[Route]
) -> None:
    taken = {(route.path, route.method) for route in everywhere}
    for route in everywhere:
        for method in ("PATCH", "PUT", "DELETE", "POST"):
            if (route.path, method) not in taken:
                other = Route(method, route.path, route.handler)
                await answers.expect(other, "method", {405})


async def test_bodies_that_are_too_large(answers: Answers, everywhere: list[Route]) -> None:
    async def in_pieces() -> AsyncIterator[bytes]:
        for _ in range(MEGABYTES // 1_000_000):
            yield b"x" * 1_000_000

    for route in everywhere:
        if route.method in {"POST", "PUT"}:
            kind = {"Content-Type": route.takes or FORM}
            body = b"x" * MEGABYTES
            await answers.expect(route, "10 MB", {413}, content=body, headers=kind)
            chunked = {**kind, "Transfer-Encoding": "chunked"}
            await answers.expect(
                route, "10 MB in pieces", {413}, content=in_pieces(), headers=chunked
            )


async def test_json_that_is_none_or_wrong(answers: Answers, everywhere: list[Route]) -> None:
    for route in everywhere:
        if route.takes == JSON:
            for what, body in BAD_JSON.items():
                headers = {"Content-Type": JSON}
                await answers.expect(route, what, {400, 422}, content=body, headers=headers)
