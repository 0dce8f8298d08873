"""Booking for programs: the contract that other programs rely on."""

from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from services import appointments, identity
from services.kernel.actor import Actor
from services.kernel.ids import new_id
from tests.bookings import (
    ITEM,
    NOW,
    OFFICE,
    TODAY,
    TOMORROW,
    booked,
    named,
    open_hall,
    seat_states,
    slots,
)
from tests.people import citizen_actor, new_phone, signed_in

pytestmark = pytest.mark.usefixtures("catalogue", "redis")

MOMENT = "2025-07-08T14:00:00+08:00"


class Program:
    """A program with somebody's token."""

    def __init__(self, client: httpx.AsyncClient, actor: Actor, token: str) -> None:
        self.client = client
        self.actor = actor
        self.headers = {"Authorization": f"Bearer {token}"}

    async def __call__(self, method: str, path: str, **options: Any) -> httpx.Response:
        headers = self.headers | options.pop("headers", {})
        return await self.client.request(method, f"/api/v1{path}", headers=headers, **options)


async def program_of(client: httpx.AsyncClient, actor: Actor) -> Program:
    issued = await identity.create_token(actor, "test", NOW)
    return Program(client, actor, issued.token)


@pytest.fixture
async def program(client: httpx.AsyncClient) -> Program:
    """A program of somebody with a real name, and a hall with two seats a slot."""
    await open_hall()
    return await program_of(client, await named())


def code(answer: httpx.Response) -> str:
    assert answer.headers["content-type"].startswith("application/problem+json")
    return str(answer.json()["code"])


class TestSlots:
    async def test_anyone_sees_them(self, program: Program) -> None:
        answer = await program.client.get(
            "/api/v1/slots",
            params={"office": OFFICE, "item": ITEM, "from": "2025-07-08", "to": "2025-07-08"},
        )
        assert answer.status_code == 200
        [first, second] = answer.json()
        assert first == {
            "id": str((await slots())[0].id),
            "starts_at": MOMENT,
            "ends_at": "2025-07-08T15:00:00+08:00",
            "capacity": 2,
            "left": 2,
            "released_at": "2025-07-01T08:00:00+08:00",
        }
        assert second["starts_at"] == "2025-07-08T15:00:00+08:00"

    async def test_two_weeks_unasked(self, program: Program) -> None:
        answer = await program.client.get("/api/v1/slots", params={"office": OFFICE, "item": ITEM})
        days = {slot["starts_at"][:10] for slot in answer.json()}
        assert min(days) == TOMORROW.isoformat()
        assert max(days) == "2025-07-16"

    async def test_every_missing_parameter_is_named(self, program: Program) -> None:
        for query, missing in (({}, {"office", "item"}), ({"item": ITEM}, {"office"})):
            answer = await program.client.get("/api/v1/slots", params=query)
            assert answer.status_code == 422
            assert {wrong["field"] for wrong in answer.json()["errors"]} == missing
            assert {wrong["code"] for wrong in answer.json()["errors"]} == {"missing"}

    @pytest.mark.parametrize(
        ("path", "query"),
        [
            ("slots", {"from": "2026-13-45"}),
            ("slots", {"to": "zz"}),
            ("days", {"from": "zz"}),
        ],
    )
    async def test_what_is_wrong_is_named_as_it_was_asked(
        self, program: Program, path: str, query: dict[str, str]
    ) -> None:
        asked = {"office": OFFICE, "item": ITEM} | query
        answer = await program.client.get(f"/api/v1/{path}", params=asked)
        assert answer.status_code == 422
        assert [wrong["field"] for wrong in answer.json()["errors"]] == list(query)

    @pytest.mark.parametrize(
        ("query", "status"),
        [
            ({"item": "nothing"}, 404),
            ({"office": "nowhere"}, 404),
            ({"from": "2025-07-08", "to": "2025-07-07"}, 422),
            ({"from": "2025-07-08", "to": "2025-09-08"}, 422),
            ({"from": "9999-12-31"}, 422),
            ({"from": "yesterday"}, 422),
            ({"office": ""}, 404),
        ],
    )
    async def test_what_is_not_there(
        self, program: Program, query: dict[str, str], status: int
    ) -> None:
        answer = await program.client.get(
            "/api/v1/slots", params={"office": OFFICE, "item": ITEM} | query
        )
        assert answer.status_code == status, answer.text


class TestHolds:
    async def test_held_and_given_back(self, program: Program) -> None:
        [first, _] = await slots()
        answer = await program("POST", "/holds", json={"slot_id": str(first.id), "item": ITEM})
        assert answer.status_code == 201
        held = answer.json()
        assert datetime.fromisoformat(held["expires_at"]) == NOW + timedelta(minutes=10)
        answer = await program("DELETE", f"/holds/{held['id']}")
        assert answer.status_code == 204
        assert await seat_states(first.id) == ["free", "free"]

    async def test_nobody_elses(self, program: Program, client: httpx.AsyncClient) -> None:
        [first, _] = await slots()
        held = (
            await program("POST", "/holds", json={"slot_id": str(first.id), "item": ITEM})
        ).json()
        other = await program_of(client, await named())
        answer = await other("DELETE", f"/holds/{held['id']}")
        assert (answer.status_code, code(answer)) == (404, "hold_unknown")


class TestBooking:
    async def test_by_slot_and_by_hold(self, program: Program, client: httpx.AsyncClient) -> None:
        [first, _] = await slots()
        answer = await program(
            "POST", "/appointments", json={"item": ITEM, "slot_id": str(first.id)}
        )
        assert answer.status_code == 201
        made = answer.json()
        assert made["status"] == "booked"
        assert made["starts_at"] == MOMENT
        assert (made["office"], made["item"]) == (OFFICE, ITEM)
        other = await program_of(client, await named())
        held = (await other("POST", "/holds", json={"slot_id": str(first.id), "item": ITEM})).json()
        answer = await other("POST", "/appointments", json={"item": ITEM, "hold_id": held["id"]})
        assert answer.status_code == 201

    async def test_asked_twice_with_a_key_it_books_once(self, program: Program) -> None:
        [first, _] = await slots()
        request: dict[str, Any] = {
            "json": {"item": ITEM, "slot_id": str(first.id)},
            "headers": {"Idempotency-Key": "once"},
        }
        once = await program("POST", "/appointments", **request)
        twice = await program("POST", "/appointments", **request)
        assert (once.status_code, twice.status_code) == (201, 201)
        assert once.json() == twice.json()
        assert await seat_states(first.id) == ["booked", "free"]

    async def test_refusals_have_codes(self, program: Program, client: httpx.AsyncClient) -> None:
        [first, _] = await slots()
        for _ in range(2):
            await booked(await named(), first.id)
        shown = await appointments.availability(
            OFFICE, ITEM, TODAY, TODAY + timedelta(days=14), NOW
        )
        expected = {
            str(first.id): (409, "slot_full"),
            str(new_id()): (404, "slot_unknown"),
            str(shown[-1].id): (409, "not_released"),
        }
        for slot_id, refusal in expected.items():
            answer = await program("POST", "/appointments", json={"item": ITEM, "slot_id": slot_id})
            assert (answer.status_code, code(answer)) == refusal
        nameless = await signed_in(new_phone(), NOW)
        other = await program_of(client, citizen_actor(nameless.person_id))
        answer = await other("POST", "/appointments", json={"item": ITEM, "slot_id": str(first.id)})
        assert (answer.status_code, code(answer)) == (403, "real_name_required")
        answer = await client.post(
            "/api/v1/appointments", json={"item": ITEM, "slot_id": str(first.id)}
        )
        assert (answer.status_code, code(answer)) == (401, "not_signed_in")

    @pytest.mark.parametrize(
        "body",
        [
            {},
            {"item": ITEM},
            {"item": ITEM, "slot_id": "x"},
            {"item": ITEM, "slot_id": None, "hold_id": None},
            {"item": 7, "slot_id": str(new_id())},
            {"item": ITEM, "slot_id": str(new_id()), "hold_id": str(new_id())},
            {"item": ITEM, "slot_id": str(new_id()), "share": "telephone"},
        ],
    )
    async def test_malformed(self, program: Program, body: dict[str, object]) -> None:
        answer = await program("POST", "/appointments", json=body)
        assert (answer.status_code, code(answer)) == (422, "invalid_input")


class TestOwn:
    async def test_read_list_move_cancel(self, program: Program) -> None:
        [first, second] = await slots(TOMORROW)
        made = await booked(program.actor, first.id)
        where = f"/appointments/{made.reference}"
        assert (await program("GET", where)).json()["reference"] == made.reference
        listed = (await program("GET", "/appointments")).json()
        assert [one["reference"] for one in listed["items"]] == [made.reference]
        assert listed["next_cursor"] is None
        moved = await program("POST", f"{where}/reschedule", json={"slot_id": str(second.id)})
        assert moved.status_code == 200
        assert moved.json()["sequence"] == 1
        calendar = await program("GET", f"{where}/calendar.ics")
        assert calendar.headers["content-type"].startswith("text/calendar")
        assert "SEQUENCE:1" in calendar.text
        assert (await program("DELETE", where)).status_code == 204
        again = await program("DELETE", where)
        assert (again.status_code, code(again)) == (409, "appointment_settled")

    async def test_page_by_page(self, program: Program) -> None:
        [first, _] = await slots()
        made = await booked(program.actor, first.id)
        await appointments.cancel(program.actor, made.reference, NOW)
        again = await booked(program.actor, first.id)
        page = (await program("GET", "/appointments", params={"limit": 1})).json()
        assert [one["reference"] for one in page["items"]] == [again.reference]
        rest = await program(
            "GET", "/appointments", params={"limit": 1, "cursor": page["next_cursor"]}
        )
        assert [one["reference"] for one in rest.json()["items"]] == [made.reference]
        for cursor in ("x", "WyJ4Il0"):
            answer = await program("GET", "/appointments", params={"cursor": cursor})
            assert answer.status_code == 422

    async def test_nobody_elses(self, program: Program) -> None:
        made = await booked(await named(), (await slots())[0].id)
        for method, path in (("GET", ""), ("DELETE", ""), ("GET", "/calendar.ics")):
            answer = await program(method, f"/appointments/{made.reference}{path}")
            assert (answer.status_code, code(answer)) == (404, "appointment_unknown")
        answer = await program(
            "POST",
            f"/appointments/{made.reference}/reschedule",
            json={"slot_id": str(made.slot_id)},
        )
        assert answer.status_code == 404
