"""Asked twice, done once: replays, misuse, and what a refusal leaves behind."""

from datetime import timedelta
from uuid import UUID

import httpx
import pytest
from litestar import Litestar, Response, post
from litestar.params import JSONBody
from msgspec import Struct

from services.kernel import database, outbox
from services.kernel.clock import FixedClock
from services.kernel.errors import Conflict
from services.kernel.settings import Settings
from services.kernel.unit_of_work import unit_of_work
from tests.people import new_phone
from tests.web.test_identity_api import token_for
from web.app import create_app
from web.common.guards import Now, citizen
from web.common.idempotency import idempotent
from web.common.rendering import AnyRequest

PATH = "/api/v1/test-deeds"


class Deed(Struct):
    """What the test asks for."""

    word: str
    refuse: bool = False


class Done(Struct):
    """What it is told."""

    id: UUID
    word: str


@post(PATH, guards=[citizen], status_code=201)
@idempotent
async def do(request: AnyRequest, data: JSONBody[Deed], now: Now) -> Done:
    del request
    async with unit_of_work():
        event_id = await outbox.publish("test.deed", {}, now)
        if data.refuse:
            raise Conflict
    return Done(event_id, data.word)


@post(f"{PATH}/located", guards=[citizen])
@idempotent
async def locate(request: AnyRequest) -> Response[dict[str, str]]:
    del request
    return Response({"a": "b"}, status_code=202, headers={"Location": "/there", "X-Other": "x"})


@pytest.fixture(scope="module")
def application(settings: Settings) -> Litestar:
    """The application, with routes to try it on."""
    app = create_app(settings)
    app.register(do)
    app.register(locate)
    return app


@pytest.fixture
async def bearer(client: httpx.AsyncClient) -> dict[str, str]:
    """The header of somebody who has signed in."""
    return {"Authorization": f"Bearer {await token_for(client, new_phone())}"}


async def deeds() -> int:
    found: int = await database.fetchval(
        "SELECT count(*) FROM outbox_event WHERE topic = 'test.deed'"
    )
    return found


def keyed(bearer: dict[str, str], key: str = "k-1") -> dict[str, str]:
    return {**bearer, "Idempotency-Key": key}


async def test_the_same_request_is_answered_and_not_done_again(
    client: httpx.AsyncClient, bearer: dict[str, str]
) -> None:
    first = await client.post(PATH, json={"word": "预约"}, headers=keyed(bearer))
    second = await client.post(PATH, json={"word": "预约"}, headers=keyed(bearer))
    assert first.status_code == second.status_code == 201
    assert first.json() == second.json()
    assert first.headers["content-type"] == second.headers["content-type"]
    assert "idempotency-replayed" not in first.headers
    assert second.headers["idempotency-replayed"] == "true"
    assert await deeds() == 1


async def test_without_a_key_each_is_done(
    client: httpx.AsyncClient, bearer: dict[str, str]
) -> None:
    for _ in range(2):
        await client.post(PATH, json={"word": "a"}, headers=bearer)
    assert await deeds() == 2


async def test_status_and_location_are_kept(
    client: httpx.AsyncClient, bearer: dict[str, str]
) -> None:
    for _ in range(2):
        answer = await client.post(f"{PATH}/located", headers=keyed(bearer))
        assert answer.status_code == 202
        assert answer.headers["location"] == "/there"
        assert answer.json() == {"a": "b"}
    assert "x-other" not in answer.headers


async def test_a_key_belongs_to_one_request(
    client: httpx.AsyncClient, bearer: dict[str, str]
) -> None:
    await client.post(PATH, json={"word": "a"}, headers=keyed(bearer))
    other_body = await client.post(PATH, json={"word": "b"}, headers=keyed(bearer))
    other_path = await client.post(f"{PATH}/located", headers=keyed(bearer))
    for answer in (other_body, other_path):
        assert answer.status_code == 422
        assert answer.json()["code"] == "idempotency_key_reused"
    assert await deeds() == 1


async def test_a_key_belongs_to_one_person(
    client: httpx.AsyncClient, bearer: dict[str, str]
) -> None:
    other = {"Authorization": f"Bearer {await token_for(client, new_phone())}"}
    for each in (bearer, other):
        answer = await client.post(PATH, json={"word": "a"}, headers=keyed(each))
        assert answer.status_code == 201
    assert await deeds() == 2


async def test_a_refusal_changes_nothing_and_frees_the_key(
    client: httpx.AsyncClient, bearer: dict[str, str]
) -> None:
    refused = await client.post(PATH, json={"word": "a", "refuse": True}, headers=keyed(bearer))
    assert refused.status_code == 409
    assert await deeds() == 0
    done = await client.post(PATH, json={"word": "a"}, headers=keyed(bearer))
    assert done.status_code == 201


async def test_a_key_is_free_again_after_a_day(
    client: httpx.AsyncClient, bearer: dict[str, str], clock: FixedClock
) -> None:
    await client.post(PATH, json={"word": "a"}, headers=keyed(bearer))
    clock.moment += timedelta(hours=23, minutes=59)
    assert (await client.post(PATH, json={"word": "b"}, headers=keyed(bearer))).status_code == 422
    clock.moment += timedelta(minutes=1)
    assert (await client.post(PATH, json={"word": "b"}, headers=keyed(bearer))).status_code == 201


async def test_a_kept_answer_is_sealed(client: httpx.AsyncClient, bearer: dict[str, str]) -> None:
    await client.post(PATH, json={"word": "openly"}, headers=keyed(bearer))
    row = await database.fetchrow("SELECT * FROM idempotent_answer")
    assert row is not None
    assert b"openly" not in b"".join(value for value in row if isinstance(value, bytes))


@pytest.mark.parametrize("key", ["", " ", "x" * 256, "a b", "é"])
async def test_what_is_no_key(client: httpx.AsyncClient, bearer: dict[str, str], key: str) -> None:
    headers = {
        b"authorization": bearer["Authorization"].encode(),
        b"idempotency-key": key.encode("latin-1"),
    }
    answer = await client.post(PATH, json={"word": "a"}, headers=headers)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["code"] == "idempotency_key_malformed"
