"""The month, the waiting list and a longer hold, as a person meets them."""

import re
from datetime import timedelta

import httpx
import pytest

from services import appointments
from services.appointments import WaitlistStatus
from services.kernel import database
from services.kernel.clock import FixedClock
from services.kernel.unit_of_work import unit_of_work
from tests.bookings import ITEM, NOW, OFFICE, TOMORROW, booked, held, named, open_hall, slots
from tests.web.test_booking_pages import Member
from tests.web.visitor import Visitor

pytestmark = pytest.mark.usefixtures("catalogue", "redis")

JOIN = {"item": ITEM, "office": OFFICE, "first_day": str(TOMORROW), "last_day": str(TOMORROW)}


@pytest.fixture
async def citizen(client: httpx.AsyncClient, clock: FixedClock) -> Member:
    """Somebody with a real name, before a hall with one seat an hour."""
    await open_hall(seats=1)
    return await Member.made_of(Visitor(client, clock))


async def fill_tomorrow() -> None:
    for slot in await slots():
        await booked(await named(), slot.id)


async def test_a_month_says_in_words_and_numbers_what_each_day_has(citizen: Member) -> None:
    await fill_tomorrow()
    page = (await citizen.get("/book", item=ITEM)).text
    cells = re.findall(
        r'class="month-cell month-(\w+)" href="([^"]+)"[^>]*><span[^>]*>([^<]+)<', page
    )
    by_day = {href.partition("day=")[2]: (state, said) for state, href, said in cells}
    assert by_day["2025-07-08"] == ("full", "7月8日 周二：约满")
    assert by_day["2025-07-09"] == ("little", "7月9日 周三：余 2")
    assert by_day["2025-07-15"][0] == "later"
    assert "全市最早可约" in page
    one_hall = (await citizen.get("/book", item=ITEM, office=OFFICE)).text
    assert f"item={ITEM}&amp;office={OFFICE}&amp;day=2025-07-09" in one_hall


async def test_a_day_over_all_halls_lists_those_that_have_times(citizen: Member) -> None:
    await open_hall(office_code="chiping")
    page = (await citizen.get("/book", item=ITEM, day=str(TOMORROW))).text
    halls = page[page.index('id="halls"') :]
    assert halls.count('class="row-title"') == 2
    assert f"office={OFFICE}&amp;day={TOMORROW}" in halls
    assert 'data-place="36.4345, 115.9886"' in halls
    august = (await citizen.get("/book", item=ITEM, month="2025-08")).text
    assert "2025年8月" in august


@pytest.mark.parametrize(
    "query",
    [
        {"item": ITEM, "month": "2025-13"},
        {"item": ITEM, "month": "9999-12"},
        {"item": ITEM, "day": "x"},
        {"item": ITEM, "order": "zz"},
        {"item": ITEM, "office": OFFICE, "slot_id": "xyz"},
        {"line": "zz"},
    ],
)
async def test_what_an_address_asks_for_in_vain_is_said(
    citizen: Member, query: dict[str, str]
) -> None:
    good = {name: query[name] for name in ("item", "office") if name in query}
    assert 'class="alert alert-warning"' not in (await citizen.get("/book", **good)).text
    page = await citizen.get("/book", **query)
    assert page.status_code == 200
    assert 'class="alert alert-warning"' in page.text


async def test_days_of_another_month_say_which(citizen: Member, clock: FixedClock) -> None:
    clock.moment += timedelta(days=22)
    await appointments.generate_slots(clock.moment)
    page = (await citizen.get("/book", item=ITEM)).text
    labels = re.findall(r'class="month-day[^>]*>([^<]+)<', page)
    assert labels[labels.index("31") + 1] == "8/1"


async def test_from_a_full_day_to_the_list_to_the_appointment(
    citizen: Member, clock: FixedClock
) -> None:
    holder = await named()
    first, second = await slots()
    made = await booked(holder, first.id)
    await booked(await named(), second.id)
    day = await citizen.get("/book", item=ITEM, office=OFFICE, day=str(TOMORROW))
    assert "有号时通知我" in day.text
    form = await citizen.get("/book/wait", item=ITEM, office=OFFICE, day=str(TOMORROW))
    assert f'value="{OFFICE}" checked' in form.text
    answer = await citizen.post("/book/wait", **JOIN)
    assert answer.headers["location"] == "/my/waitlist"
    mine = await citizen.get("/my/waitlist")
    assert "没有人：下一个号就是您的" in mine.text

    await appointments.cancel(holder, made.reference, NOW)
    async with unit_of_work() as uow:
        await uow.execute("UPDATE seat SET returns_at = $1 WHERE returns_at IS NOT NULL", NOW)
    await appointments.offer_seats(NOW)
    [entry] = await appointments.my_waitlist(citizen.actor)
    page = await citizen.get("/w")
    assert "确认预约这个时间" in page.text
    answer = await citizen.post(f"/my/waitlist/{entry.id}/take")
    [appointment] = await appointments.mine(citizen.actor)
    assert answer.headers["location"] == f"/my/appointments/{appointment.reference}"
    again = await citizen.post(f"/my/waitlist/{entry.id}/take")
    assert again.headers["location"] == "/my/waitlist"
    assert "全部候补" in (await citizen.get(f"/my/waitlist/{entry.id}")).text


async def test_refusals_keep_the_choices_and_leaving_twice_is_kind(citizen: Member) -> None:
    await citizen.get("/book/wait", item=ITEM)
    room = await citizen.post("/book/wait", **JOIN)
    assert room.status_code == 409
    assert "这些日期还有号" in room.text
    assert f'value="{TOMORROW}"' in room.text
    await fill_tomorrow()
    wrong = await citizen.post("/book/wait", **(JOIN | {"last_day": "soon"}))
    assert wrong.status_code == 422
    nowhere = await citizen.post("/book/wait", **(JOIN | {"office": ""}))
    assert nowhere.status_code == 422
    assert "请至少选择一个" in nowhere.text
    await citizen.post("/book/wait", **JOIN)
    twice = await citizen.post("/book/wait", **JOIN)
    assert twice.headers["location"] == "/my/waitlist"
    [entry] = await appointments.my_waitlist(citizen.actor)
    for _ in range(2):
        left = await citizen.post(f"/my/waitlist/{entry.id}/leave")
        assert left.headers["location"] == "/my/waitlist"
    [entry] = await appointments.my_waitlist(citizen.actor)
    assert entry.status is WaitlistStatus.LEFT


async def test_nobody_elses_entry(citizen: Member) -> None:
    await fill_tomorrow()
    other = await named()
    command = appointments.JoinWaitlist(
        item_code=ITEM, office_codes=(OFFICE,), first_day=TOMORROW, last_day=TOMORROW
    )
    entry = await appointments.join_waitlist(other, command, NOW)
    await citizen.get("/my/waitlist")
    for path in ("take", "leave"):
        assert (await citizen.post(f"/my/waitlist/{entry.id}/{path}")).status_code == 404
    assert (await citizen.get(f"/my/waitlist/{entry.id}")).status_code == 404


async def test_a_held_place_is_kept_longer_once_also_from_two_tabs(citizen: Member) -> None:
    kept = await held(citizen.actor, (await slots())[0].id)
    address = f"/book/confirm/{kept.id}"
    page = await citizen.get(address)
    assert f'action="{address}/extend"' in page.text
    for _ in range(2):
        answer = await citizen.post(f"{address}/extend")
        assert answer.headers["location"] == address
    page = await citizen.get(address)
    assert f'action="{address}/extend"' not in page.text
    until = await database.fetchval("SELECT expires_at FROM hold WHERE id = $1", kept.id)
    assert until == kept.expires_at + timedelta(minutes=10)


async def test_reminders_can_be_turned_off_and_on(citizen: Member) -> None:
    page = await citizen.get("/my/notices")
    assert "关闭提醒" in page.text
    await citizen.post("/my/notices/reminders", wanted="no")
    page = await citizen.get("/my/notices")
    assert "开启提醒" in page.text
    await citizen.post("/my/notices/reminders", wanted="yes")
    assert "关闭提醒" in (await citizen.get("/my/notices")).text
