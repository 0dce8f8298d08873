"""What the types alone cannot say about an item or an office: the rules between its parts."""

import re
from collections.abc import Iterator

from msgspec import Struct, structs

from services.catalog.decode import Decoder
from services.catalog.definitions import (
    Item,
    OfficeDefinition,
    OfficesFile,
    Period,
    SearchWords,
    Text,
)
from services.catalog.problems import suggestion
from services.catalog.states import Category

ONE_YUAN = 100
_CHINESE = re.compile(r"[\u3400-\u9fff]")


def check_item(item: Item, decoder: Decoder) -> None:
    """Report every contradiction inside one item."""
    _check_languages(item, decoder)
    if decoder.path.stem != item.code:
        decoder.report("code", f"code `{item.code}` must match the name of the file")
    if item.category.line is not item.line:
        of_line = [one.value for one in Category if one.line is item.line]
        decoder.report(
            "category",
            f"category `{item.category}` belongs to line `{item.category.line}`, not"
            f" `{item.line}`; {suggestion(item.category, of_line)}",
        )
    for index, mode in enumerate(item.modes):
        if mode in item.modes[:index]:
            decoder.report(f"modes.{index}", f"mode `{mode}` is listed twice")
    _check_fees(item, decoder)
    for index, needed in enumerate(item.prerequisites):
        if needed.item is None and needed.text is None:
            decoder.report(f"prerequisites.{index}", "a prerequisite needs `item`, `text` or both")
        if needed.item == item.code:
            decoder.report(f"prerequisites.{index}.item", "an item cannot be its own prerequisite")


def _check_fees(item: Item, decoder: Decoder) -> None:
    for index, fee in enumerate(item.fees):
        if fee.fen is None and (fee.confirmed or fee.note is None):
            decoder.report(
                f"fees.{index}",
                "a fee without `fen` needs `confirmed: false` and a `note` on who sets it",
            )
        if fee.fen is not None and 0 < fee.fen < ONE_YUAN:
            decoder.report(
                f"fees.{index}.fen",
                f"a fee of {fee.fen} fen is less than one yuan; fees are in fen, so"
                f" {fee.fen} yuan is {fee.fen * 100}",
            )


def check_offices(file: OfficesFile, decoder: Decoder) -> None:
    """Report every contradiction in the offices' file."""
    _check_languages(file, decoder)
    seen: set[str] = set()
    for index, office in enumerate(file.offices):
        where = f"offices.{index}"
        if office.code in seen:
            decoder.report(f"{where}.code", f"office `{office.code}` stands here twice")
        seen.add(office.code)
        _check_windows(office, where, decoder)
        _check_opening(office, where, decoder)


def _check_windows(office: OfficeDefinition, where: str, decoder: Decoder) -> None:
    seen: set[int] = set()
    for index, window in enumerate(office.windows):
        if window.number in seen:
            decoder.report(
                f"{where}.windows.{index}.number",
                f"office `{office.code}` has two windows with number {window.number}",
            )
        seen.add(window.number)


def _check_opening(office: OfficeDefinition, where: str, decoder: Decoder) -> None:
    weekdays: set[int] = set()
    for index, hours in enumerate(office.opening):
        _check_periods(hours.periods, f"{where}.opening.{index}.periods", decoder)
        for position, weekday in enumerate(hours.weekdays):
            if weekday in weekdays:
                decoder.report(
                    f"{where}.opening.{index}.weekdays.{position}",
                    f"weekday {weekday} has its hours twice",
                )
            weekdays.add(weekday)
    days = set()
    for index, exception in enumerate(office.exceptions):
        _check_periods(exception.periods, f"{where}.exceptions.{index}.periods", decoder)
        if exception.day in days:
            decoder.report(f"{where}.exceptions.{index}.day", f"{exception.day} has two exceptions")
        days.add(exception.day)


def _check_periods(periods: tuple[Period, ...], where: str, decoder: Decoder) -> None:
    for index, period in enumerate(periods):
        if period.closes <= period.opens:
            decoder.report(
                f"{where}.{index}",
                f"closes at {period.closes:%H:%M}, not after it opens at {period.opens:%H:%M}",
            )
        if index and period.opens < periods[index - 1].closes:
            decoder.report(
                f"{where}.{index}",
                f"opens at {period.opens:%H:%M}, before the period above closes at"
                f" {periods[index - 1].closes:%H:%M}",
            )


def _check_languages(struct: Struct, decoder: Decoder) -> None:
    for where, words in _texts(struct, ""):
        chinese = (words.zh,) if isinstance(words, Text) else words.zh
        english = (words.en,) if isinstance(words, Text) else words.en
        for one in chinese:
            if not _CHINESE.search(one) and isinstance(words, Text):
                decoder.report(f"{where}.zh_CN", f"“{one}” stands as Chinese and is not Chinese")
        for one in english:
            if _CHINESE.search(one):
                decoder.report(f"{where}.en", f"“{one}” stands as English and holds Chinese")


def _texts(value: object, where: str) -> Iterator[tuple[str, Text | SearchWords]]:
    if isinstance(value, Text | SearchWords):
        yield where, value
    elif isinstance(value, Struct):
        for field in structs.fields(value):
            path = f"{where}.{field.encode_name}" if where else field.encode_name
            yield from _texts(getattr(value, field.name), path)
    elif isinstance(value, tuple):
        for index, one in enumerate(value):
            yield from _texts(one, f"{where}.{index}")
