"""Which language, text size and theme a page has, and what stays chosen."""

import base64
from datetime import UTC, datetime

import httpx
import msgspec
import pytest

from services.kernel import formats
from services.kernel.translations import Language, translate
from web.common.flash import COOKIE, Flash
from web.common.i18n import accepted_language
from web.common.rendering import environment

PAGE = "/dev/styleguide"
MOMENT = datetime(2020, 11, 24, 1, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", None),
        ("fr, de;q=0.5", None),
        ("zh-Hans-CN", Language.CHINESE),
        ("en-GB, zh;q=0.8", Language.ENGLISH),
        ("en;q=0.3, zh;q=0.8", Language.CHINESE),
        ("en;q=0, zh;q=0.1", Language.CHINESE),
        ("en;q=nonsense", None),
    ],
)
def test_the_best_accepted_language_is_taken(header: str, language: Language | None) -> None:
    assert accepted_language(header) == language


async def test_chinese_unless_asked_otherwise(client: httpx.AsyncClient) -> None:
    answer = await client.get(PAGE)

    assert '<html lang="zh-CN"' in answer.text
    assert answer.headers["content-language"] == "zh-CN"


async def test_a_choice_beats_the_cookie_and_the_cookie_the_browser(
    client: httpx.AsyncClient,
) -> None:
    chosen = await client.get(f"{PAGE}?lang=en", headers={"Accept-Language": "zh"})
    kept = await client.get(PAGE, headers={"Accept-Language": "zh"})
    back = await client.get(f"{PAGE}?lang=zh_CN")

    assert '<html lang="en"' in chosen.text
    assert "Path=/; SameSite=lax" in chosen.headers["set-cookie"]
    assert '<html lang="en"' in kept.text
    assert "lang" not in kept.cookies
    assert '<html lang="zh-CN"' in back.text


async def test_larger_text_and_theme_are_kept(client: httpx.AsyncClient) -> None:
    await client.get(f"{PAGE}?text=large")
    await client.get(f"{PAGE}?theme=dark")
    answer = await client.get(PAGE)

    assert 'data-text="large" data-theme="dark"' in answer.text


@pytest.mark.parametrize(
    "query", ["lang=xx", "text=huge", "theme=%3Cb%3E", "lang=", "theme=auto%00"]
)
async def test_an_unknown_choice_changes_nothing(client: httpx.AsyncClient, query: str) -> None:
    answer = await client.get(f"{PAGE}?{query}")

    assert not {"lang", "text", "theme"} & set(answer.cookies)
    assert "<b>" not in answer.text


async def test_a_switch_keeps_the_rest_of_the_address(client: httpx.AsyncClient) -> None:
    answer = await client.get(f"{PAGE}?q=a%26b&lang=en")

    assert 'href="?q=a%26b&amp;lang=zh_CN"' in answer.text


@pytest.mark.parametrize(
    ("referer", "switch"),
    [
        ("http://hall.test/desk/here?window=1&lang=zh_CN", "/desk/here?window=1&amp;lang=en"),
        ("http://elsewhere.test/desk", "/?lang=en"),
        ("http://hall.test//elsewhere.test/", "/?lang=en"),
        ("", "/?lang=en"),
    ],
)
async def test_after_a_form_a_switch_leads_to_the_page_that_sent_it(
    client: httpx.AsyncClient, referer: str, switch: str
) -> None:
    answer = await client.post("/nothing/here", headers={"Referer": referer})

    assert f'href="{switch}"' in answer.text


async def test_a_sentence_survives_one_redirect(client: httpx.AsyncClient) -> None:
    client.cookies.set(COOKIE, packed(Flash("Please sign in first.")), domain="hall.test")

    first = await client.get(PAGE)
    second = await client.get(PAGE)

    assert "请先登录。" in first.text
    assert "请先登录。" not in second.text


@pytest.mark.parametrize(
    "forged",
    ["%%%", "e30=", base64.urlsafe_b64encode(b'{"message": "Pay here", "tone": "info"}').decode()],
)
async def test_a_forged_sentence_is_not_shown(client: httpx.AsyncClient, forged: str) -> None:
    client.cookies.set(COOKIE, forged)

    answer = await client.get(PAGE)

    assert answer.status_code == 200
    assert "Pay here" not in answer.text


def packed(flash: Flash) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(flash)).decode()


def test_times_and_money_as_people_write_them() -> None:
    chinese, english = Language.CHINESE, Language.ENGLISH

    assert formats.moment(MOMENT, chinese) == "11月24日 周二 09:30"
    assert formats.moment(MOMENT, english) == "Tue 24 Nov, 09:30"
    assert formats.moment(MOMENT, chinese, year=True) == "2020年11月24日 周二 09:30"
    assert formats.span(MOMENT, MOMENT.replace(hour=2, minute=0), english) == (
        "Tue 24 Nov, 09:30–10:00"
    )
    assert [formats.money(fen, chinese) for fen in (0, 2000, 12050, 1234500)] == [
        "免费",
        "20 元",
        "120.50 元",
        "12,345 元",
    ]
    assert formats.money(2000, english) == "¥20"


def test_what_a_template_always_says_is_worked_out_once() -> None:
    chinese = environment(Language.CHINESE)
    source = """{{ _("Cancel") }} {{ _("Window %(number)s", number=typed) }} {{ icon("x") }}"""
    code = chinese.compile(source, raw=True)

    assert translate("Cancel", Language.CHINESE) in code
    assert "context.call" not in code
    shown = chinese.from_string(source).render(typed="<b>")
    assert translate("Window %(number)s", Language.CHINESE, number="&lt;b&gt;") in shown
    assert "<svg" in shown


@pytest.mark.parametrize(
    "source",
    [
        """{% macro said(icon, _) %}{{ icon("x") }}{{ _("Cancel") }}{% endmacro %}""",
        """{% set icon = other %}{% set _ = other %}{{ icon("x") }}{{ _("Cancel") }}""",
    ],
)
def test_a_name_with_another_meaning_is_not_folded(source: str) -> None:
    code = environment(Language.CHINESE).compile(source, raw=True)
    assert "<svg" not in code
    assert translate("Cancel", Language.CHINESE) not in code
