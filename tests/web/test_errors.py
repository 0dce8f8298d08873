"""Refusals for programs and for people, in their language; faults that tell nothing."""

import re
from typing import Annotated, Any

import httpx
import msgspec
import pytest
import structlog.testing
from litestar import Litestar, get, post
from litestar.params import JSONBody

from services.kernel.errors import DomainError, FieldError, InvalidInput, RateLimited
from services.kernel.i18n import N_
from services.kernel.settings import Settings
from web.app import create_app

PUBLIC = {"public": "a test's own route"}
MARK = "王小明 370102199001011234"


class Refused(DomainError):
    code = "refused_for_test"
    status = 409
    message = N_("Your role does not allow this.")


class Person(msgspec.Struct, forbid_unknown_fields=True):
    name: Annotated[str, msgspec.Meta(min_length=2, max_length=5)]
    age: Annotated[int, msgspec.Meta(ge=0, le=150)] = 0


@get(["/probe/fault", "/api/v1/probe/fault"], opt=PUBLIC)
async def fault() -> str:
    raise ValueError(MARK)


@get(["/probe/refused", "/api/v1/probe/refused"], opt=PUBLIC)
async def refused() -> str:
    raise Refused


@get("/api/v1/probe/limited", opt=PUBLIC)
async def limited() -> str:
    raise RateLimited(retry_after=30)


@get(["/probe/input", "/api/v1/probe/input"], opt=PUBLIC)
async def wrong_input() -> str:
    raise InvalidInput(FieldError("name", "missing", N_("This is missing.")))


@post("/api/v1/probe/people", opt=PUBLIC)
async def add(data: JSONBody[Person]) -> Person:
    return data


@pytest.fixture(scope="module")
def application(settings: Settings) -> Litestar:
    app = create_app(settings)
    for handler in (fault, refused, limited, wrong_input, add):
        app.register(handler)
    return app


async def test_programs_get_a_problem_in_their_language(client: httpx.AsyncClient) -> None:
    chinese = await client.get("/api/v1/probe/refused")
    english = await client.get("/api/v1/probe/refused", headers={"Accept-Language": "en-GB,en"})

    assert chinese.status_code == english.status_code == 409
    assert english.headers["content-type"] == "application/problem+json"
    assert english.json() == {
        "type": "urn:banshitong:problem:refused_for_test",
        "title": "Not possible now",
        "status": 409,
        "detail": "Your role does not allow this.",
        "code": "refused_for_test",
        "instance": f"urn:banshitong:request:{english.headers['x-request-id']}",
    }
    assert chinese.json()["detail"] == "您的岗位没有这项权限。"
    assert chinese.headers["content-language"] == "zh-CN"


async def test_people_get_a_page_and_htmx_a_toast(client: httpx.AsyncClient) -> None:
    whole = await client.get("/probe/refused")
    piece = await client.get("/probe/refused", headers={"HX-Request": "true"})

    assert whole.status_code == piece.status_code == 409
    assert "<!doctype html>" in whole.text
    assert "您的岗位没有这项权限。" in whole.text
    assert "<!doctype" not in piece.text
    assert piece.headers["hx-retarget"] == "#toasts"
    assert "您的岗位没有这项权限。" in piece.text


async def test_every_wrong_field_is_named(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/v1/probe/input")

    assert answer.status_code == 422
    assert answer.json()["errors"] == [
        {"field": "name", "code": "missing", "message": "此项必填。"}
    ]


async def test_a_limit_says_how_long_to_wait(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/v1/probe/limited")

    assert answer.status_code == 429
    assert answer.headers["retry-after"] == "30"
    assert "30 秒" in answer.json()["detail"]


@pytest.mark.parametrize("path", ["/probe/fault", "/api/v1/probe/fault"])
async def test_a_fault_tells_a_number_and_nothing_else(
    client: httpx.AsyncClient, path: str
) -> None:
    with structlog.testing.capture_logs() as logged:
        answer = await client.get(path)

    number = answer.headers["x-request-id"]
    assert answer.status_code == 500
    assert number in answer.text
    assert not re.search("王小明|370102|ValueError|Traceback", answer.text)
    assert [line["error"] for line in logged if line["event"] == "unexpected"] == ["ValueError"]


@pytest.mark.parametrize(
    ("body", "status", "code", "field"),
    [
        (b'{"name": ', 400, "malformed", None),
        (b"\xff\xfe", 400, "malformed", None),
        (b'"text"', 422, "wrong_type", "request"),
        (b'{"name": 7}', 422, "wrong_type", "name"),
        (b"{}", 422, "missing", "name"),
        (b'{"name": "x"}', 422, "too_short", "name"),
        (b'{"name": "xxxxxx"}', 422, "too_long", "name"),
        (b'{"name": "xx", "age": 151}', 422, "too_large", "age"),
        (b'{"name": "xx", "age": -1}', 422, "too_small", "age"),
        (b'{"name": "xx", "age": "x"}', 422, "wrong_type", "age"),
        (b'{"name": "xx", "more": 1}', 422, "unknown_field", "more"),
        (b'{"name": "x\\u0000x"}', 400, "malformed", None),
        (b'{"name": "x\\ud800x"}', 400, "malformed", None),
        (b'{"name": "x\xed\xa0\x80x"}', 400, "malformed", None),
    ],
)
async def test_a_bad_body_is_refused_with_what_is_wrong(
    client: httpx.AsyncClient, body: bytes, status: int, code: str, field: str | None
) -> None:
    answer = await client.post(
        "/api/v1/probe/people", content=body, headers={"Content-Type": "application/json"}
    )

    problem = answer.json()
    assert answer.status_code == status, problem
    if field is None:
        assert problem["code"] == code
    else:
        assert [(wrong["field"], wrong["code"]) for wrong in problem["errors"]] == [(field, code)]
        assert re.search("[\u4e00-\u9fff]", problem["errors"][0]["message"])


async def test_a_backslash_before_u0000_is_plain_text(client: httpx.AsyncClient) -> None:
    answer = await client.post("/api/v1/probe/people", json={"name": "\\u0"})

    assert answer.status_code == 201


async def test_a_large_body_is_refused(client: httpx.AsyncClient) -> None:
    answer = await client.post("/api/v1/probe/people", json={"name": "x" * 10_000_000})

    assert answer.status_code == 413
    assert answer.json()["code"] == "too_large"


@pytest.mark.parametrize("path", ["/items/a%00b", "/api/v1/x?q=%00", "/?q=%ff", "/?q=%ed%a0%80"])
async def test_bad_addresses_are_refused(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path)

    assert answer.status_code in {400, 404}


@pytest.mark.parametrize(("query", "status"), [("q=补办身份证".encode(), 200), (b"q=\xff", 400)])
async def test_a_query_that_is_not_percent_encoded_is_utf8(
    app: Litestar, client: httpx.AsyncClient, query: bytes, status: int
) -> None:
    """As `curl 'http://…/items?q=补办身份证'` sends it; httpx itself would encode it."""
    del client

    async def raw(scope: Any, receive: Any, send: Any) -> None:
        await app(scope | {"query_string": query}, receive, send)

    transport = httpx.ASGITransport(app=raw)
    async with httpx.AsyncClient(transport=transport, base_url="http://hall.test") as plain:
        page = await plain.get("/items")
    assert page.status_code == status
    assert ("补办身份证" in page.text) is (status == 200)


async def test_unknown_addresses_and_methods(client: httpx.AsyncClient) -> None:
    nothing = await client.get("/nothing/here")
    wrong = await client.post("/healthz")

    assert nothing.status_code == 404
    assert "没有找到" in nothing.text
    assert nothing.headers["content-security-policy"]
    assert wrong.status_code == 405
    assert wrong.headers["allow"]
