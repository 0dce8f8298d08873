"""How Chinese is written: one rule for spaces and marks, one word for a thing."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from banshi.catalogues import part_names, read_part
from services.kernel.translations import Language

TEMPLATES = Path(__file__).parents[2] / "templates"
HAN = r"[\u4e00-\u9fff]"
# Dates are written together, as the calendar does: 7月8日 周二, 2025年.
IN_A_DATE = re.compile(r"(?<=\d)[年月日]|(?<=[年月])\d")
CROWDED = re.compile(rf"{HAN}[A-Za-z0-9]|[A-Za-z0-9]{HAN}")
TORN = re.compile(rf"{HAN} +{HAN}")
WESTERN = re.compile(rf"{HAN}[,;:?!]|[,;?!]{HAN}|{HAN}…(?!…)(?<!……)")
# What stands in a sentence as a figure, as a stretch of time that ends in its unit, and as a day.
FIGURES = frozenset(
    [
        "ahead",
        "calls",
        "code",
        "copies",
        "count",
        "elderly",
        "expected",
        "lead",
        "least",
        "left",
        "limit",
        "minutes",
        "missed",
        "moment",
        "most",
        "num",
        "number",
        "opens",
        "people",
        "phone",
        "phone_tail",
        "reference",
        "retry_after",
        "row",
        "seats",
        "seconds",
        "status",
        "step",
        "time",
        "times",
        "total",
        "until",
        "urgent",
        "used",
        "when",
        "window",
    ]
)
STRETCHES = frozenset({"span"})
# The rules of booking say how long in the words of a stretch.
STRETCHES_OF_RULES = STRETCHES | {"blocked", "days", "least", "most", "offer"}
PLACEHOLDER = re.compile(r"%\((\w+)\)s")
# The word that is not used, and the one that is.
WORDS = {
    "账户": "账号",
    "帐": "账号",
    "名额": "号源",
    "改约": "改期",
    "预约凭证": "预约单",
    "合作方": "合作平台",
    "网点": "办事大厅",
    "两步验证": "动态码",
    "恢复码": "备用码",
}


def sentences() -> Iterator[tuple[str, str]]:
    """Every Chinese text with its part."""
    for part in part_names(Language.CHINESE):
        for message in read_part(Language.CHINESE, part):
            string = message.string or ""
            for text in (string,) if isinstance(string, str) else string:
                if message.id and text:
                    yield part, text


def filled(part: str, text: str) -> str:
    """The sentence with something in each place; names and the like as a mark that fits all."""
    stretches = STRETCHES_OF_RULES if part == "standing" else STRETCHES

    def example(found: re.Match[str]) -> str:
        name = found[1]
        if name in stretches:
            return "9 天"
        if name == "day":
            return "9日"
        figure = name in FIGURES or name in {"days", "blocked"}
        return "9" if figure else "\N{BULLET}"

    return PLACEHOLDER.sub(example, text)


def faults(part: str, text: str) -> list[str]:
    written = filled(part, text)
    plain = IN_A_DATE.sub("\N{BULLET}", written)
    return [
        found[0]
        for rule in (CROWDED, TORN, WESTERN)
        for found in rule.finditer(plain if rule is CROWDED else written)
    ]


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("%(num)s 人", True),
        ("%(num)s人", False),
        ("开始前 2 小时", True),
        ("开始前2 小时", False),
        ("7月8日 %(name)s的 XLSX 文件", True),
        ("XLSX文件", False),
        ("%(day)s前答复", True),
        ("您好,请", False),
        ("请 稍候", False),
    ],
)
def test_the_rule_itself(text: str, right: bool) -> None:
    assert (not faults("common", text)) is right


def test_a_space_stands_between_chinese_and_figures_or_letters_and_nowhere_else() -> None:
    wrong = {text: found for part, text in sentences() if (found := faults(part, text))}
    assert wrong == {}


def test_one_word_for_a_thing() -> None:
    wrong = {text: word for _, text in sentences() for word in WORDS if word in text}
    assert wrong == {}


def test_what_stands_in_templates_keeps_to_it() -> None:
    for path in sorted(TEMPLATES.rglob("*.html")):
        for line in path.read_text(encoding="utf-8").splitlines():
            assert not CROWDED.search(IN_A_DATE.sub("\N{BULLET}", line)), (path.name, line)
