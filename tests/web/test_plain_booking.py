"""The short way of a plain booking answers as the handler does, word for word."""

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from litestar.serialization import encode_json

from services.kernel.ids import new_id
from tests.bookings import ITEM, booked, named, open_hall, seat_states, slots
from tests.people import citizen_actor, new_phone, signed_in
from tests.web.test_bad_requests import BAD_JSON
from tests.web.test_booking_api import Program, program_of
from web.appointments import plain_booking

pytestmark = pytest.mark.usefixtures("catalogue", "redis")

PATH = "/appointments"
# A query that means nothing here: the request is not plain any more.
THE_LONG_WAY = f"{PATH}?by=handler"
# The length of a compressed answer differs with its id.
OF_ONE_ANSWER = ("x-request-id", "date", "content-length")


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """What was answered the short way."""
    answered: list[object] = []

    def noted(answer: Any) -> bytes:
        answered.append(answer)
        return encode_json(answer)

    monkeypatch.setattr("web.appointments.plain_booking.encode_json", noted)
    return answered


async def two_programs(client: httpx.AsyncClient) -> tuple[Program, Program]:
    return await program_of(client, await named()), await program_of(client, await named())


def said(answer: httpx.Response) -> tuple[int, dict[str, str], Any]:
    """An answer without what is each one's own."""
    headers = {name: value for name, value in answer.headers.items() if name not in OF_ONE_ANSWER}
    body = answer.json()
    body.pop("reference", None)
    body.pop("instance", None)
    return answer.status_code, headers, body


async def test_a_booking(client: httpx.AsyncClient, taken: list[object]) -> None:
    await open_hall()
    [first, _] = await slots()
    one, other = await two_programs(client)
    wanted = {"item": ITEM, "slot_id": str(first.id)}
    short = await one("POST", PATH, json=wanted)
    assert (short.status_code, len(taken)) == (201, 1)
    long = await other("POST", THE_LONG_WAY, json=wanted)
    assert len(taken) == 1
    assert said(short) == said(long)
    assert await seat_states(first.id) == ["booked", "booked"]


async def test_refusals(client: httpx.AsyncClient, taken: list[object]) -> None:
    await open_hall()
    [first, second] = await slots()
    one, other = await two_programs(client)
    nameless = await signed_in(new_phone(), first.released_at)
    third = await program_of(client, citizen_actor(nameless.person_id))
    for program in (one, other):
        await booked(program.actor, second.id)
    refused: list[tuple[Program, bytes]] = [
        (program, json.dumps({"item": ITEM} | wanted).encode())
        for program, wanted in (
            (one, {"slot_id": str(first.id)}),
            (third, {"slot_id": str(first.id)}),
            (one, {"slot_id": str(new_id())}),
            (one, {"hold_id": str(new_id())}),
            (one, {"item": "nothing", "slot_id": str(first.id)}),
            (one, {"slot_id": str(first.id), "people": [str(new_id())]}),
            (one, {}),
        )
    ]
    refused += [(one, body) for body in BAD_JSON.values()]
    kind = {"Content-Type": "application/json"}
    for program, body in refused:
        short = await program("POST", PATH, content=body, headers=kind)
        long = await program("POST", THE_LONG_WAY, content=body, headers=kind)
        assert short.is_client_error, body[:80]
        assert said(short) == said(long), body[:80]
    assert not taken
    assert await seat_states(first.id) == ["free", "free"]


async def test_a_long_body_in_pieces(client: httpx.AsyncClient, taken: list[object]) -> None:
    """What was read of a body is read again by the handler, and then the rest."""
    await open_hall()
    [first, _] = await slots()
    [one, _] = await two_programs(client)
    body = json.dumps({"item": ITEM, "slot_id": str(first.id)}).encode()

    async def pieces() -> AsyncIterator[bytes]:
        yield b" " * plain_booking.LARGEST
        yield body[:10]
        yield body[10:]

    answer = await one("POST", PATH, content=pieces(), headers={"Content-Type": "application/json"})
    assert (answer.status_code, taken) == (201, [])
