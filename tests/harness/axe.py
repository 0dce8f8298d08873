"""axe-core, run inside a page: the accessibility rules of WCAG 2.2 A and AA and good practice."""

from functools import cache

from playwright.async_api import Page

from web.common.assets import NODE_MODULES

RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")


@cache
def _source() -> str:
    return (NODE_MODULES / "axe-core" / "axe.min.js").read_text(encoding="utf-8")


async def violations(page: Page) -> list[str]:
    """One line for each rule that the page breaks, naming the first elements that break it."""
    await page.evaluate(_source())
    found = await page.evaluate(
        "rules => axe.run(document, {runOnly: rules, resultTypes: ['violations']})", list(RULES)
    )
    return [
        f"{rule['id']}: {[node['target'] for node in rule['nodes'][:3]]}"
        for rule in found["violations"]
    ]
