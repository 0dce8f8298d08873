"""A clerk's rarer acts by keyboard, and a supervisor's hall at both sizes, live."""

import re
from datetime import timedelta

import pytest
from playwright.async_api import Page, expect

from services import catalog, queue
from services.catalog import Line
from services.kernel import database
from services.kernel.actor import Actor, RoleAt
from services.kernel.clock import SystemClock
from services.queue import Outcome, WalkIn
from tests.bookings import OFFICE
from tests.harness.axe import violations
from tests.people import PASSWORD, enrolled_staff, staff_actor, totp

SETTLED_MS = 300
NOTE = "缺户口簿复印件"


@pytest.fixture(autouse=True)
async def hall(committed_database: None) -> None:
    """The catalogue of the release."""
    del committed_database
    await catalog.sync(SystemClock().now())


async def signed_in(page: Page, role: str) -> Actor:
    """Staff of the office, signed in on this page."""
    now, held = SystemClock().now(), RoleAt(role, OFFICE)
    account = await enrolled_staff(now - timedelta(minutes=2), held)
    await page.goto("/staff/sign-in")
    await page.get_by_label("用户名").fill(account.username)
    await page.get_by_label("密码").fill(PASSWORD)
    await page.get_by_role("button", name="继续").click()
    await page.get_by_label("动态码").fill(totp(account.secret, SystemClock().now()))
    await page.get_by_label("动态码").press("Enter")
    await expect(page).to_have_url(re.compile(f"/desk/{OFFICE}$"))
    return staff_actor(account.id, held)


async def press(desk: Page, key: str) -> None:
    """Press a key once the answer to the one before is there, as somebody who reads does."""
    await expect(desk.locator(".htmx-request")).to_have_count(0)
    await desk.wait_for_timeout(SETTLED_MS)
    await desk.keyboard.press(key)


async def number_given(actor: Actor) -> str:
    command = WalkIn(office_code=OFFICE, line=Line.HOUSEHOLD)
    return (await queue.take_ticket(actor, command, SystemClock().now())).number


async def number_given_by_double_click(desk: Page) -> str:
    """The one number that a walk-in gets, although the button is pressed twice."""
    await desk.get_by_role("button", name="户政", exact=True).dblclick()
    await desk.wait_for_timeout(2 * SETTLED_MS)
    [row] = await database.fetch("SELECT number FROM ticket")
    return str(row["number"])


async def test_a_number_leaves_comes_back_and_is_handed_on_without_a_mouse(desk: Page) -> None:
    actor = await signed_in(desk, "clerk")
    await desk.goto(f"/desk/{OFFICE}/windows/1")
    await expect(desk.locator("html")).to_have_attribute("data-line", "live")
    number = await number_given_by_double_click(desk)
    await press(desk, "a")
    await expect(desk.get_by_role("heading", name="窗口空闲")).to_be_visible()
    await press(desk, "n")
    await press(desk, "s")
    await press(desk, "p")
    await expect(desk.locator("#park-note")).to_be_focused()
    await desk.keyboard.type(NOTE)
    await number_given(actor)  # the live page is told, and leaves the form alone
    await desk.wait_for_timeout(2 * SETTLED_MS)
    await expect(desk.locator("#park-note")).to_have_value(NOTE)
    await desk.keyboard.press("Enter")
    await expect(desk.locator(".bench-later")).to_contain_text(NOTE)
    await expect(desk.locator(".undo")).to_contain_text(f"{number} 去补取材料")

    await press(desk, "u")
    await expect(desk.locator(".bench-number")).to_have_text(number)
    await expect(desk.locator(".undo")).to_have_count(0)
    await press(desk, "p")
    await expect(desk.locator("#park-note")).to_be_focused()
    await desk.keyboard.type(NOTE)
    await desk.keyboard.press("Enter")
    await expect(desk.get_by_role("heading", name="窗口空闲")).to_be_visible()
    await press(desk, "i")
    await expect(desk.locator(".bench-waiting li").first).to_contain_text("指定本窗口")
    await press(desk, "n")
    await expect(desk.locator(".bench-note")).to_contain_text(NOTE)

    await press(desk, "t")
    await desk.locator("#hand-on-to").select_option("vehicle")
    await desk.get_by_role("button", name="转交").click()
    await expect(desk.get_by_role("heading", name="窗口空闲")).to_be_visible()
    await press(desk, "u")
    await expect(desk.locator(".bench-number")).to_have_text(number)
    await press(desk, "s")
    await press(desk, "o")
    await desk.locator("#outcome").select_option(Outcome.PAPERS_MISSING.value)
    assert await violations(desk) == []
    await desk.locator(".panel-body").get_by_role("button", name="办结").click()
    await expect(desk.locator(".bench-served")).to_have_text("今日已办 1 件")

    await press(desk, "k")
    await desk.get_by_role("button", name="开始暂停").click()
    await expect(desk.get_by_role("heading", name="短暂休息")).to_be_visible()
    await press(desk, "n")
    await expect(desk.locator("#said")).to_contain_text("本窗口已暂停")
    await press(desk, "g")
    await expect(desk.get_by_role("heading", name="窗口空闲")).to_be_visible()
    assert await desk.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("size", ["desk", "phone"])
async def test_a_supervisor_sees_the_hall_and_moves_a_window(
    size: str, desk: Page, phone: Page
) -> None:
    page = {"desk": desk, "phone": phone}[size]
    boss = await signed_in(page, "supervisor")
    window = (await queue.windows(OFFICE, SystemClock().now()))[0]
    await queue.sit_down(boss, window.id, SystemClock().now())
    number = await number_given(boss)
    await page.goto(f"/desk/{OFFICE}/overview")
    await expect(page.locator("html")).to_have_attribute("data-line", "live")
    row = page.locator(".window-row").first
    await expect(row).to_contain_text("待叫号")
    called = await queue.call_next(boss, window.id, SystemClock().now())
    assert called is not None
    await expect(row).to_contain_text(number)
    await queue.skip(boss, called.id, SystemClock().now())
    await expect(row).to_contain_text("待叫号")

    await row.locator("summary").click()
    await row.get_by_label("车驾管").check()
    assert await violations(page) == []
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await row.get_by_role("button", name="调整窗口").click()
    await expect(row).to_contain_text("今日调整")
    moved = (await queue.windows(OFFICE, SystemClock().now()))[0]
    assert set(moved.lines) >= {Line.HOUSEHOLD, Line.VEHICLE}

    await row.locator("summary").click()
    await row.get_by_role("button", name="关闭本窗口").click()
    await expect(row).to_contain_text("主管已关闭")
    for dress in ("lang=en&theme=dark", "lang=zh_CN&text=large"):
        await page.goto(f"/desk/{OFFICE}/overview?{dress}")
        assert await violations(page) == []
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
