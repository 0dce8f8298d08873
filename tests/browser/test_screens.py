"""The kiosk under a finger, the board that speaks and comes back, a complaint from end to end."""

import asyncio
import re
from datetime import datetime, timedelta

import pytest
from playwright.async_api import Browser, Page, ViewportSize, expect

from services import catalog, queue
from services.catalog import Line
from services.kernel.actor import Actor, RoleAt
from services.kernel.clock import SystemClock
from services.queue import Layout, Ticket, WalkIn
from tests.bookings import OFFICE
from tests.browser.conftest import DESK, PHONE, OpenPage
from tests.browser.test_queue import appointment_now, live
from tests.harness.axe import violations
from tests.harness.live import LiveServer
from tests.people import PASSWORD, enrolled_staff, new_staff, staff_actor, totp

ON_END = ViewportSize(width=1080, height=1920)
ACROSS = ViewportSize(width=1280, height=800)
HALL_SCREEN = ViewportSize(width=1920, height=1080)
FINGER_PX = 56
SUPERVISOR = RoleAt("supervisor", OFFICE)
# Notes what the page gives to the browser's voices, which the machine of a test does not have.
EAR = """
    window.heard = [];
    const voices = [{ lang: 'zh-CN', name: 'zh' }, { lang: 'en-GB', name: 'en' }];
    speechSynthesis.getVoices = () => voices;
    window.SpeechSynthesisUtterance = class { constructor(text) { this.text = text; } };
    speechSynthesis.speak = (speech) => {
        window.heard.push(`${speech.lang} ${speech.text}`);
        setTimeout(() => speech.onend?.(), 20);
    };
"""
TOO_SMALL = """(least) => [...document.querySelectorAll('main a, main button, header a')]
    .filter((e) => e.offsetParent && e.getBoundingClientRect().height < least)
    .map((e) => e.textContent.trim())"""


@pytest.fixture(autouse=True)
async def hall(committed_database: None) -> None:
    """The catalogue of the release."""
    del committed_database
    await catalog.sync(now())


def now() -> datetime:
    return SystemClock().now()


async def clerk_at(number: int) -> tuple[Actor, catalog.Window]:
    """A clerk at one of the windows."""
    held = RoleAt("clerk", OFFICE)
    actor = staff_actor(await new_staff(now(), held), held)
    window = (await catalog.office_windows(OFFICE))[number]
    await queue.sit_down(actor, window.id, now())
    return actor, window


async def walk_in(actor: Actor, line: Line = Line.HOUSEHOLD) -> Ticket:
    return await queue.take_ticket(actor, WalkIn(office_code=OFFICE, line=line), now())


async def setup_key() -> str:
    held = RoleAt("administrator")
    administrator = staff_actor(await new_staff(now(), held), held)
    return (await queue.create_kiosk(administrator, OFFICE, "正门", now())).setup_key


@pytest.mark.parametrize("size", [ON_END, ACROSS])
async def test_a_kiosk_is_set_up_and_gives_numbers(open_page: OpenPage, size: ViewportSize) -> None:
    booking = await appointment_now()
    kiosk = await open_page(size)
    await kiosk.goto(f"/kiosk/setup?key={await setup_key()}")
    await kiosk.get_by_role("button", name="设为取号机").click()
    await expect(kiosk.get_by_role("heading", name="我没有预约")).to_be_visible()
    assert await kiosk.evaluate(TOO_SMALL, FINGER_PX) == []
    assert await violations(kiosk) == []

    await kiosk.get_by_role("link", name=re.compile("^户政")).click()
    assert await kiosk.evaluate(TOO_SMALL, FINGER_PX) == []
    await kiosk.get_by_role("link", name="其他，或不确定").click()
    await kiosk.get_by_role("link", name="English").click()
    await kiosk.get_by_role("button", name=re.compile("^I am 60 or older")).click()
    await expect(kiosk.locator(".receipt-number")).to_have_text("H001")
    await expect(kiosk.get_by_role("button", name="Print")).to_be_visible()
    await kiosk.emulate_media(media="print")
    width = await kiosk.locator(".receipt").evaluate("e => e.getBoundingClientRect().width")
    assert width < 80 / 25.4 * 96, "wider than 80 mm"
    await kiosk.emulate_media(media="screen")

    # A wedge scanner types wherever the focus is, and ends with Enter.
    await kiosk.goto(f"/kiosk/{OFFICE}?lang=zh_CN")
    await kiosk.evaluate("document.activeElement.blur()")
    await kiosk.keyboard.type(f"http://hall.test/a/{booking.reference}", delay=1)
    await kiosk.keyboard.press("Enter")
    await expect(kiosk.locator(".receipt-number")).to_have_text("H002")
    shown = await kiosk.content()
    assert "张三" not in shown
    assert booking.reference not in shown


async def listening(page: Page) -> Page:
    """A hall's screen that has been pressed once, and keeps what it says."""
    await page.add_init_script(EAR)
    await page.goto(f"/board/{OFFICE}")
    await live(page)
    button = page.locator("[data-sound]")
    if await button.get_attribute("aria-pressed") != "true":
        await button.click()
    await expect(button).to_have_attribute("aria-pressed", "true")
    return page


async def said(screen: Page, count: int) -> list[str]:
    """What the voices were given, once it is so much."""
    heard: list[str] = []
    for _ in range(200):
        heard = await screen.evaluate("heard")
        if len(heard) >= count:
            break
        await asyncio.sleep(0.1)
    assert len(heard) == count, heard
    return heard


async def test_two_calls_at_once_are_both_said_and_a_recall_again(open_page: OpenPage) -> None:
    first, second = await clerk_at(0), await clerk_at(1)
    for _ in range(2):
        await walk_in(first[0])
    screen = await listening(await open_page(HALL_SCREEN))
    one = await queue.call_next(first[0], first[1].id, now())
    two = await queue.call_next(second[0], second[1].id, now())
    assert one is not None
    assert two is not None
    heard = await said(screen, 4)
    assert {text for text in heard if text.startswith("zh")} == {
        "zh-CN 请 H 零 零 一 号到 1 号窗口。",
        "zh-CN 请 H 零 零 二 号到 2 号窗口。",
    }
    assert "en-GB Number H 0 0 1, window 1." in heard
    await queue.recall(first[0], one.id, now())
    assert (await said(screen, 6))[4] == "zh-CN 请 H 零 零 一 号到 1 号窗口。"


async def test_every_layout_fits_its_screen(open_page: OpenPage) -> None:
    actor, window = await clerk_at(0)
    for _ in range(3):
        await walk_in(actor)
    await queue.call_next(actor, window.id, now())
    for layout in Layout:
        size = ON_END if layout is Layout.PORTRAIT else HALL_SCREEN
        screen = await open_page(size)
        await screen.goto(f"/board/{OFFICE}?layout={layout}")
        await expect(screen.locator("[data-call]")).to_contain_text("H001")
        fits = (
            "document.body.scrollHeight <= innerHeight && document.body.scrollWidth <= innerWidth"
        )
        assert await screen.evaluate(fits), layout
        assert await violations(screen) == []
        await screen.close()


async def test_a_screen_comes_back_by_itself_after_the_server_was_restarted(
    browser: Browser, live_processes: LiveServer, live_server: str
) -> None:
    actor, window = await clerk_at(0)
    ticket = await walk_in(actor)
    # A window of its own: what its console says while the server is away is no fault.
    context = await browser.new_context(base_url=live_server, viewport=HALL_SCREEN)
    screen = await context.new_page()
    await screen.goto(f"/board/{OFFICE}")
    await live(screen)
    live_processes.stop_web()
    await expect(screen.locator("html")).to_have_attribute("data-line", "lost", timeout=20_000)
    await queue.call_next(actor, window.id, now())
    live_processes.start_web()
    await expect(screen.locator("[data-call]")).to_contain_text(ticket.number, timeout=30_000)
    await live(screen)
    await context.close()


@pytest.mark.parametrize("size", [PHONE, DESK])
async def test_a_complaint_from_the_rating_to_the_decision(
    open_page: OpenPage, size: ViewportSize
) -> None:
    actor, window = await clerk_at(0)
    ticket = await walk_in(actor)
    await queue.call_next(actor, window.id, now())
    await queue.start(actor, ticket.id, now())
    await queue.finish(actor, ticket.id, now())
    citizen = await open_page(size)
    await citizen.goto(f"/ticket/{ticket.id}")
    await citizen.get_by_role("link", name="请您评价").click()
    await citizen.get_by_text("非常不满意").click()
    await citizen.get_by_label("您的意见").fill("等了两个小时")
    await citizen.get_by_role("button", name="提交评价").click()
    await expect(citizen.get_by_text("大厅将在")).to_be_visible()

    first, second = await open_page(size), await open_page(size)
    await sign_in(first)
    await first.goto("/staff/complaints")
    await first.get_by_role("link", name=re.compile("户政")).first.click()
    await expect(first.get_by_text("等了两个小时")).to_be_visible()
    await first.get_by_label("答复内容").fill("今日已增开窗口。")
    await first.get_by_role("button", name="提交答复").click()
    await expect(first.get_by_role("status").first).to_contain_text("已答复")

    await citizen.reload()
    await citizen.get_by_label("不认可的理由").fill("并没有增开")
    await citizen.get_by_role("button", name="申诉").click()
    await expect(citizen.get_by_text("由答复人以外的人裁定").first).to_be_visible()
    await first.reload()
    await expect(first.get_by_text("须由他人裁定")).to_be_visible()

    await sign_in(second)
    await second.goto(first.url)
    await second.get_by_text("申诉成立：重新答复").click()
    await second.get_by_label("裁定理由").fill("请重新答复")
    await second.get_by_role("button", name="提交裁定").click()
    await citizen.reload()
    await expect(citizen.get_by_text("申诉成立：重新答复")).to_be_visible()
    assert await violations(citizen) == []


async def sign_in(page: Page) -> None:
    """A supervisor who has enrolled before."""
    account = await enrolled_staff(now() - timedelta(minutes=2), SUPERVISOR)
    await page.goto("/staff/sign-in")
    await page.get_by_label("用户名").fill(account.username)
    await page.get_by_label("密码").fill(PASSWORD)
    await page.get_by_role("button", name="继续").click()
    await page.get_by_label("动态码").fill(totp(account.secret, now()))
    await page.get_by_label("动态码").press("Enter")
    await expect(page).to_have_url(re.compile("/desk"))
