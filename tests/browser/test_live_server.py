"""The harness: a page of ours arrives in a real browser, styled, without a complaint."""

from playwright.async_api import Page, expect


async def test_a_phone_gets_a_page(phone: Page) -> None:
    await phone.goto("/dev/styleguide")
    await expect(phone.get_by_role("main")).to_be_visible()
    assert phone.viewport_size == {"width": 390, "height": 844}


async def test_a_desk_gets_a_page_with_our_styles(desk: Page) -> None:
    await desk.goto("/dev/styleguide")
    loaded = await desk.evaluate("[...document.styleSheets].every(s => s.cssRules.length > 0)")
    assert loaded
