"""Finding out what to bring, on a phone and at a desk."""

import re

import pytest
from playwright.async_api import Page, expect

from tests.harness.axe import violations

# test_every_page.py looks at the pages in their usual dress.
DRESS = "lang=en&theme=dark&text=large"
PATHS = (
    "/",
    "/items",
    "/items?q=passport",
    "/items?q=qqqq",
    "/items/passport-first",
    "/items/firm-pass",
    "/offices",
    "/offices/dongchangfu",
)


@pytest.fixture(autouse=True)
async def _synced(committed_database: None) -> None:
    del committed_database


async def test_every_page_is_accessible_in_the_dark(phone: Page, desk: Page) -> None:
    for page in (phone, desk):
        for path in PATHS:
            await page.goto(f"{path}{'&' if '?' in path else '?'}{DRESS}")
            assert await violations(page) == [], path
            assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path


async def test_from_the_start_page_to_what_to_bring(phone: Page) -> None:
    await phone.goto("/")
    await phone.get_by_role("searchbox").fill("身份证丢了")
    await phone.get_by_role("searchbox").press("Enter")
    await phone.get_by_role("link", name="居民身份证丢失补领、损坏换领").click()
    await expect(phone.get_by_role("heading", name="要带什么")).to_be_visible()
    await expect(phone.get_by_text("40 元").first).to_be_visible()
    book = phone.get_by_role("link", name="预约窗口").first
    await expect(book).to_have_attribute("href", "/book?item=id-card-replace")


async def test_results_appear_while_one_types(desk: Page) -> None:
    await desk.goto("/items?lang=en")
    await desk.get_by_role("searchbox").press_sequentially("renew pass", delay=20)
    first = desk.locator("#results .row-title").first
    await expect(first).to_have_text("Renew an ordinary passport")
    await expect(desk).to_have_url(re.compile(r"q=renew\+pass$|q=renew%20pass$"))
    await expect(desk.get_by_role("searchbox")).to_be_focused()
    await desk.get_by_role("link", name=re.compile("^Vehicles and licences")).click()
    await expect(desk.get_by_role("searchbox")).to_have_value("renew pass")
    await expect(first).to_have_text("Renew a driving licence at expiry")


async def test_going_back_shows_what_was_searched(desk: Page) -> None:
    await desk.goto("/items?lang=en")
    await desk.get_by_role("searchbox").fill("lost id card")
    first = desk.locator("#results .row-title").first
    await expect(first).to_have_text("Replace a lost or damaged resident ID card")
    await first.click()
    await expect(desk.get_by_role("heading", level=1)).to_have_text(
        "Replace a lost or damaged resident ID card"
    )
    await desk.go_back()
    await expect(desk.get_by_role("searchbox")).to_have_value("lost id card")
    await expect(first).to_have_text("Replace a lost or damaged resident ID card")
