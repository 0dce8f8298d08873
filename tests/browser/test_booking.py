"""Booking with a real browser: on a phone, with and without scripts, in both languages."""

import re
from datetime import timedelta

import pytest
from playwright.async_api import Browser, Page, expect

from services import appointments, identity
from services.kernel import database
from services.kernel.actor import Actor
from services.kernel.clock import SystemClock, local_date
from services.kernel.ids import show_reference
from services.kernel.unit_of_work import unit_of_work
from tests.bookings import ITEM, OFFICE, booked, named, open_hall
from tests.browser.conftest import PHONE
from tests.people import citizen_actor, new_phone, new_resident_id
from tests.web.visitor import newest_code

DRESSES = ("lang=zh_CN&theme=light&text=normal", "lang=en&theme=dark&text=large")
TIMES = f"/book?item={ITEM}&office={OFFICE}"


@pytest.fixture(autouse=True)
async def _hall(committed_database: None) -> None:
    """One seat a slot, on the real calendar: the tests do not know which day it is."""
    del committed_database
    now = SystemClock().now()
    await open_hall(now, seats=1)


async def free_slot(number: int = 0) -> appointments.SlotView:
    """A slot on a later day that can be booked now."""
    now = SystemClock().now()
    tomorrow = local_date(now) + timedelta(days=1)
    last = tomorrow + timedelta(days=20)
    found = await appointments.availability(OFFICE, ITEM, tomorrow, last, now)
    return [slot for slot in found if slot.left and slot.released_at <= now][number]


async def sign_in(page: Page) -> Actor:
    """Sign in where the page asks for it, and give a name where it asks for that; who that is.

    A time that was picked is kept meanwhile, and what was typed stays while one asks for more time.
    """
    await page.get_by_label("手机号").fill(new_phone())
    await page.get_by_role("button", name="获取验证码").click()
    await expect(page).to_have_url(re.compile("/sign-in/code"))
    await page.get_by_label("验证码", exact=True).fill(await newest_code())
    await page.get_by_role("button", name="登录").click()
    await expect(page).not_to_have_url(re.compile("/sign-in"))
    person_id = await database.fetchval("SELECT id FROM person ORDER BY id DESC LIMIT 1")
    actor = citizen_actor(person_id)
    if "/my/profile" in page.url:
        await page.get_by_label("姓名", exact=True).fill("王小明")
        if "confirm" in page.url:
            held = "SELECT count(*) FROM hold WHERE person_id = $1 AND status = 'active'"
            assert await database.fetchval(held, person_id) == 1
            await expect(page.locator(".hold-clock")).to_be_visible()
            await expect(page.locator("[aria-current=step]")).to_contain_text("确认")
            await page.get_by_label("电子邮箱").fill("wang@example.com")
            await page.get_by_role("button", name="我需要更多时间").click()
            await expect(page.get_by_role("button", name="我需要更多时间")).to_have_count(0)
            await expect(page.get_by_label("电子邮箱")).to_have_value("wang@example.com")
        await page.get_by_label("证件号码").fill(new_resident_id())
        await page.get_by_role("button", name="保存并继续").click()
        await expect(page).not_to_have_url(re.compile("/my/profile"))
        return actor
    await identity.register_real_name(
        actor,
        identity.RealName(name="王小明", id_type="resident_id", id_number=new_resident_id()),
        SystemClock().now(),
    )
    return actor


async def test_a_citizen_books_on_a_phone(phone: Page) -> None:
    slot = await free_slot()
    await phone.goto("/book")
    await phone.get_by_role("searchbox").fill("身份证到期")
    await phone.get_by_role("searchbox").press("Enter")
    await phone.get_by_role("link", name="居民身份证到期换领").click()
    await phone.get_by_role("link", name="东昌府区公安办事大厅").click()
    await phone.locator(f"#day-{local_date(slot.starts_at)}").click()
    await expect(phone).to_have_url(re.compile(f"day={local_date(slot.starts_at)}"))
    await phone.locator(f"#slot-{slot.id}").check()
    await phone.get_by_role("button", name="选定这个时间").click()

    await expect(phone).to_have_url(re.compile(r"/sign-in\?next="))
    actor = await sign_in(phone)
    await expect(phone.get_by_role("heading", name="核对并确认")).to_be_visible()
    await expect(phone.locator(".countdown-time")).to_have_text(re.compile(r"^(20:00|19:\d\d)$"))
    await phone.get_by_role("button", name="确认预约").click()
    await expect(phone.get_by_text("预约成功")).to_be_visible()
    [made] = await appointments.mine(actor)
    await expect(phone.get_by_text(show_reference(made.reference))).to_be_visible()
    assert made.slot_id == slot.id
    await phone.go_back()
    await expect(phone).to_have_url(re.compile(f"/my/appointments/{made.reference}$"))
    await expect(phone.get_by_text("已超时释放")).to_have_count(0)

    await phone.get_by_role("link", name="改期").click()
    other = await free_slot()
    await phone.locator(f"#day-{local_date(other.starts_at)}").click()
    await phone.locator(f"#slot-{other.id}").check()
    await phone.get_by_role("button", name="改到这个时间").click()
    await expect(phone.get_by_text("改期成功")).to_be_visible()
    await phone.get_by_role("link", name="取消预约").click()
    await phone.get_by_role("button", name="取消预约").click()
    await expect(phone.get_by_text("预约已取消")).to_be_visible()


async def test_a_refetch_keeps_the_mark_and_says_what_is_gone(phone: Page) -> None:
    slot = await free_slot()
    await phone.goto(f"{TIMES}&day={local_date(slot.starts_at)}")
    mark = phone.locator(f"#slot-{slot.id}")
    await mark.check()
    async with phone.expect_response(re.compile(f"slot_id={slot.id}")):
        await phone.evaluate("htmx.trigger('#times', 'refetch')")
    await expect(mark).to_be_checked()
    await booked(await named(SystemClock().now()), slot.id, now=SystemClock().now())
    await phone.evaluate("htmx.trigger('#times', 'refetch')")
    await expect(phone.get_by_text("刚刚约满")).to_be_visible()
    await expect(mark).to_be_disabled()
    await expect(mark).not_to_be_checked()


async def test_without_scripts(browser: Browser, live_server: str) -> None:
    slot = await free_slot()
    context = await browser.new_context(
        base_url=live_server, viewport=PHONE, java_script_enabled=False, locale="zh-CN"
    )
    page = await context.new_page()
    await page.goto(TIMES)
    await page.locator(f"#day-{local_date(slot.starts_at)}").click()
    await page.locator(f"#slot-{slot.id}").check()
    await page.get_by_role("button", name="选定这个时间").click()
    await sign_in(page)
    await page.get_by_role("button", name="确认预约").click()
    await expect(page.get_by_text("预约成功")).to_be_visible()
    await context.close()


async def test_a_kept_place_that_runs_out_says_so_by_itself(phone: Page) -> None:
    slot = await free_slot()
    await phone.goto(f"{TIMES}&slot_id={slot.id}")
    await phone.get_by_role("button", name="选定这个时间").click()
    await sign_in(phone)
    await expect(phone.get_by_role("heading", name="核对并确认")).to_be_visible()
    async with unit_of_work() as uow:
        await uow.execute("UPDATE hold SET expires_at = created_at + interval '1 microsecond'")
        await uow.execute("UPDATE seat SET held_until = now() WHERE state = 'held'")
    await phone.evaluate(
        "document.querySelector('[data-countdown]')"
        ".dispatchEvent(new CustomEvent('countdown:over', { bubbles: true }))"
    )
    await expect(phone.get_by_text("已超时释放")).to_be_visible()
    await expect(phone.locator(f"#slot-{slot.id}")).to_be_checked()


@pytest.mark.parametrize("width", [320, 360, 390])
async def test_nothing_is_squeezed_or_hidden_on_a_small_phone(phone: Page, width: int) -> None:
    """In English, whose terms are long: a fact has its line, the reference is whole."""
    await phone.set_viewport_size({"width": width, "height": 568})
    slot = await free_slot()
    await phone.goto(f"{TIMES}&slot_id={slot.id}")
    await expect(phone.locator(".sticky-actions")).to_have_css("position", "static")
    await phone.get_by_role("button", name="选定这个时间").click()
    actor = await sign_in(phone)
    await phone.goto(f"{phone.url}?lang=en&text=large")
    await whole_facts(phone)
    await phone.get_by_role("button", name="Confirm").click()
    await expect(phone).to_have_url(re.compile("/my/appointments/"))
    [made] = await appointments.mine(actor)
    for media in ("screen", "print"):
        await phone.emulate_media(media=media)
        for part in ("", "/slip"):
            await phone.goto(f"/my/appointments/{made.reference}{part}")
            await whole_facts(phone)


async def whole_facts(page: Page) -> None:
    """Each fact has most of the width, and numbers and references end within their slip."""
    for fact in await page.locator(".facts dd").all():
        box = await fact.bounding_box()
        assert box is not None
        assert box["width"] > 130, await fact.text_content()
    for number in await page.locator(".unbroken, .reference").all():
        assert await number.evaluate(
            "one => one.getClientRects().length === 1 &&"
            " one.getBoundingClientRect().right <= one.closest('dd').getBoundingClientRect().right"
        ), await number.text_content()
