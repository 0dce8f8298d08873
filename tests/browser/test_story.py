"""The whole story in one go: booked on a phone, told by mail and text, called at the hall, done."""

import asyncio
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeVar

from playwright.async_api import Page, expect

from banshi.demo import appointments as demo
from services import appointments
from services.identity import Role
from services.kernel import database
from services.kernel.actor import RoleAt
from services.kernel.clock import SystemClock
from services.kernel.ids import show_reference
from services.kernel.translations import Language, translate
from tests.browser.conftest import DESK, OpenPage
from tests.harness.mailbox import Mailbox
from tests.harness.moved import serving_at
from tests.harness.run import Worker
from tests.people import (
    PASSWORD,
    StaffAccount,
    enrolled_staff,
    new_phone,
    new_resident_id,
    totp,
)

OFFICE = "dongchangfu"
EMAIL = "zhang.san@example.org"
PATIENCE_SECONDS = 20

Found = TypeVar("Found")


def zh(message: str, **values: object) -> str:
    """A catalogue entry as the Chinese page shows it."""
    return translate(message, Language.CHINESE, **values)


async def press(page: Page, message: str) -> None:
    await page.get_by_role("button", name=zh(message)).first.click()


async def eventually(find: Callable[[], Found | None]) -> Found:
    """What `find` finds once the worker has done its part."""
    for _ in range(PATIENCE_SECONDS * 10):
        if (found := find()) is not None:
            return found
        await asyncio.sleep(0.1)
    raise TimeoutError


async def arrived(mailbox: Mailbox, phone: str, pattern: str) -> str:
    """What the newest text message to `phone` says of `pattern`."""

    def look() -> str | None:
        found = (re.search(pattern, text) for text in reversed(mailbox.texts(phone)))
        return next((match[0] for match in found if match), None)

    return await eventually(look)


async def introduce(phone: Page, mailbox: Mailbox) -> str:
    """Sign in with the code that the text message brings; give name and address. The number."""
    number = new_phone()
    await phone.goto("/my/profile")
    await phone.get_by_label(zh("Mobile number")).fill(number)
    await press(phone, "Send me a code")
    code = await arrived(mailbox, number, r"\d{6}")
    await phone.get_by_label(zh("Code"), exact=True).fill(code)
    await press(phone, "Sign in")
    await phone.locator("#name").fill("张三")
    await phone.get_by_label(zh("Document number")).fill(new_resident_id())
    await phone.get_by_label(zh("E-mail")).fill(EMAIL)
    await press(phone, "Save")
    return number


async def book(phone: Page) -> tuple[str, datetime]:
    """From the start page to the appointment: its reference, and when it begins."""
    await phone.goto("/")
    await phone.get_by_role("searchbox").fill("补办身份证")
    await phone.keyboard.press("Enter")
    await phone.get_by_role("link", name="居民身份证丢失补领").first.click()
    await phone.get_by_role("link", name=zh("Book a window")).first.click()
    await phone.get_by_role("link", name="东昌府区公安办事大厅").click()
    await phone.locator("label.slot:has(input:not([disabled]))").first.click()
    await press(phone, "Keep this time")
    await expect(phone.get_by_text(zh("Kept for you"))).to_be_visible()
    await press(phone, "Confirm the appointment")
    await expect(phone).to_have_url(re.compile("/my/appointments/"))
    reference = phone.url.rpartition("/")[2].partition("?")[0]
    starts_at: datetime = await database.fetchval(
        "SELECT starts_at FROM appointment WHERE reference = $1", reference
    )
    return reference, starts_at


async def told(mailbox: Mailbox, number: str, reference: str) -> None:
    """The text message, and the mail with both languages and the calendar entry."""
    shown = show_reference(reference)
    await arrived(mailbox, number, shown)
    mail = await eventually(lambda: next(iter(mailbox.mails(EMAIL)), None))
    kinds = {part.get_content_type() for part in mail.walk()}
    assert {"text/plain", "text/html", "text/calendar"} <= kinds
    plain = mail.get_body(("plain",))
    assert plain is not None
    assert shown in plain.get_content()


async def at_the_window(desk: Page, account: StaffAccount, hall: str, moment: datetime) -> None:
    """Sign in and sit down at the first window."""
    await desk.goto(f"{hall}/staff/sign-in")
    await desk.get_by_label(zh("Username")).fill(account.username)
    await desk.get_by_label(zh("Password")).fill(PASSWORD)
    await press(desk, "Continue")
    await desk.get_by_label(zh("Code of your authenticator")).fill(totp(account.secret, moment))
    await press(desk, "Continue")
    await desk.goto(f"{hall}/desk/{OFFICE}")
    await press(desk, "Sit down")
    await expect(desk.get_by_role("heading", name=zh("The window is free"))).to_be_visible()
    await desk.wait_for_load_state("load")


async def test_booked_told_called_and_done(
    phone: Page, open_page: OpenPage, mailbox: Mailbox, worker: Worker
) -> None:
    now = SystemClock().now()
    await demo.add_schedules(now)
    await appointments.generate_slots(now)
    account = await enrolled_staff(now, RoleAt(Role.CLERK, OFFICE))

    number = await introduce(phone, mailbox)
    reference, starts_at = await book(phone)
    await told(mailbox, number, reference)

    with serving_at(worker, starts_at - timedelta(minutes=5)) as hall:
        desk, board = await open_page(DESK), await open_page(DESK)
        await board.goto(f"{hall}/board/{OFFICE}")
        await expect(board.get_by_text(zh("No number is called at the moment."))).to_be_visible()
        await at_the_window(desk, account, hall, starts_at - timedelta(minutes=5))

        await desk.keyboard.press("/")
        await expect(desk.locator("#reference")).to_be_focused()
        await desk.keyboard.type(show_reference(reference).lower())
        await desk.keyboard.press("Enter")
        await expect(desk.locator(".bench-waiting")).to_contain_text("H001")
        await desk.locator("h1").click()
        await desk.keyboard.press("n")
        await expect(desk.locator(".bench-number")).to_have_text("H001")
        await expect(board.locator(".board-call-number")).to_have_text("H001", timeout=2000)

        await desk.keyboard.press("s")
        await desk.get_by_role("button", name=zh("Finish")).wait_for()
        await desk.keyboard.press("f")
        await expect(desk.get_by_text(zh("The window is free"))).to_be_visible()
        await expect(board.get_by_text(zh("No number is called at the moment."))).to_be_visible()
        for page in (desk, board):
            await page.close()

    await phone.goto(f"/my/appointments/{reference}")
    await expect(phone.get_by_text(zh("Completed")).first).to_be_visible()
