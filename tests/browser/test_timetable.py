"""Closing tomorrow's afternoon with twelve people booked: at the desk and on a phone."""

import re
from datetime import timedelta

import pytest
from playwright.async_api import Page, ViewportSize, expect

from services import appointments, catalog, identity
from services.appointments import Appointment, Close
from services.identity import Role
from services.kernel import database
from services.kernel.actor import RoleAt
from services.kernel.clock import SystemClock, local_date, to_local
from tests.bookings import ITEM, OFFICE, booked, open_hall
from tests.browser.conftest import DESK, PHONE, OpenPage
from tests.browser.test_booking import sign_in as citizen_signs_in
from tests.browser.test_sign_in import accessible
from tests.closures import NOTE, administrator, applied
from tests.faults.conftest import until
from tests.harness.mailbox import Mailbox
from tests.parties import family
from tests.people import PASSWORD, citizen_actor, enrolled_staff, named_person, new_phone, totp

PEOPLE = 12


async def sign_in(page: Page) -> None:
    now = SystemClock().now()
    account = await enrolled_staff(now - timedelta(minutes=2), RoleAt(Role.SUPERVISOR, OFFICE))
    await page.goto("/staff/sign-in?next=/admin/calendar")
    await page.get_by_label("用户名").fill(account.username)
    await page.get_by_label("密码").fill(PASSWORD)
    await page.get_by_role("button", name="继续").click()
    await page.get_by_label("动态码").fill(totp(account.secret, SystemClock().now()))
    await page.get_by_role("button", name="继续").first.click()


async def an_afternoon_booked_by(phones: list[str]) -> list[Appointment]:
    """The next working day's afternoon with as many people."""
    now = SystemClock().now()
    await catalog.sync(now)
    await open_hall(now, seats=PEOPLE)
    [next_day] = await catalog.working_days_ahead(local_date(now), 1)
    [two, _] = await appointments.availability(OFFICE, ITEM, next_day, next_day, now)
    return [
        await booked(citizen_actor(await named_person(now, phone=phone)), two.id, now=now)
        for phone in phones
    ]


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
async def test_everybody_gets_another_time_and_a_message(
    open_page: OpenPage, live_server: str, mailbox: Mailbox, size: ViewportSize
) -> None:
    del live_server
    phones = [new_phone() for _ in range(PEOPLE)]
    made = await an_afternoon_booked_by(phones)
    day = local_date(made[0].starts_at)
    page = await open_page(size)
    await sign_in(page)
    await expect(page.get_by_role("heading", name="日历")).to_be_visible()
    await page.goto(f"/admin/calendar/{OFFICE}?month={day:%Y-%m}")
    await accessible(page)
    await page.locator(f'a[href$="/{day}"]').click()
    await expect(page.get_by_text("12/12")).to_be_visible()

    close = page.locator("#close-section")
    await page.locator("#close-starts").fill("13:00")
    await close.get_by_label("原因（中文）").fill("停电检修")
    await close.get_by_label("原因（英文）").fill("Power cut")
    await close.get_by_role("button", name="预览停办").click()
    await expect(page.get_by_text("有 12 个预约将失去号源")).to_be_visible()
    await accessible(page)
    await page.get_by_role("button", name="确认执行").click()

    await expect(page.get_by_text("正在处理受影响的预约")).to_be_visible()
    await expect(page.get_by_text("全部处理完毕")).to_be_visible(timeout=30_000)
    await expect(page.get_by_text("已改期")).to_have_count(PEOPLE)
    await accessible(page)

    found = [await appointments.appointment(one.id) for one in made]
    assert all(local_date(one.starts_at) > day for one in found)
    assert {to_local(one.starts_at).hour for one in found} == {14}
    seats = await database.fetchval("SELECT count(DISTINCT seat_id) FROM appointment")
    assert seats == PEOPLE

    def told() -> bool:
        return all(
            len([text for text in mailbox.texts(to=phone) if "大厅停办" in text]) == 1
            for phone in phones
        )

    await until(told, "everybody has one message about it")
    await page.goto(f"/admin/calendar/{OFFICE}/{day}")
    await expect(page.get_by_text(re.compile("停电检修")).first).to_be_visible()


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
async def test_a_family_without_room_at_its_hall_chooses_another_hall(
    open_page: OpenPage, live_server: str, mailbox: Mailbox, size: ViewportSize
) -> None:
    del live_server
    now = SystemClock().now()
    await catalog.sync(now)
    for office_code in (OFFICE, "donge", "shenxian"):
        await open_hall(now, office_code=office_code)
    page = await open_page(size)
    await page.goto("/sign-in?next=/my")
    people = await family(await citizen_signs_in(page), companions=1, now=now)
    phone = (await identity.contact(people.organiser.person_id())).phone
    made = await people.books((await appointments.next_free(ITEM, now))[OFFICE].id, now=now)
    first = local_date(now)
    change = Close(
        office_code=OFFICE, first_day=first, last_day=first + timedelta(days=90), note=NOTE
    )
    await applied(await administrator(now), change, now)

    def told() -> list[str]:
        return [text for text in mailbox.texts(to=phone) if "其他大厅" in text]

    await until(told, "they are told that there are other halls")
    link = re.search(r"https?://\S+", told()[0])
    assert link is not None
    await page.goto(link[0])
    await page.get_by_role("link", name="另选时间").click()
    await expect(page.get_by_text("您正在为 2 人一起选择时间")).to_be_visible()
    await expect(page.get_by_text("本大厅暂无空闲时间")).to_be_visible()
    await accessible(page)
    await page.get_by_role("link", name="东阿县").click()
    await expect(page.get_by_text("这是另一家大厅")).to_be_visible()
    await accessible(page)
    await page.get_by_role("radio").first.check()
    await page.get_by_role("button", name="就选这个时间").click()
    await expect(page.get_by_text("全部人员已改为新时间")).to_be_visible()
    found = [await appointments.appointment(one.id) for one in made]
    assert [(one.office_code, one.reference) for one in found] == [
        ("donge", one.reference) for one in made
    ]
    assert len({one.slot_id for one in found}) == 1
