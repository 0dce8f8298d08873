"""Takes the pictures in docs/screenshots from a fresh demonstration, as a person would come by.

make run ARGS="--data-dir /tmp/pictures"            # in one terminal
.venv/bin/python -m tests.browser.screenshots http://127.0.0.1:8000
"""

import re
import sys
from pathlib import Path

import httpx
from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

from banshi.demo.identity import CITIZEN_PHONE, PASSWORD
from services.kernel.translations import Language, translate
from tests.browser.chromium import FLAGS, find_or_get

PICTURES = Path(__file__).parents[2] / "docs" / "screenshots"
PHONE = ViewportSize(width=390, height=844)
DESK = ViewportSize(width=1280, height=800)
KIOSK = ViewportSize(width=1280, height=800)
SCREEN = ViewportSize(width=1600, height=900)
QUALITY = 82


def zh(message: str) -> str:
    """A catalogue entry as the Chinese page shows it."""
    return translate(message, Language.CHINESE)


class Camera:
    """A browser on one demonstration."""

    def __init__(self, browser: Browser, base: str) -> None:
        self.browser = browser
        self.base = base

    def page(self, size: ViewportSize, language: str = "zh_CN") -> Page:
        """A window of its own."""
        context = self.browser.new_context(
            base_url=self.base, viewport=size, timezone_id="Asia/Shanghai", reduced_motion="reduce"
        )
        context.add_cookies([{"name": "lang", "value": language, "url": self.base}])
        return context.new_page()

    def shoot(self, page: Page, name: str, path: str | None = None) -> None:
        """One picture of what is on the screen now, or of `path`."""
        if path:
            page.goto(path, wait_until="load")
        page.wait_for_timeout(500)
        page.screenshot(path=PICTURES / f"{name}.jpg", type="jpeg", quality=QUALITY)
        print(name)  # noqa: T201 - a script that says what it has done

    def shoot_from(self, page: Page, name: str, selector: str) -> None:
        """One picture that begins at what `selector` finds first."""
        page.locator(selector).first.evaluate("found => found.scrollIntoView()")
        self.shoot(page, name)

    def newest_code(self) -> str:
        """The digits of the text message that arrived last."""
        sent = httpx.get(f"{self.base}/dev/mailbox.json", params={"to": CITIZEN_PHONE}).json()
        found = (re.search(r"\d{6}", each["text"]) for each in sent)
        return next(match[0] for match in found if match)

    def sign_in(self, page: Page) -> None:
        """As the demonstration's citizen."""
        page.goto("/sign-in")
        page.get_by_label(zh("Mobile number")).fill(CITIZEN_PHONE)
        page.get_by_role("button", name=zh("Send me a code")).click()
        page.wait_for_timeout(3000)
        page.get_by_label(zh("Code"), exact=True).fill(self.newest_code())
        page.get_by_role("button", name=zh("Sign in")).click()
        page.wait_for_load_state()

    def staff(self, username: str) -> Page:
        """A desk where `username` has signed in."""
        page = self.page(DESK)
        page.goto("/dev/sign-ins")
        cells = page.locator("tr", has=page.get_by_text(username, exact=True)).locator("code")
        code = cells.nth(2).inner_text()
        page.goto("/staff/sign-in")
        page.get_by_label(zh("Username")).fill(username)
        page.get_by_label(zh("Password")).fill(PASSWORD)
        page.get_by_role("button", name=zh("Continue")).click()
        page.get_by_label(zh("Code of your authenticator")).fill(code)
        page.get_by_role("button", name=zh("Continue")).first.click()
        page.wait_for_load_state()
        return page


def citizen(camera: Camera) -> None:
    """On a phone, from the start page to the slip."""
    phone = camera.page(PHONE)
    camera.shoot(phone, "home-phone", "/")
    camera.shoot(phone, "book-phone", "/book?item=id-card-replace&office=dongchangfu")
    phone.goto("/book?item=id-card-replace")
    camera.shoot_from(phone, "month-phone", "#month")
    camera.sign_in(phone)
    phone.goto("/book?item=id-card-replace&office=dongchangfu")
    phone.locator("label.slot:has(input:not([disabled]))").first.click()
    phone.get_by_role("button", name=zh("Keep this time")).click()
    phone.wait_for_load_state()
    camera.shoot(phone, "confirm-phone")
    phone.get_by_role("button", name=zh("Confirm the appointment")).click()
    phone.wait_for_load_state()
    camera.shoot(phone, "booked-phone")


def hall(camera: Camera) -> None:
    """The clerk's desk with somebody at the window, the hall's screen, the administration."""
    desk = camera.staff("clerk")
    desk.goto("/desk/dongchangfu")
    sit = desk.get_by_role("button", name=zh("Sit down"))
    if sit.count():
        sit.first.click()
    else:
        desk.get_by_role("link", name=zh("Go to the workbench")).first.click()
    desk.wait_for_load_state()
    call = desk.get_by_role("button", name=zh("Call the next"))
    if call.count():
        call.click()
        desk.locator(".bench-number").wait_for()
    camera.shoot(desk, "desk")
    camera.shoot(camera.page(SCREEN), "board", "/board/dongchangfu")
    supervisor = camera.staff("supervisor")
    camera.shoot(supervisor, "overview", "/desk/dongchangfu/overview")
    supervisor.goto("/staff/figures?office=dongchangfu")
    camera.shoot_from(supervisor, "figures", ".figures-card")
    admin = camera.staff("admin")
    admin.goto("/admin/calendar/dongchangfu")
    camera.shoot_from(admin, "calendar", ".month-head")
    admin.goto("/admin/partners")
    admin.locator("main a[href^='/admin/partners/']:not([href$='/new'])").first.click()
    admin.wait_for_load_state()
    camera.shoot(admin, "partners")


def visitor(camera: Camera) -> None:
    """At the kiosk, and with the number on a phone."""
    kiosk = camera.page(KIOSK)
    kiosk.goto("/dev/sign-ins")
    kiosk.locator("a[href*='/kiosk/setup']").first.click()
    kiosk.get_by_role("button", name=zh("Make this device the kiosk")).click()
    kiosk.wait_for_load_state()
    camera.shoot(kiosk, "kiosk")
    kiosk.get_by_role("link", name=re.compile(f"^{zh('Household')}")).click()
    kiosk.get_by_role("link", name=zh("Something else, or I am not sure")).click()
    kiosk.locator("form button").first.click()
    kiosk.locator(".receipt-number").wait_for()
    camera.shoot(camera.page(PHONE), "ticket-phone", f"/ticket/{kiosk.url.rpartition('/')[2]}")


def main(base: str) -> None:
    """Take all of them."""
    PICTURES.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_or_get(), args=list(FLAGS))
        camera = Camera(browser, base)
        citizen(camera)
        hall(camera)
        visitor(camera)
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1])
