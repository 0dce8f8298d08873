"""Days, longer holds and the waiting list, for programs."""

from datetime import timedelta

import httpx
import pytest

from services import appointments
from services.kernel.unit_of_work import unit_of_work
from tests.bookings import ITEM, NOW, OFFICE, TOMORROW, booked, named, open_hall, slots
from tests.web.test_booking_api import Program, code, program_of

pytestmark = pytest.mark.usefixtures("catalogue", "redis")

WISH = {
    "item": ITEM,
    "offices": [OFFICE],
    "first_day": str(TOMORROW),
    "last_day": str(TOMORROW),
}


@pytest.fixture
async def program(client: httpx.AsyncClient) -> Program:
    await open_hall(seats=1)
    return await program_of(client, await named())


async def test_days_of_one_office_and_of_all(program: Program) -> None:
    await booked(await named(), (await slots())[0].id)
    await open_hall(office_code="chiping")
    span = {"item": ITEM, "from": str(TOMORROW), "to": str(TOMORROW)}
    everywhere = (await program("GET", "/days", params=span)).json()
    assert [(one["office"], one["left"], one["capacity"]) for one in everywhere] == [
        ("chiping", 4, 4),
        (OFFICE, 1, 2),
    ]
    [here] = (await program("GET", "/days", params=span | {"office": OFFICE})).json()
    assert here == {
        "day": "2025-07-08",
        "office": OFFICE,
        "state": "little",
        "capacity": 2,
        "left": 1,
        "released_at": here["released_at"],
    }
    later = (await program("GET", "/days", params={"item": ITEM, "office": OFFICE})).json()
    assert later[-1]["state"] == "later"
    for wrong in ({"from": "2025-07-08", "to": "2025-07-07"}, {"to": "2025-12-01"}):
        answer = await program("GET", "/days", params={"item": ITEM} | wrong)
        assert (answer.status_code, code(answer)) == (422, "invalid_input")
    unknown = await program("GET", "/days", params={"item": ITEM, "office": "nowhere"})
    assert code(unknown) == "office_unknown"


async def test_a_hold_is_extended_once(program: Program) -> None:
    slot_id = str((await slots())[0].id)
    hold = (await program("POST", "/holds", json={"slot_id": slot_id, "item": ITEM})).json()
    assert hold["extensions_left"] == 1
    longer = await program("POST", f"/holds/{hold['id']}/extend")
    assert (longer.status_code, longer.json()["extensions_left"]) == (200, 0)
    again = await program("POST", f"/holds/{hold['id']}/extend")
    assert (again.status_code, code(again)) == (409, "hold_long_enough")


async def test_join_be_offered_take(program: Program) -> None:
    room = await program("POST", "/waitlist", json=WISH)
    assert (room.status_code, code(room)) == (409, "room_now")
    holder = await named()
    made = [
        await booked(one, slot.id)
        for one, slot in zip((holder, await named()), await slots(), strict=True)
    ]
    joined = await program("POST", "/waitlist", json=WISH)
    assert joined.status_code == 201, joined.text
    assert (joined.json()["status"], joined.json()["ahead"]) == ("waiting", 0)
    twice = await program("POST", "/waitlist", json=WISH)
    assert code(twice) == "waiting_already"
    early = await program("POST", f"/waitlist/{joined.json()['id']}/take")
    assert code(early) == "still_waiting"

    await appointments.cancel(holder, made[0].reference, NOW)
    async with unit_of_work() as uow:
        await uow.execute("UPDATE seat SET returns_at = $1 WHERE returns_at IS NOT NULL", NOW)
    await appointments.offer_seats(NOW)
    [entry] = (await program("GET", "/waitlist")).json()
    assert entry["offer"]["until"] == (NOW + timedelta(hours=8, minutes=30)).strftime(
        "%Y-%m-%dT%H:%M:%S+08:00"
    )
    taken = await program("POST", f"/waitlist/{entry['id']}/take")
    assert taken.status_code == 201, taken.text
    assert taken.json()["slot_id"] == entry["offer"]["slot_id"]
    gone = await program("DELETE", f"/waitlist/{entry['id']}")
    assert (gone.status_code, code(gone)) == (409, "waitlist_settled")


async def test_nobody_elses_and_leaving(program: Program, client: httpx.AsyncClient) -> None:
    for slot in await slots():
        await booked(await named(), slot.id)
    entry = (await program("POST", "/waitlist", json=WISH)).json()
    stranger = await program_of(client, await named())
    assert (await stranger("DELETE", f"/waitlist/{entry['id']}")).status_code == 404
    assert (await program("DELETE", f"/waitlist/{entry['id']}")).status_code == 204
    assert (await program("GET", "/waitlist")).json()[0]["status"] == "left"
