"""Forms, tokens and cookies that did not come from a page of ours, sent to every form there is."""

import base64
import json
import secrets
from typing import Final

from tests.harness.routes import Route
from tests.web.refusals import Answers
from tests.web.test_bad_requests import FORM, JSON
from web.common.csrf import NO_TOKEN

REFUSED: Final = {400, 403, 404, 409, 415, 422}
BAD_FORMS: Final = {
    "a NUL": b"{field}=a%00b",
    "a raw NUL": b"{field}=a\x00b",
    "not UTF-8": b"{field}=%ff%fe",
    "raw bytes": b"{field}=\xff\xfe",
    "half a pair": b"{field}=%ed%a0%80",
}
BAD_TEXTS: Final = {
    # All fields of the longest form together still fit the largest body.
    "40 kB": "x" * 40_000,
    "control characters": "\x01\x02\r\nSet-Cookie: session=a",
    "turned around": "\u202e\u2066\ufeff",
    "a template": "{{7*7}}${7*7}<script>alert(1)</script>" * 10,
}
# Each wrong code is counted, and some end the session.
COUNTED: Final = ("/staff/proof",)
FORGED_SESSIONS: Final = {
    "invented": "a" * 64,
    "too short": "ab" * 8,
    "too long": "a" * 5000,
    "a statement": "';DROP TABLE person;--",
    "a path": "../../etc/passwd",
}


def forms(routes: list[Route]) -> list[Route]:
    posts = [route for route in routes if route.method == "POST" and not route.of_api]
    return [route for route in posts if route.takes in (FORM, None)]


def fields(route: Route) -> tuple[str, ...]:
    """The names of the fields that a form has."""
    data = route.handler.parsed_data_field
    names: tuple[str, ...] = data.annotation.__struct_fields__ if data is not None else ()
    return names


async def test_text_that_cannot_be_kept(answers: Answers, everywhere: list[Route]) -> None:
    for route in forms(everywhere):
        name = (fields(route) or ("x",))[0].encode()
        for what, form in BAD_FORMS.items():
            body = form.replace(b"{field}", name)
            await answers.expect(route, what, {400}, content=body, headers={"Content-Type": FORM})


async def test_text_that_means_nothing(answers: Answers, everywhere: list[Route]) -> None:
    for route in forms(everywhere):
        if route.path in COUNTED:
            continue
        for what, text in BAD_TEXTS.items():
            if names := fields(route):
                # A step whose first one was not taken leads back to that.
                expected = (
                    REFUSED | {303} if route.guard is None or "phone" in route.path else REFUSED
                )
                await answers.expect(route, what, expected, data=dict.fromkeys(names, text))


async def test_fields_given_twice(answers: Answers, everywhere: list[Route]) -> None:
    for route in forms(everywhere):
        if names := fields(route):
            form = {name: ["1", "2"] for name in names}
            await answers.expect(route, "twice", REFUSED, data=form)


async def test_bodies_in_another_format(answers: Answers, everywhere: list[Route]) -> None:
    for route in everywhere:
        if route.takes is None:
            continue
        for kind in ("text/plain", "multipart/form-data", "application/xml", "x", "", ";;", "*/*"):
            await answers.expect(route, kind, {415}, content=b"a=b", headers={"Content-Type": kind})
        other = FORM if route.takes == JSON else JSON
        await answers.expect(route, other, {415}, content=b"{}", headers={"Content-Type": other})


async def test_forms_without_their_token(answers: Answers, everywhere: list[Route]) -> None:
    strangers = {
        "none": "",
        "invented": secrets.token_hex(64),
        "half": answers.hall.anybody.token[:64],
        "somebody else's": answers.hall.anybody.token,
        "not ASCII": "办事",
    }
    for route in forms(everywhere):
        # A program's call acts on nothing that a browser would add by itself (web/common/csrf.py).
        if route.of_api or NO_TOKEN in route.handler.opt:
            continue
        own = answers.hall.visitor(route).token
        for what, token in strangers.items():
            if token != own:
                await answers.expect(
                    route, what, {403}, data={"_csrf_token": token}, headers={"X-CSRFToken": ""}
                )
        file = {"_csrf_token": ("token.txt", own.encode())}
        await answers.expect(route, "a file", {403}, files=file, headers={"X-CSRFToken": ""})


async def test_sessions_that_were_not_given_out(answers: Answers, everywhere: list[Route]) -> None:
    """As if nobody were signed in: to the sign-in page, or 401; a form lacks its token besides."""
    for route in everywhere:
        if route.guard is None:
            continue
        for what, value in FORGED_SESSIONS.items():
            cookies = {"Cookie": f"session={value}", "Authorization": "", "X-CSRFToken": ""}
            expected = {401, 303} if route.method == "GET" else {403}
            await answers.expect(route, what, expected, headers=cookies)


async def test_cookies_of_nonsense(answers: Answers, everywhere: list[Route]) -> None:
    deep = base64.urlsafe_b64encode(b'{"message": "x", "y": ' + b"[" * 20_000).decode()
    said = base64.urlsafe_b64encode(json.dumps({"message": "Send money to me"}).encode()).decode()
    for route in everywhere:
        if route.method == "GET" and route.guard is None and not route.path.startswith("/live"):
            for flash in (deep, said, "====", "%FF"):
                cookies = f"flash={flash}; lang=xx; text=huge; theme=[]; csrf=forged; session="
                await answers.expect(
                    route, flash[:9], {200, 303, 401, 404, 422}, headers={"Cookie": cookies}
                )
