"""Colours come from tokens, every token is used, and every pair can be read (WCAG 2.2 AA)."""

import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from web.common.assets import STATIC, WEB
from web.common.rendering import TEMPLATES

SHEETS = sorted((STATIC / "css").glob("*.css"))
TOKEN_SHEETS = {"tokens.css", "dark.css"}
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
DECLARED = re.compile(r"(--[\w-]+):\s*([^;]+);")
USED = re.compile(r"var\((--[\w-]+)\)")
COLOUR = re.compile(r"#[0-9a-f]{3,8}\b|\b(?:rgb|hsl|oklch|color-mix)a?\(", re.IGNORECASE)
NAMED = re.compile(
    r":[^;{]*(?<![\w-])(?:white|black|red|green|blue|gr[ae]y|orange|yellow|silver)(?![\w-])"
)

CLASS = re.compile(r"\.([a-z][\w-]*)")
WORD = re.compile(r"[a-z][\w-]*")
# A class put together: `tag-{{ tone }}`, `"bench-" ~ status`.
BEGUN = re.compile(r"[a-z][\w-]*-(?=\{|[\"'])")
SET_BY_HTMX = {"htmx-request"}

NORMAL, LARGE_OR_DRAWN = 4.5, 3.0
GROUNDS = ("paper", "surface", "sunken")
READABLE = [
    *((ink, ground, NORMAL) for ink in ("ink", "ink-soft", "ink-faint") for ground in GROUNDS),
    *((ink, ground, NORMAL) for ink in ("link", "blue", "red") for ground in GROUNDS),
    *((ink, f"{ink}-soft", NORMAL) for ink in ("blue", "green", "amber", "red")),
    *(("ink", f"{tone}-soft", NORMAL) for tone in ("blue", "green", "amber", "red", "grey")),
    ("ink-soft", "grey-soft", NORMAL),
    ("ink-faint", "grey-soft", NORMAL),
    ("ink-soft", "blue-soft", NORMAL),
    ("on-action", "action", NORMAL),
    ("on-action", "action-hover", NORMAL),
    ("on-action", "green-action", NORMAL),
    ("on-action", "green-action-hover", NORMAL),
    ("on-action", "red-action", NORMAL),
    ("on-action", "red-action-hover", NORMAL),
    ("on-hero", "hero-end", NORMAL),
    ("on-hero-soft", "hero-end", NORMAL),
    *(("line-strong", ground, LARGE_OR_DRAWN) for ground in GROUNDS),
    *(("focus", ground, LARGE_OR_DRAWN) for ground in GROUNDS),
]


def text(path: Path) -> str:
    return COMMENT.sub("", path.read_text(encoding="utf-8"))


def tokens(name: str) -> dict[str, str]:
    return {key.removeprefix("--"): value for key, value in DECLARED.findall(text(STATIC / name))}


LIGHT = tokens("css/tokens.css")
DARK = {**LIGHT, **tokens("css/dark.css")}


def luminance(colour: str) -> float:
    """WCAG 2.2, relative luminance."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one: str, other: str) -> float:
    """WCAG 2.2, contrast ratio."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("path", SHEETS, ids=lambda path: path.name)
def test_colours_come_from_tokens(path: Path) -> None:
    if path.name in TOKEN_SHEETS:
        return
    source = text(path)

    assert COLOUR.findall(source) == []
    assert NAMED.findall(source) == []


def test_every_token_that_is_used_exists_and_every_one_that_exists_is_used() -> None:
    used = {name.removeprefix("--") for path in SHEETS for name in USED.findall(text(path))}

    assert used == set(LIGHT)


def test_the_night_changes_colours_and_shadows_only() -> None:
    night = tokens("css/dark.css")

    assert set(night) <= set(LIGHT)
    assert all(COLOUR.search(value) for value in night.values())


def test_every_class_that_is_styled_is_used() -> None:
    sources = [*TEMPLATES.rglob("*.html"), *(STATIC / "js").glob("*.js"), *WEB.glob("*/*.py")]
    source = "\n".join(path.read_text(encoding="utf-8") for path in sources)
    used, begun = set(WORD.findall(source)), tuple(BEGUN.findall(source))
    selectors = "".join(re.sub(r"\{[^{}]*\}", "{}", text(path)) for path in SHEETS)

    unused = {name for name in CLASS.findall(selectors) if not name.startswith(begun)} - used

    assert unused == SET_BY_HTMX


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("ink", "ground", "least"), READABLE)
def test_pairs_can_be_read(palette: Mapping[str, str], ink: str, ground: str, least: float) -> None:
    assert contrast(palette[ink], palette[ground]) >= least


def test_scripts_write_no_html_and_run_no_text() -> None:
    for path in (STATIC / "js").glob("*.js"):
        source = path.read_text(encoding="utf-8")
        assert not re.search(r"\beval\(|new Function|innerHTML|outerHTML|document\.write", source)


def test_the_webfont_comes_after_every_font_that_a_phone_may_have() -> None:
    families = [family.strip(' "\n') for family in LIGHT["sans"].split(",")]

    assert families[-2:] == ["Noto Sans SC Variable", "sans-serif"]
    assert families.index("PingFang SC") < families.index("Noto Sans SC Variable")
