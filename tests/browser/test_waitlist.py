"""A full day, a place that comes back, and a day that opens: with a real browser and worker."""

import re
from datetime import datetime, timedelta

import httpx
import pytest
from playwright.async_api import Page, ViewportSize, expect

from services import appointments, catalog, identity
from services.appointments import BookingChannel, SlotView
from services.appointments.rules import Rule
from services.kernel.clock import SystemClock, local_date
from tests.bookings import ITEM, OFFICE, booked, keep_rule, named, open_hall
from tests.browser.conftest import DESK, PHONE, OpenPage
from tests.browser.test_booking import sign_in
from tests.browser.test_sign_in import accessible
from tests.faults.conftest import until
from tests.harness.mailbox import Mailbox
from tests.harness.moved import serving_at
from tests.harness.run import Worker

# Given back, a place comes back at once: the random while would take the test minutes.
AT_ONCE = Rule(return_min_minutes=0, return_max_minutes=0)


async def slots_ahead(now: datetime) -> list[SlotView]:
    tomorrow = local_date(now) + timedelta(days=1)
    return await appointments.availability(
        OFFICE, ITEM, tomorrow, tomorrow + timedelta(days=25), now
    )


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
async def test_full_then_waiting_then_offered_then_taken(
    open_page: OpenPage, live_server: str, mailbox: Mailbox, size: ViewportSize
) -> None:
    now = SystemClock().now()
    await catalog.sync(now)
    await keep_rule(AT_ONCE)
    await open_hall(now, seats=1)
    day = local_date((await slots_ahead(now))[0].starts_at)
    full = [slot for slot in await slots_ahead(now) if local_date(slot.starts_at) == day]
    holder = await named(now)
    made = [
        await booked(holder if slot is full[0] else await named(now), slot.id, now=now)
        for slot in full
    ]

    page = await open_page(size)
    await page.goto(f"/book?item={ITEM}")
    await page.locator(f'.month-cell[href*="day={day}"]').click()
    await page.get_by_role("link", name="东昌府区公安办事大厅").click()
    await page.get_by_role("link", name="有号时通知我").click()
    number = await signed_in_number(page)
    await expect(page.get_by_label("东昌府区公安办事大厅")).to_be_checked()
    await accessible(page)
    await page.get_by_role("button", name="加入候补").click()
    await expect(page.get_by_text("候补成功")).to_be_visible()
    await expect(page.get_by_text("下一个号就是您的")).to_be_visible()

    token = (await identity.create_token(holder, "phone", now)).token
    async with httpx.AsyncClient(base_url=live_server, trust_env=False) as program:
        gone = await program.delete(
            f"/api/v1/appointments/{made[0].reference}",
            headers={"Authorization": f"Bearer {token}"},
        )
    assert gone.status_code == 204
    await until(
        lambda: any("候补的号源有了" in text for text in mailbox.texts(to=number)), "it is told"
    )
    text = next(text for text in mailbox.texts(to=number) if "候补的号源有了" in text)
    link = re.search(r"https?://\S+", text)
    assert link is not None
    await page.goto(link[0])
    await accessible(page)
    await expect(page.locator(".countdown-time")).to_have_text(re.compile(r"\d:\d\d"))
    await page.get_by_role("button", name="确认预约这个时间").click()
    await expect(page.get_by_text("预约成功")).to_be_visible()
    taken = await appointments.by_reference(page.url.rsplit("/", 1)[-1])
    assert taken is not None
    assert (taken.slot_id, taken.channel) == (full[0].id, BookingChannel.WAITLIST)


async def signed_in_number(page: Page) -> str:
    """Sign in where the page asks for it; the phone number."""
    contact = await identity.contact((await sign_in(page)).person_id())
    assert contact.phone is not None
    return contact.phone


async def test_a_day_opens_by_itself_on_a_phone_whose_clock_is_wrong(
    phone: Page, worker: Worker
) -> None:
    now = SystemClock().now()
    await catalog.sync(now)
    await open_hall(now, seats=1)
    later = next(slot for slot in await slots_ahead(now) if slot.released_at > now)
    with serving_at(worker, later.released_at - timedelta(seconds=15)) as url:
        address = f"{url}/book?item={ITEM}&office={OFFICE}&day={local_date(later.starts_at)}"
        await phone.add_init_script(
            "const real = Date.now; Date.now = () => real.call(Date) + 2_700_000"
        )
        await phone.goto(address)
        await sign_in_elsewhere(phone, url)
        await phone.goto(address)
        mark = phone.locator(f"#slot-{later.id}")
        await expect(mark).to_be_disabled()
        await expect(phone.locator(".countdown-time")).to_have_text(re.compile(r"^00:\d\d$"))
        await phone.evaluate("window.unbroken = true")
        await expect(mark).to_be_enabled(timeout=25_000)
        assert await phone.evaluate("window.unbroken"), "without a reload"
        await mark.check()
        await phone.get_by_role("button", name="选定这个时间").click()
        await expect(phone.get_by_role("heading", name="核对并确认")).to_be_visible()


async def sign_in_elsewhere(page: Page, url: str) -> None:
    await page.goto(f"{url}/sign-in?next=/my")
    await sign_in(page)
