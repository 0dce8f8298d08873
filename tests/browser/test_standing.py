"""Missed twice, booking is paused; an appeal is granted, and one books again: in real browsers."""

import re
from datetime import timedelta
from uuid import UUID

import pytest
from playwright.async_api import Page, expect

from services import appointments, identity
from services.appointments import Book
from services.identity import RealName
from services.kernel import database
from services.kernel.actor import SYSTEM, Actor, RoleAt
from services.kernel.clock import SystemClock, local_date
from services.kernel.translations import Language, translate
from tests.bookings import ITEM, OFFICE, OTHER_ITEM, open_hall
from tests.harness.axe import violations
from tests.people import PASSWORD, citizen_actor, enrolled_staff, new_phone, new_resident_id, totp
from tests.web.visitor import newest_code

WORDS = "那天我在医院照顾母亲，有住院证明。"
REASON = "已核实住院证明，予以恢复。"


@pytest.fixture(autouse=True)
async def hall(committed_database: None) -> None:
    """A hall with two seats an hour, its days ahead released."""
    del committed_database
    await open_hall(SystemClock().now(), seats=2)


def zh(message: str) -> str:
    return translate(message, Language.CHINESE)


async def free_slots() -> list[appointments.SlotView]:
    """One free slot a day, of the days that can be booked."""
    now = SystemClock().now()
    today = local_date(now)
    found = await appointments.availability(OFFICE, ITEM, today, today + timedelta(days=20), now)
    open_now = [one for one in found if one.left and one.released_at <= now]
    return list({local_date(one.starts_at): one for one in open_now}.values())


async def misses(citizen: Actor, item_code: str, slot_id: UUID) -> None:
    now = SystemClock().now()
    made = await appointments.book(citizen, Book(item_code=item_code, slot_id=slot_id), now)
    await appointments.mark_no_show(SYSTEM, made.id, now)


async def sign_in(page: Page) -> Actor:
    """A citizen with a real name, signed in; the page shows where they stand."""
    phone = new_phone()
    await page.goto("/sign-in?next=/my/standing")
    await page.get_by_label("手机号").fill(phone)
    await page.get_by_role("button", name="获取验证码").click()
    await expect(page).to_have_url(re.compile("/sign-in/code"))
    await page.get_by_label("验证码", exact=True).fill(await newest_code())
    await page.get_by_role("button", name="登录").click()
    await expect(page).to_have_url(re.compile("/my/standing"))
    person_id = await database.fetchval("SELECT id FROM person ORDER BY id DESC LIMIT 1")
    actor = citizen_actor(person_id)
    name = RealName(name="王小明", id_type="resident_id", id_number=new_resident_id())
    await identity.register_real_name(actor, name, SystemClock().now())
    return actor


async def sign_in_as_supervisor(page: Page) -> None:
    now = SystemClock().now()
    account = await enrolled_staff(now - timedelta(minutes=2), RoleAt("supervisor", OFFICE))
    await page.goto("/staff/sign-in?next=/staff/appeals")
    await page.get_by_label("用户名").fill(account.username)
    await page.get_by_label("密码").fill(PASSWORD)
    await page.get_by_role("button", name="继续").click()
    await page.get_by_label("动态码").fill(totp(account.secret, SystemClock().now()))
    await page.get_by_label("动态码").press("Enter")
    await expect(page).not_to_have_url(re.compile("/sign-in"))
    await page.goto("/staff/appeals")


async def keep(page: Page, slot: appointments.SlotView) -> None:
    """Choose a time on the hall's page."""
    await page.goto(f"/book?item={ITEM}&office={OFFICE}&day={local_date(slot.starts_at)}")
    await page.locator(f"#slot-{slot.id}").check()
    await page.get_by_role("button", name="选定这个时间").click()


async def test_missed_twice_paused_appealed_granted_and_booked_again(
    phone: Page, desk: Page
) -> None:
    citizen = await sign_in(phone)
    await expect(phone.get_by_text(zh("Nothing counts against you"))).to_be_visible()
    first, second, third = (await free_slots())[:3]
    await misses(citizen, ITEM, first.id)
    await misses(citizen, OTHER_ITEM, second.id)

    await phone.reload()
    await expect(phone.get_by_role("heading", name=zh("Booking is paused"))).to_be_visible()
    await keep(phone, third)
    await phone.get_by_role("link", name=zh("See why, and how to appeal")).click()
    await phone.get_by_label(zh("Why the pause is not right")).fill(WORDS)
    assert await violations(phone) == []
    await phone.get_by_role("button", name=zh("Send the appeal")).click()
    await expect(phone.get_by_text(zh("Waits for an answer"))).to_be_visible()

    await sign_in_as_supervisor(desk)
    await desk.locator("a[href^='/staff/appeals/']").first.click()
    await expect(desk.get_by_text(WORDS)).to_be_visible()
    assert await violations(desk) == []
    await desk.get_by_label(zh("Grant"), exact=False).first.check()
    await desk.get_by_label(zh("Reason"), exact=True).fill(REASON)
    await desk.get_by_role("button", name=zh("Send the answer")).click()
    await expect(desk.get_by_text(zh("No appeal waits"))).to_be_visible()

    await phone.goto("/my/standing")
    await expect(phone.get_by_text(REASON)).to_be_visible()
    await expect(phone.get_by_text(zh("Nothing counts against you"))).to_be_visible()
    await keep(phone, third)
    await phone.get_by_role("button", name="确认预约").click()
    await expect(phone.get_by_text("预约成功")).to_be_visible()
    status = "SELECT status FROM appointment WHERE person_id = $1 AND slot_id = $2"
    assert await database.fetchval(status, citizen.id, third.id) == "booked"
