"""The components in a real browser: accessible in every dress, and working without a mouse."""

import pytest
from playwright.async_api import Page, expect

from tests.harness.axe import violations

GUIDE = "/dev/styleguide"
PAGES = (GUIDE, "/")
DRESSES = ("lang=zh_CN&theme=light&text=normal", "lang=en&theme=dark&text=large")


@pytest.mark.parametrize("dress", DRESSES)
async def test_axe_finds_nothing(phone: Page, desk: Page, dress: str) -> None:
    for page in (phone, desk):
        await page.goto(f"{GUIDE}?{dress}")

        assert await violations(page) == []


@pytest.mark.parametrize("path", PAGES)
async def test_nothing_sticks_out_of_a_phone(phone: Page, path: str) -> None:
    await phone.goto(f"{path}?lang=en&text=large")

    assert await phone.evaluate("document.documentElement.scrollWidth <= innerWidth")


async def test_everything_to_press_is_44_px_high(phone: Page) -> None:
    await phone.goto(GUIDE)

    heights = await phone.eval_on_selector_all(
        ".button, .input, .slot, .radio-card, .switch, .bottom-link, .tab",
        "found => found.filter(e => e.offsetParent).map(e => e.getBoundingClientRect().height)",
    )

    assert len(heights) > 40
    assert min(heights) >= 44


async def test_the_text_grows_at_once_and_stays_grown(phone: Page) -> None:
    await phone.goto(GUIDE)
    await phone.get_by_role("link", name="大字版").click()
    await expect(phone.locator("html")).to_have_attribute("data-text", "large")
    await expect(phone.get_by_role("link", name="标准字号")).to_be_visible()

    await phone.reload()

    await expect(phone.locator("html")).to_have_attribute("data-text", "large")
    await phone.get_by_role("link", name="标准字号").click()
    await expect(phone.locator("html")).to_have_attribute("data-text", "normal")


async def test_the_skip_link_is_first_and_leads_to_the_content(desk: Page) -> None:
    await desk.goto("/")
    await desk.keyboard.press("Tab")
    await expect(desk.get_by_role("link", name="跳到正文")).to_be_focused()
    await desk.keyboard.press("Enter")

    await expect(desk.locator("#main")).to_be_focused()


async def test_a_time_is_chosen_by_keyboard_and_full_ones_are_passed_over(desk: Page) -> None:
    await desk.goto(GUIDE)
    times = desk.locator("#slots input[type=radio]")
    await times.and_(desk.locator(":checked")).focus()
    await desk.keyboard.press("ArrowDown")

    await expect(desk.locator("#slots input[value='1-4']")).to_be_checked()
    assert await desk.locator("#slots .slot-full input:enabled").count() == 0


async def test_a_dialog_opens_holds_the_focus_and_closes(desk: Page) -> None:
    await desk.goto(GUIDE)
    await desk.get_by_role("button", name="打开弹窗").click()
    dialog = desk.get_by_role("dialog")
    await expect(dialog).to_be_visible()
    await desk.keyboard.press("Escape")

    await expect(dialog).to_be_hidden()


async def test_a_lost_line_is_shown_until_it_is_back(desk: Page) -> None:
    await desk.goto(GUIDE)
    banner = desk.locator("[data-connection]")
    await expect(banner).to_be_hidden()
    await desk.context.set_offline(offline=True)
    await expect(banner).to_be_visible()
    await desk.context.set_offline(offline=False)

    await expect(banner).to_be_hidden()
