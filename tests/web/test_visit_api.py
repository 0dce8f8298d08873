"""Visits of several people and items for programs: where they fit, booking them, and wishes."""

from typing import Any
from uuid import UUID

import httpx
import pytest

from services import appointments, identity
from services.identity import RealName
from services.kernel import database
from tests.bookings import (
    ITEM,
    NOW,
    OFFICE,
    OTHER_ITEM,
    TOMORROW,
    VEHICLE_ITEM,
    named,
    open_hall,
    slots,
)
from tests.people import new_resident_id
from tests.web.test_booking_api import Program, code, program_of

pytestmark = pytest.mark.usefixtures("catalogue", "redis")


@pytest.fixture
async def program(client: httpx.AsyncClient) -> Program:
    """A program of somebody with a real name, and a hall with two seats in each of two hours."""
    await open_hall()
    return await program_of(client, await named())


async def add_child(program: Program) -> UUID:
    details = RealName(name="张小宝", id_type="resident_id", id_number=new_resident_id())
    return await identity.add_companion(program.actor, details, NOW)


async def left(program: Program, **narrowing: Any) -> list[int]:
    """How many places each of the day's times says that it has."""
    day = TOMORROW.isoformat()
    asked = {"office": OFFICE, "item": ITEM, "from": day, "to": day}
    answer = await program.client.get("/api/v1/slots", params=asked | narrowing)
    assert answer.status_code == 200, answer.text
    return [slot["left"] for slot in answer.json()]


class TestWhereItFits:
    async def test_as_many_as_come(self, program: Program) -> None:
        assert await left(program) == [2, 2]
        assert await left(program, people=2) == [2, 2]
        # Three take the two hours; in the second alone there is room for two.
        assert await left(program, people=3) == [2, 0]
        assert await left(program, people=5) == [0, 0]

    async def test_for_all_the_items(self, program: Program) -> None:
        assert await left(program, items=[OTHER_ITEM, ITEM]) == [2, 2]
        assert await left(program, items=[VEHICLE_ITEM]) == [0, 0]

    @pytest.mark.parametrize(
        ("narrowing", "refusal"),
        [
            ({"people": 0}, (422, "invalid_input")),
            ({"people": 7}, (422, "invalid_input")),
            ({"items": ["a", "b", "c", "d", "e"]}, (422, "invalid_input")),
            ({"items": ["nothing"]}, (404, "item_unknown")),
        ],
    )
    async def test_what_cannot_be(
        self, program: Program, narrowing: dict[str, Any], refusal: tuple[int, str]
    ) -> None:
        asked = {"office": OFFICE, "item": ITEM} | narrowing
        answer = await program.client.get("/api/v1/slots", params=asked)
        assert (answer.status_code, code(answer)) == refusal


class TestBooking:
    async def test_a_family_for_two_items_with_wishes(self, program: Program) -> None:
        [first, _] = await slots()
        child = await add_child(program)
        listed = (await program("GET", "/me/companions")).json()
        assert [(one["id"], one["name"]) for one in listed] == [(str(child), "张小宝")]
        answer = await program(
            "POST",
            "/appointments",
            json={
                "item": ITEM,
                "slot_id": str(first.id),
                "further_items": [OTHER_ITEM],
                "people": [str(child)],
                "wishes": {"needs": ["interpreter", "wheelchair"], "language": "ko"},
            },
        )
        assert answer.status_code == 201, answer.text
        made = answer.json()
        assert made["further_items"] == [OTHER_ITEM]
        both = (await program("GET", "/appointments")).json()["items"]
        assert {one["party_id"] for one in both} == {made["party_id"]}
        assert {one.person_id for one in await appointments.coming(program.actor, NOW)} == {
            program.actor.id,
            child,
        }
        assert await database.fetchval("SELECT bool_and(wishes IS NOT NULL) FROM appointment")

    async def test_who_comes_alone_hears_nothing_of_it(self, program: Program) -> None:
        [first, _] = await slots()
        plain: dict[str, object] = {
            "item": ITEM,
            "slot_id": str(first.id),
            "people": [],
            "wishes": None,
        }
        answer = await program("POST", "/appointments", json=plain)
        assert answer.status_code == 201
        assert not {"party_id", "further_items"} & set(answer.json())

    @pytest.mark.parametrize(
        ("more", "refusal"),
        [
            ({"further_items": [ITEM]}, (409, "too_many_items")),
            ({"further_items": [VEHICLE_ITEM]}, (409, "items_of_other_lines")),
            ({"further_items": ["a", "b", "c", "d", "e"]}, (422, "invalid_input")),
            ({"people": ["0197e2c4-7d3a-7c55-9d0e-3f6a1b2c4d5e"]}, (404, "companion_unknown")),
            ({"wishes": {"needs": ["interpreter"]}}, (422, "invalid_input")),
            ({"wishes": {"needs": ["a red carpet"]}}, (422, "invalid_input")),
        ],
    )
    async def test_what_cannot_be(
        self, program: Program, more: dict[str, object], refusal: tuple[int, str]
    ) -> None:
        [first, _] = await slots()
        asked = {"item": ITEM, "slot_id": str(first.id)} | more
        answer = await program("POST", "/appointments", json=asked)
        assert (answer.status_code, code(answer)) == refusal

    async def test_all_or_nobody(self, program: Program) -> None:
        [_, second] = await slots()
        people = [str(await add_child(program)) for _ in range(2)]
        asked = {"item": ITEM, "slot_id": str(second.id), "people": people}
        answer = await program("POST", "/appointments", json=asked)
        assert (answer.status_code, code(answer)) == (409, "visit_does_not_fit")
        assert await database.fetchval("SELECT count(*) FROM appointment") == 0


class TestHolding:
    async def test_a_familys_places_are_held_and_booked_with_the_hold(
        self, program: Program
    ) -> None:
        [first, _] = await slots()
        child = await add_child(program)
        asked: dict[str, object] = {
            "item": ITEM,
            "further_items": [OTHER_ITEM],
            "people": [str(child)],
        }
        answer = await program("POST", "/holds", json=asked | {"slot_id": str(first.id)})
        assert answer.status_code == 201, answer.text
        held = answer.json()
        assert (held["people"], held["slot_id"]) == (2, str(first.id))
        assert await left(program) == [0, 2]
        alone: dict[str, object] = {"item": ITEM, "hold_id": held["id"]}
        refused = await program("POST", "/appointments", json=alone)
        assert (refused.status_code, code(refused)) == (409, "held_for_others")
        longer = await program("POST", f"/holds/{held['id']}/extend")
        assert longer.json()["extensions_left"] == 0
        made = await program("POST", "/appointments", json=asked | {"hold_id": held["id"]})
        assert made.status_code == 201, made.text
        assert await left(program) == [0, 2]

    async def test_a_parent_who_does_not_come(self, program: Program) -> None:
        [first, _] = await slots()
        child = await add_child(program)
        asked = {"item": ITEM, "slot_id": str(first.id), "people": [str(child)], "myself": False}
        answer = await program("POST", "/appointments", json=asked)
        assert answer.status_code == 201, answer.text
        [one] = await appointments.coming(program.actor, NOW)
        assert (one.person_id, one.reference) == (child, answer.json()["reference"])
        assert await left(program) == [1, 2]


class TestMoving:
    async def test_everybody_or_nobody(self, program: Program) -> None:
        [first, second] = await slots()
        people = [str(await add_child(program))]
        asked = {"item": ITEM, "slot_id": str(first.id), "people": people}
        made = (await program("POST", "/appointments", json=asked)).json()
        where = f"/parties/{made['party_id']}/reschedule"
        answer = await program("POST", where, json={"slot_id": str(second.id)})
        assert answer.status_code == 200, answer.text
        moved = answer.json()
        assert moved["id"] == made["party_id"]
        assert {one["slot_id"] for one in moved["appointments"]} == {str(second.id)}
        assert {one["sequence"] for one in moved["appointments"]} == {1}
        again = await program("POST", where, json={"slot_id": str(second.id)})
        assert (again.status_code, code(again)) == (409, "same_slot")
        stranger = await program_of(program.client, await named())
        theirs = await stranger("POST", where, json={"slot_id": str(first.id)})
        assert (theirs.status_code, code(theirs)) == (404, "group_unknown")
