"""Every mistake in the catalogue's files is named with its line and what would be right."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from services.catalog.source import DATA, CatalogueInvalid, read_catalogue
from services.catalog.states import Line, Mode

CARD = "items/household/id-card-replace.yaml"
OFFICES = "offices.yaml"
Break = Callable[[str, str, str], list[str]]


@pytest.fixture
def break_file(tmp_path: Path) -> Break:
    """Replace the first `old` in a file of a copy of the catalogue; what is said then."""
    folder = tmp_path / "catalogue"
    shutil.copytree(DATA, folder)

    def change(name: str, old: str, new: str) -> list[str]:
        path = folder / name
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
        with pytest.raises(CatalogueInvalid) as caught:
            read_catalogue(folder)
        return [str(problem).removeprefix(f"{folder}/") for problem in caught.value.problems]

    return change


def test_what_we_ship_is_sound_and_complete() -> None:
    catalogue = read_catalogue()
    assert len(catalogue.items) == 39
    assert {item.line for item in catalogue.items} == set(Line)
    assert {mode for item in catalogue.items for mode in item.modes} == set(Mode)
    assert [office.code for office in catalogue.offices] == [
        "dongchangfu",
        "chiping",
        "linqing",
        "guanxian",
        "shenxian",
        "yanggu",
        "donge",
        "gaotang",
    ]
    for office in catalogue.offices:
        served = {line for window in office.windows for line in window.lines}
        assert served == set(Line), office.code
        assert "0635-000" in office.phone, "a number of the demonstration must not ring anywhere"


class Mistake(NamedTuple):
    name: str
    old: str
    new: str
    said: str
    at: int = 0
    """Lines from the change to the place that is named."""


@pytest.mark.parametrize(
    "mistake",
    [
        Mistake(CARD, "summary:", "sumary:", "the file has no `sumary`; did you mean `summary`?"),
        Mistake(
            CARD, "minutes: 10\n", "minutes: 10\nminutes: 12\n", "`minutes` stands here twice", at=1
        ),
        Mistake(
            CARD,
            "  en: Replace a lost or damaged resident ID card\n",
            "",
            "title has no English text; add `en: …`",
            at=-1,
        ),
        Mistake(
            CARD,
            "en: Replace a lost or damaged resident ID card",
            "en:",
            "`title.en` is empty; write its English text",
        ),
        Mistake(
            CARD,
            "en: Replace a lost or damaged resident ID card",
            "en: 补领身份证",
            "“补领身份证” stands as English and holds Chinese",
        ),
        Mistake(
            CARD,
            "zh_CN: 居民身份证丢失补领、损坏换领",
            "zh_CN: Lost card",
            "“Lost card” stands as Chinese and is not Chinese",
        ),
        Mistake(
            CARD, "fen: 4000", "fen: 40元", "write a whole number (for a fee of 40 yuan: 4000 fen)"
        ),
        Mistake(CARD, "fen: 4000", "fen: 40.50", "(for a fee of 40.50 yuan: 4050 fen)"),
        Mistake(CARD, "fen: 4000", "fen: 40", "a fee of 40 fen is less than one yuan"),
        Mistake(CARD, "fen: 4000", "fen: -1", "`fees.0.fen` is -1; it cannot be below 0"),
        Mistake(CARD, "fen: 4000", "fen: 99000000", "it cannot be above 1000000"),
        Mistake(
            CARD,
            "    fen: 4000\n",
            "",
            "needs `confirmed: false` and a `note` on who sets it",
            at=-3,
        ),
        Mistake(
            CARD, "modes: [booked", "modes: [boked", "cannot be “boked”; did you mean `booked`?"
        ),
        Mistake(CARD, "modes: [booked", "modes: [booked, booked", "mode `booked` is listed twice"),
        Mistake(CARD, "modes: [booked, mailed, on_site]", "modes: booked", "must be a list"),
        Mistake(
            CARD, "modes: [booked, mailed, on_site]", "modes: []", "needs at least 1, and has 0"
        ),
        Mistake(CARD, "form: form", "form: paper", "cannot be “paper”; use `original`"),
        Mistake(
            CARD, "may_be_supplied_later: true", "may_be_supplied_later: yes", "write true or false"
        ),
        Mistake(
            CARD, "code: id-card-replace", "code: id-card-swap", "must match the name of the file"
        ),
        Mistake(CARD, "code: id-card-replace", "code: ID卡", "does not have the form"),
        Mistake(CARD, "line: household", "line: firm", "must match the folder `household`"),
        Mistake(CARD, "category: id_card", "category: passport", "belongs to line `exit_entry`"),
        Mistake(CARD, "position: 30", "position: 20", "position 20 is taken by `id-card-renew`"),
        Mistake(
            CARD,
            "居民身份证丢失补领、损坏换领",
            "居民身份证到期换领",
            "is taken by `id-card-renew`",
        ),
        Mistake(
            CARD, "title:\n", "title: 身份证\nsummry:\n", "must hold `zh_CN` or `en`, not “身份证”"
        ),
        Mistake(CARD, "line: household", "line: [household", "this is not valid YAML", at=1),
        Mistake(CARD, "line: household", "line: house\x07hold", "this is not valid YAML"),
        Mistake(
            "items/household/residence-permit-endorse.yaml",
            "item: residence-permit-apply",
            "item: residence-permit-aply",
            "no item `residence-permit-aply`; did you mean `residence-permit-apply`?",
        ),
        Mistake(
            "items/household/residence-permit-endorse.yaml",
            "item: residence-permit-apply",
            "item: residence-permit-endorse",
            "an item cannot be its own prerequisite",
        ),
        Mistake(
            OFFICES, "code: chiping", "code: dongchangfu", "office `dongchangfu` stands here twice"
        ),
        Mistake(OFFICES, 'opens: "08:30"', 'opens: "8:30"', "write a time of day as 08:30"),
        Mistake(
            OFFICES,
            'closes: "12:00"',
            'closes: "08:00"',
            "closes at 08:00, not after it opens",
            at=-1,
        ),
        Mistake(
            OFFICES, 'opens: "13:00"', 'opens: "11:00"', "before the period above closes at 12:00"
        ),
        Mistake(OFFICES, "weekdays: [6]", "weekdays: [5]", "weekday 5 has its hours twice"),
        Mistake(OFFICES, "weekdays: [6]", "weekdays: [8]", "it cannot be above 7"),
        Mistake(OFFICES, "number: 2\n", "number: 1\n", "has two windows with number 1"),
        Mistake(OFFICES, "day: 2026-12-31", "day: 2026-02-30", "write a day of the calendar"),
        Mistake(
            OFFICES, "day: 2026-12-31", "day: 2027-01-02", "2027-01-02 has two exceptions", at=7
        ),
        Mistake(OFFICES, "phone: 0635-0001101", "phone: 06350001101", "does not have the form"),
    ],
    ids=lambda mistake: mistake.said,
)
def test_each_mistake_is_named_where_it_stands(break_file: Break, mistake: Mistake) -> None:
    before = (DATA / mistake.name).read_text(encoding="utf-8")
    changed = before[: before.index(mistake.old)].count("\n") + 1
    problems = break_file(mistake.name, mistake.old, mistake.new)
    [told] = [problem for problem in problems if mistake.said in problem]
    assert told.startswith(f"{mistake.name}:{changed + mistake.at}: ")


def test_all_mistakes_are_told_at_once(break_file: Break) -> None:
    break_file(CARD, "minutes: 10", "minutes: 1")
    problems = break_file(OFFICES, "number: 2\n", "number: 1\n")
    assert len(problems) == 2


def test_a_mistake_in_one_item_does_not_blame_those_that_need_it(break_file: Break) -> None:
    problems = break_file(
        "items/household/residence-permit-apply.yaml", "minutes: 15", "minutes: soon"
    )
    assert len(problems) == 1


def test_bytes_that_are_not_text(tmp_path: Path) -> None:
    folder = tmp_path / "catalogue"
    shutil.copytree(DATA, folder)
    (folder / CARD).write_bytes(b"code: id-card-replace\nline: \xff\n")
    with pytest.raises(CatalogueInvalid, match=r"id-card-replace\.yaml:2: this is not UTF-8"):
        read_catalogue(folder)


def test_an_empty_folder_says_so(tmp_path: Path) -> None:
    with pytest.raises(CatalogueInvalid) as caught:
        read_catalogue(tmp_path)
    said = str(caught.value)
    assert "no item is here" in said
    assert "the file of offices is missing" in said
