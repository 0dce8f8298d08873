"""Every text is in both languages, and the check that says so really finds each kind of fault."""

from pathlib import Path

import pytest

from banshi.catalogues import Use, problems, update, used_messages

ENGLISH_HEADER = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n\n'
USED = {
    "Save": Use(None, ["templates/booking/a.html:1"]),
    "%(left)s left": Use(None, ["web/appointments/pages.py:2"]),
}
GOOD = 'msgid "Save"\nmsgstr "{save}"\n\nmsgid "%(left)s left"\nmsgstr "{left}"\n'


def catalogue(folder: Path, language: str, part: str, entries: str) -> None:
    (folder / language).mkdir(exist_ok=True)
    path = folder / language / f"{part}.po"
    path.write_text(ENGLISH_HEADER + entries, encoding="utf-8")


@pytest.fixture
def locales(tmp_path: Path) -> Path:
    catalogue(tmp_path, "en", "booking", GOOD.format(save="Save", left="%(left)s left"))
    catalogue(tmp_path, "zh_CN", "booking", GOOD.format(save="保存", left="余 %(left)s"))
    return tmp_path


def test_every_text_is_in_both_languages() -> None:
    assert list(problems(used_messages())) == []


def test_complete_catalogues_have_no_problems(locales: Path) -> None:
    assert list(problems(USED, locales)) == []


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        ('msgid "Save"\nmsgstr "保存"\n', 'not in locales/zh_CN/booking.po "%(left)s left"'),
        (GOOD.format(save="", left="余 %(left)s"), 'no translation of "Save"'),
        (GOOD.format(save="保存", left="余 %(rest)s"), 'the %(places)s differ in "%(left)s left"'),
        (GOOD.format(save="保存", left="余"), 'the %(places)s differ in "%(left)s left"'),
        ("#, fuzzy\n" + GOOD.format(save="保存", left="余 %(left)s"), 'fuzzy "Save"'),
        (
            GOOD.format(save="保存", left="余 %(left)s") + '\nmsgid "Old"\nmsgstr "旧"\n',
            'nothing uses "Old"',
        ),
        (
            GOOD.format(save="保存", left="余 %(left)s") + '\n#~ msgid "Old"\n#~ msgstr "旧"\n',
            'obsolete "Old"',
        ),
        (
            GOOD.format(save="保存 100%", left="余 %(left)s"),
            'write %% for a percent sign in "Save"',
        ),
    ],
)
def test_each_fault_is_named_with_its_file(locales: Path, entries: str, said: str) -> None:
    catalogue(locales, "zh_CN", "booking", entries)

    found = list(problems(USED, locales))

    assert any(line.endswith(said) for line in found), found
    assert all("zh_CN" in line for line in found)


def test_a_message_in_two_parts_is_named(locales: Path) -> None:
    catalogue(locales, "zh_CN", "common", 'msgid "Save"\nmsgstr "存"\n')

    assert 'locales/zh_CN: in booking and common at once "Save"' in problems(USED, locales)


def test_english_that_does_not_repeat_the_msgid_is_named(locales: Path) -> None:
    catalogue(locales, "en", "booking", GOOD.format(save="Keep", left="%(left)s left"))

    found = list(problems(USED, locales))

    assert found == ['locales/en/booking.po: English must repeat the msgid in "Save"']


def test_what_two_parts_use_belongs_to_common(locales: Path) -> None:
    used = {**USED, "Save": Use(None, ["web/appointments/a.py:1", "web/desk/b.py:1"])}

    assert 'locales/en/booking.po: belongs to common: "Save"' in problems(used, locales)


def test_update_adds_moves_and_drops_and_keeps_translations(locales: Path) -> None:
    used = {
        "Save": Use(None, ["web/appointments/a.py:1", "web/desk/b.py:1"]),
        "Cancel": Use(None, ["web/desk/b.py:2"]),
    }

    waiting = update(used, locales=locales)

    assert waiting == ["Cancel"]
    assert 'msgstr "保存"' in (locales / "zh_CN/common.po").read_text(encoding="utf-8")
    assert "left" not in (locales / "zh_CN/booking.po").read_text(encoding="utf-8")
    assert 'no translation of "Cancel"' in "\n".join(problems(used, locales))
