"""A clerk's morning in a real browser: check in, call, serve; the screen and the phone follow."""

import re
import time as stopwatch
from datetime import datetime, time, timedelta

import pytest
from playwright.async_api import Browser, Page, ViewportSize, expect

from services import appointments, catalog, queue
from services.catalog import Line, Period, SetCalendarDay, SetOpeningException, Text
from services.kernel.actor import SYSTEM, Actor, RoleAt
from services.kernel.clock import SystemClock, local_date, to_local
from services.kernel.ids import show_reference
from services.queue import Ticket, TicketStatus, WalkIn
from tests.bookings import OFFICE, booked, named, slots
from tests.browser.conftest import OpenPage
from tests.harness.axe import violations
from tests.people import PASSWORD, enrolled_staff, staff_actor, totp

SCREEN = ViewportSize(width=1920, height=1080)
HELD = RoleAt("clerk", OFFICE)
BENCH = f"/desk/{OFFICE}/windows/1"
POLL_MS = 5_000


@pytest.fixture(autouse=True)
async def hall(committed_database: None) -> None:
    """The catalogue of the release."""
    del committed_database


def now() -> datetime:
    return SystemClock().now()


async def sign_in(page: Page) -> Actor:
    """A clerk who has enrolled before, signed in at the desk."""
    account = await enrolled_staff(now() - timedelta(minutes=2), HELD)
    await page.goto("/staff/sign-in")
    await page.get_by_label("用户名").fill(account.username)
    await page.get_by_label("密码").fill(PASSWORD)
    await page.get_by_role("button", name="继续").click()
    await page.get_by_label("动态码").fill(totp(account.secret, now()))
    await page.get_by_label("动态码").press("Enter")
    await expect(page).to_have_url(re.compile("/desk"))
    return staff_actor(account.id, HELD)


async def at_the_window(page: Page) -> Actor:
    """A clerk who has signed in and sat down at window 1."""
    actor = await sign_in(page)
    await page.goto(BENCH)
    await page.get_by_role("button", name="上岗").click()
    await expect(page.get_by_role("heading", name="窗口空闲")).to_be_visible()
    await live(page)
    return actor


async def live(page: Page) -> None:
    await expect(page.locator("html")).to_have_attribute("data-line", "live")


async def walk_in(actor: Actor) -> Ticket:
    return await queue.take_ticket(actor, WalkIn(office_code=OFFICE, line=Line.HOUSEHOLD), now())


async def appointment_now() -> appointments.Appointment:
    """Somebody's appointment for this very hour, whatever day and hour it is."""
    today, hour = local_date(now()), to_local(now()).hour
    yesterday = now() - timedelta(days=1)
    every_hour = (Period(time(0), time(23, 59)),)
    await catalog.set_calendar_day(
        SYSTEM, SetCalendarDay(day=today, working=True, note="test"), yesterday
    )
    await catalog.set_opening_exception(
        SYSTEM,
        SetOpeningException(
            office_code=OFFICE, day=today, note=Text(zh="测试", en="test"), periods=every_hour
        ),
        yesterday,
    )
    # Every weekday's: a worked weekend keeps another day's schedule.
    for weekday in range(1, 8):
        schedule = appointments.AddSchedule(
            office_code=OFFICE,
            line=Line.HOUSEHOLD,
            weekday=weekday,
            starts=time(hour),
            ends=time(hour, 59),
            slot_minutes=59,
            seats=2,
            kept_telephone=0,
            kept_green_channel=0,
            kept_on_site=0,
            valid_from=today,
        )
        await appointments.add_schedule(SYSTEM, schedule, yesterday)
    await appointments.generate_slots(yesterday)
    (slot,) = await slots(today, now=yesterday)
    return await booked(await named(yesterday), slot.id, now=yesterday)


async def scan(page: Page, text: str) -> None:
    """Type as a scanner does: all at once, and Enter, wherever the focus is."""
    await page.evaluate(
        """text => [...text, "Enter"].forEach(key => document.activeElement.dispatchEvent(
             new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true })))""",
        text,
    )


async def reaches(screen: Page, desk: Page, key: str, *, count: int) -> float:
    """The seconds from a press at the desk until the screen shows that call."""
    pressed = stopwatch.monotonic()
    await desk.keyboard.press(key)
    await expect(screen.locator(f"[data-call$=':{count}']")).to_be_visible()
    return stopwatch.monotonic() - pressed


async def test_from_check_in_to_finish_by_keyboard_and_the_screen_follows(
    desk: Page, open_page: OpenPage
) -> None:
    await at_the_window(desk)
    screen = await open_page(SCREEN)
    await screen.goto(f"/board/{OFFICE}")
    await live(screen)
    await expect(screen.get_by_text("当前没有叫号")).to_be_visible()
    booking = await appointment_now()
    await desk.reload()
    await live(desk)
    await expect(desk.locator(".bench-later")).to_contain_text(show_reference(booking.reference))

    await desk.keyboard.press("/")
    await desk.keyboard.type(show_reference(booking.reference).lower(), delay=1)
    await desk.keyboard.press("Enter")
    await expect(desk.locator(".given-number")).to_have_text("H001")
    await expect(desk.locator("#reference")).to_have_value("")
    assert await desk.evaluate("document.activeElement.id") == "reference"
    await expect(screen.locator(".board-counts")).to_contain_text("1 人等候")

    await desk.keyboard.press("Escape")
    took = [await reaches(screen, desk, "n", count=1)]
    await expect(screen.locator(".board-call-now")).to_contain_text("H001")
    await expect(desk.get_by_role("heading", name="H001")).to_be_visible()
    await expect(desk.locator(".bench-name")).to_have_text("*三")
    await expect(desk.locator(".bench-timer time")).to_have_text(re.compile(r"^0:0\d$"))

    for count in (2, 3):
        took.append(await reaches(screen, desk, "r", count=count))
        await expect(desk.get_by_text(f"第 {count} 次呼叫")).to_be_visible()
    # The quickest: the machine may be busy with other tests.
    assert min(took) < 1
    await desk.keyboard.press("s")
    await expect(desk.get_by_role("button", name="办结")).to_be_visible()
    await expect(screen.locator(".board-call-now")).to_have_count(0)
    await desk.reload()
    await live(desk)
    await expect(desk.get_by_role("heading", name="H001")).to_be_visible()
    await desk.keyboard.press("f")
    await expect(desk.get_by_role("heading", name="窗口空闲")).to_be_visible()
    await expect(screen.locator(".board-past")).to_contain_text("H001")
    done = await queue.ticket_of_appointment(booking.id)
    assert done is not None
    assert done.status is TicketStatus.FINISHED


async def test_keys_wait_while_one_types_and_a_scanner_needs_no_field(
    browser: Browser, live_server: str
) -> None:
    # Not the fixture's page: Chromium's console calls the refusal, a 404, an error.
    context = await browser.new_context(base_url=live_server, locale="zh-CN")
    desk = await context.new_page()
    actor = await at_the_window(desk)
    waiting = await walk_in(actor)
    await expect(desk.locator(".bench-waiting")).to_contain_text(waiting.number)
    await desk.keyboard.press("F2")
    await desk.keyboard.type("nnnn")
    await desk.keyboard.press("Escape")
    assert (await queue.ticket(waiting.id)).status is TicketStatus.WAITING

    await scan(desk, "https://hall.example/track/K7M3X-9AH4T")
    await expect(desk.locator("#said")).to_contain_text("没有查到这个预约编号")
    assert (await queue.ticket(waiting.id)).status is TicketStatus.WAITING

    await desk.keyboard.press("?")
    await expect(desk.get_by_role("dialog", name="键盘操作")).to_be_visible()
    await desk.keyboard.press("n")
    await desk.keyboard.press("Escape")
    assert (await queue.ticket(waiting.id)).status is TicketStatus.WAITING
    await context.close()


async def test_a_second_press_calls_nobody_else(desk: Page) -> None:
    actor = await at_the_window(desk)
    first, second = await walk_in(actor), await walk_in(actor)
    await expect(desk.locator(".bench-waiting")).to_contain_text(second.number)
    await desk.get_by_role("button", name="呼叫下一位").dblclick()
    await expect(desk.get_by_role("heading", name=first.number)).to_be_visible()
    await desk.keyboard.press("n")
    await desk.wait_for_timeout(300)
    assert (await queue.ticket(second.id)).status is TicketStatus.WAITING


async def test_numbers_by_keyboard_and_a_missed_call_that_comes_back(desk: Page) -> None:
    await at_the_window(desk)
    await desk.keyboard.press("w")
    await desk.wait_for_timeout(200)
    await desk.keyboard.press("Enter")
    await expect(desk.locator(".given-number")).to_have_text("H001")
    await desk.keyboard.press("n")
    await expect(desk.get_by_role("heading", name="H001")).to_be_visible()
    await desk.keyboard.press("x")
    await desk.get_by_role("button", name="恢复排队").click()
    await expect(desk.locator(".bench-waiting")).to_contain_text("过号恢复")


async def test_a_lost_line_is_said_and_mends_itself(browser: Browser, live_server: str) -> None:
    context = await browser.new_context(base_url=live_server, locale="zh-CN", viewport=SCREEN)
    desk, screen = await context.new_page(), await context.new_page()
    actor = await at_the_window(desk)
    await screen.goto(f"/board/{OFFICE}")
    await live(screen)

    await context.set_offline(offline=True)
    await expect(desk.get_by_role("alert")).to_contain_text("网络已断开")
    await expect(screen.locator(".board-line-lost")).to_be_visible()
    ticket = await walk_in(actor)
    await queue.call_next(actor, (await queue.seats(actor, OFFICE, now()))[0].window.id, now())

    await context.set_offline(offline=False)
    await live(desk)
    await live(screen)
    await expect(desk.get_by_role("heading", name=ticket.number)).to_be_visible()
    await expect(screen.locator(".board-call-now")).to_contain_text(ticket.number)
    await expect(desk.locator("[data-connection]")).to_be_hidden()
    await context.close()


async def test_without_the_stream_the_screen_asks_by_itself(
    browser: Browser, live_server: str, desk: Page
) -> None:
    actor = await at_the_window(desk)
    context = await browser.new_context(base_url=live_server, locale="zh-CN", viewport=SCREEN)
    await context.route("**/live/**", lambda route: route.abort())
    screen = await context.new_page()
    await screen.goto(f"/board/{OFFICE}")
    await expect(screen.locator("html")).to_have_attribute("data-line", "polling")
    ticket = await walk_in(actor)
    await expect(desk.locator(".bench-waiting")).to_contain_text(ticket.number)
    await desk.keyboard.press("n")
    await expect(screen.locator(".board-call-now")).to_contain_text(
        ticket.number, timeout=2 * POLL_MS
    )
    await context.close()


async def test_sound_is_on_after_a_press_and_stays_wished_for(open_page: OpenPage) -> None:
    screen = await open_page(SCREEN)
    await screen.goto(f"/board/{OFFICE}")
    button = screen.locator("[data-sound]")
    await expect(button).to_have_attribute("aria-pressed", "false")
    await button.click()
    await expect(button).to_have_attribute("aria-pressed", "true")
    assert await screen.evaluate("localStorage.getItem('board-sound')") == "on"
    await button.click()
    await expect(button).to_have_attribute("aria-pressed", "false")


async def test_the_phone_follows_its_number(desk: Page, phone: Page) -> None:
    actor = await at_the_window(desk)
    await walk_in(actor)
    mine = await walk_in(actor)
    await phone.goto(f"/ticket/{mine.id}")
    await live(phone)
    await expect(phone.locator(".turn-ahead")).to_have_text("1")
    await desk.keyboard.press("n")
    await expect(phone.locator(".turn")).to_contain_text("下一位就是您")
    await desk.keyboard.press("x")
    await expect(desk.get_by_role("heading", name="窗口空闲")).to_be_visible()
    await desk.keyboard.press("n")
    await expect(phone.locator(".turn")).to_contain_text("轮到您了")
    await expect(phone.locator(".turn-window")).to_have_text("1 号窗口")


# test_every_page.py looks at the pages in their usual dress.
@pytest.mark.parametrize("dress", ["lang=en&theme=dark", "lang=zh_CN&text=large"])
async def test_every_page_is_accessible_and_fits(
    desk: Page, phone: Page, open_page: OpenPage, dress: str
) -> None:
    actor = await at_the_window(desk)
    tickets = [await walk_in(actor) for _ in range(3)]
    window = (await queue.seats(actor, OFFICE, now()))[0].window
    missed = await queue.call_next(actor, window.id, now())
    assert missed is not None
    await queue.skip(actor, missed.id, now())
    await queue.call_next(actor, window.id, now())
    for path in (f"/desk/{OFFICE}", BENCH, f"{BENCH}?given={tickets[2].id}"):
        await fits(desk, path, dress)
    public = ("/board", f"/board/{OFFICE}", f"/ticket/{tickets[1].id}", "/queue-order")
    for path in public:
        await fits(phone, path, dress)
    await fits(await open_page(SCREEN), f"/board/{OFFICE}", dress)


async def fits(page: Page, path: str, dress: str) -> None:
    await page.goto(f"{path}{'&' if '?' in path else '?'}{dress}")
    assert await violations(page) == [], path
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
