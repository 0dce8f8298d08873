"""The first seconds after a release, over HTTP: one waits here, and once."""

import time
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import httpx
import pytest

from services import appointments, identity
from services.appointments import NotReleased, NotYourTurn
from services.appointments.rules import Rule
from services.kernel import database
from services.kernel.actor import Actor
from services.kernel.clock import FixedClock
from tests.bookings import ITEM, NOW, OFFICE, booked, held, keep_rule, named, open_hall, slots
from tests.people import citizen_actor
from tests.web.test_booking_pages import Member
from tests.web.test_visit_pages import add_person
from tests.web.visitor import Visitor

pytestmark = pytest.mark.usefixtures("catalogue", "redis")

SECONDS = 1


async def released_now() -> tuple[str, datetime]:
    """A time that has this very moment been released, and that moment."""
    await keep_rule(Rule(fair_start_seconds=SECONDS))
    await open_hall()
    slot = (await slots())[0]
    return str(slot.id), slot.released_at


async def turn_of(actor: Actor, released_at: datetime) -> datetime:
    slot = (await slots())[0]
    with pytest.raises(NotYourTurn) as refused:
        await booked(actor, slot.id, now=released_at)
    return refused.value.turn


async def test_the_operation_itself_refuses_who_comes_too_early() -> None:
    _, released_at = await released_now()
    slot, citizen = (await slots())[0], await named()
    moment = timedelta(milliseconds=1)
    with pytest.raises(NotReleased) as refused:
        await booked(citizen, slot.id, now=released_at - moment)
    assert refused.value.code == "not_released"
    turn = await turn_of(citizen, released_at)
    for deed in (held, booked):
        with pytest.raises(NotYourTurn):
            await deed(citizen, slot.id, now=turn - moment)
    assert await booked(citizen, slot.id, now=turn)


async def test_the_interface_waits_for_the_turn_and_books(
    client: httpx.AsyncClient, clock: FixedClock
) -> None:
    slot_id, released_at = await released_now()
    citizen = await named()
    turn = await turn_of(citizen, released_at)
    token = (await identity.create_token(citizen, "test", NOW)).token
    clock.moment = released_at
    began = time.monotonic()
    answer = await client.post(
        "/api/v1/appointments",
        json={"item": ITEM, "slot_id": slot_id},
        headers={"Authorization": f"Bearer {token}", "Idempotency-Key": "at-eight"},
    )
    waited = time.monotonic() - began
    assert answer.status_code == 201, answer.text
    assert waited >= (turn - released_at).total_seconds()
    [made] = await appointments.mine(citizen)
    assert made.booked_at == turn


async def test_a_familys_page_waits_for_the_last_of_their_turns(
    client: httpx.AsyncClient, clock: FixedClock
) -> None:
    slot_id, released_at = await released_now()
    member = await Member.made_of(Visitor(client, clock))
    await add_person(member)
    [child] = await identity.companions(member.actor)
    turns = [
        await turn_of(one, released_at) for one in (member.actor, citizen_actor(child.person_id))
    ]
    chosen = {"item": ITEM, "office": OFFICE, "person": str(child.person_id)}
    await member.get(f"/book/visit?{urlencode(chosen)}")
    clock.moment = released_at
    answer = await member.post("/book/visit/hold", **chosen, slot_id=slot_id)
    assert answer.status_code == 303, answer.text
    kept = await database.fetch("SELECT created_at FROM hold")
    assert [row["created_at"] for row in kept] == [max(turns)] * 2


async def test_the_time_is_told(client: httpx.AsyncClient, clock: FixedClock) -> None:
    answer = await client.get("/clock")
    assert datetime.fromisoformat(answer.json()["now"]).astimezone(UTC) == clock.now()
