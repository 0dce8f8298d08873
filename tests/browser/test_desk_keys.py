"""The desk's rarer keys, and a key that is pressed when it cannot act or nothing can be sent."""

import re
from datetime import timedelta

import pytest
from playwright.async_api import Browser, ConsoleMessage, Page, expect

from services import queue
from services.catalog import Line
from services.kernel.actor import RoleAt
from services.kernel.clock import SystemClock
from services.queue import WalkIn
from tests.bookings import OFFICE
from tests.browser.conftest import DESK
from tests.people import PASSWORD, enrolled_staff, staff_actor, totp

HELD = RoleAt("clerk", OFFICE)
SETTLED_MS = 300


@pytest.fixture(autouse=True)
async def hall(committed_database: None) -> None:
    """The catalogue of the release."""
    del committed_database


async def sign_in(desk: Page) -> None:
    """Sign in as a clerk and open the first window, where nobody sits yet."""
    now = SystemClock().now()
    account = await enrolled_staff(now - timedelta(minutes=2), HELD)
    actor = staff_actor(account.id, HELD)
    for _ in range(2):
        command = WalkIn(office_code=OFFICE, line=Line.HOUSEHOLD)
        await queue.take_ticket(actor, command, now)
    await desk.goto("/staff/sign-in")
    await desk.get_by_label("用户名").fill(account.username)
    await desk.get_by_label("密码").fill(PASSWORD)
    await desk.get_by_role("button", name="继续").click()
    await desk.get_by_label("动态码").fill(totp(account.secret, SystemClock().now()))
    await desk.get_by_label("动态码").press("Enter")
    await expect(desk).to_have_url(re.compile(f"/desk/{OFFICE}$"))
    await desk.goto(f"/desk/{OFFICE}/windows/1")
    await live(desk)


async def live(desk: Page) -> None:
    await expect(desk.locator("html")).to_have_attribute("data-line", "live")


async def press(desk: Page, key: str) -> None:
    """Press a key once the answer to the one before is there, as somebody who reads does."""
    await expect(desk.locator(".htmx-request")).to_have_count(0)
    await desk.wait_for_timeout(SETTLED_MS)
    await desk.keyboard.press(key)


async def test_a_morning_without_a_mouse(desk: Page) -> None:
    await sign_in(desk)
    said = desk.locator("#said")
    await press(desk, "n")
    await expect(said).to_contain_text("请先在本窗口上岗")
    await press(desk, "a")
    await expect(desk.get_by_role("heading", name="窗口空闲")).to_be_visible()
    await live(desk)
    await press(desk, "n")
    await expect(desk.get_by_role("heading", name="H001")).to_be_visible()
    counter = await desk.locator(".bench-counter").bounding_box()
    keys = await desk.locator(".key-bar").bounding_box()
    assert counter is not None
    assert keys is not None
    assert counter["y"] + counter["height"] <= keys["y"]
    await press(desk, "x")
    await expect(desk.get_by_role("heading", name="窗口空闲")).to_be_visible()
    await press(desk, "b")
    await expect(desk.locator(".bench-waiting")).to_contain_text("过号恢复")
    await press(desk, "n")
    await expect(desk.locator(".bench-number")).to_be_visible()
    await press(desk, "s")
    await expect(desk.get_by_role("button", name="办结")).to_be_visible()
    await press(desk, "x")
    await expect(said).to_contain_text("请先办结当前号码")
    desk.once("dialog", lambda dialog: dialog.accept())
    await press(desk, "l")
    await expect(desk.locator(".bench-waiting")).to_contain_text("暂无等候")
    await press(desk, "f")
    await expect(desk.locator(".bench-served")).to_have_text("今日已办 1 件")
    await press(desk, "q")
    await expect(desk).to_have_url(re.compile(f"/desk/{OFFICE}$"))


async def test_what_cannot_be_sent_says_so(browser: Browser, live_server: str) -> None:
    context = await browser.new_context(base_url=live_server, locale="zh-CN", viewport=DESK)
    desk = await context.new_page()
    await sign_in(desk)
    await desk.keyboard.press("a")
    await expect(desk.get_by_role("heading", name="窗口空闲")).to_be_visible()
    await live(desk)
    heard: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        heard.append(message.text)

    desk.on("console", hear)
    await context.set_offline(offline=True)
    await desk.keyboard.press("n")
    await expect(desk.locator("#said")).to_contain_text("未提交：网络已断开")
    await context.set_offline(offline=False)
    await live(desk)
    await expect(desk.locator("#said")).to_contain_text("网络已恢复")
    await expect(desk.get_by_role("heading", name="窗口空闲")).to_be_visible()
    assert not [text for text in heard if "htmx:" in text]
    assert not (await queue.board(OFFICE, SystemClock().now())).calling
    await context.close()
