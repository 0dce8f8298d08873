"""Reading a small table from a file that a stranger sent: XLSX or CSV, as text cell by cell.

Nothing is evaluated and nothing is unpacked that is larger than a list of two hundred people can
be. What stands in a cell is text, or one of the reasons why it cannot be read as such.
"""

import codecs
import csv
import io
import re
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time
from itertools import islice, product
from typing import Any

import openpyxl
from msgspec import Struct
from openpyxl.utils.cell import column_index_from_string, coordinate_from_string
from openpyxl.utils.exceptions import InvalidFileException

from services.kernel.errors import DomainError
from services.kernel.i18n import N_

# 200 people need some 60 KB of XML: what a workbook may unpack to, in all and for one part.
UNPACKED = 8_000_000
ONE_PART = 2_000_000
PARTS = 200
ROWS = 1000
# Empty rows may follow: spreadsheets keep those that were only formatted.
READ = 20_000
COLUMNS = 30
CELL = 200
# A number of more digits is no longer what was typed: spreadsheets keep fifteen.
EXACT_DIGITS = 15

_MERGE = re.compile(rb'<mergeCell[^>]*? ref="([A-Z]{1,3}[0-9]{1,7}):([A-Z]{1,3}[0-9]{1,7})"')

FORMULA = N_("This cell holds a formula. Please put its value there.")
MERGED = N_("This cell is part of merged cells. Please split them and fill in each.")
ROUNDED = N_(
    "The spreadsheet has rounded this long number. Please format the column as text and type it "
    "again."
)
A_DATE = N_("This cell holds a date or a yes/no value. Please format the column as text.")
TOO_LONG = N_("This cell holds far too much text.")


class FileUnreadable(DomainError):
    """Not an XLSX workbook and not a CSV text."""

    code = "file_unreadable"
    status = 422
    message = N_("We cannot read this file. Please use the template, saved as XLSX or CSV.")


class FileTooLarge(DomainError):
    """Far more than a list of people; it was not read to the end."""

    code = "file_too_large"
    status = 422
    message = N_("This file is too large. A group has at most 200 people.")


class Cell(Struct, frozen=True):
    """What stands in a cell: its text, and why it cannot be used if so (a msgid)."""

    text: str = ""
    wrong: str | None = None


class Row(Struct, frozen=True):
    """A row that is not empty; `number` counts from one, as spreadsheets do."""

    number: int
    cells: tuple[Cell, ...]


def read_rows(content: bytes) -> list[Row]:
    """Every row of the first sheet that holds something.

    Raises FileUnreadable or FileTooLarge, before the file has cost much time or memory.
    """
    rows = _workbook(content) if content.startswith(b"PK") else _text(content)
    return [row for row in rows if any(cell.text or cell.wrong for cell in row.cells)]


def _workbook(content: bytes) -> list[Row]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
    except zipfile.BadZipFile as error:
        raise FileUnreadable from error
    # zipfile reads no more of a part than the directory says that it has.
    if len(parts) > PARTS or any(part.file_size > ONE_PART for part in parts):
        raise FileTooLarge
    if sum(part.file_size for part in parts) > UNPACKED:
        raise FileTooLarge
    try:
        return _sheet(content)
    except (
        InvalidFileException,
        zipfile.BadZipFile,
        ArithmeticError,
        AttributeError,
        LookupError,
        NotImplementedError,
        OSError,
        SyntaxError,
        TypeError,
        ValueError,
    ) as error:
        # What openpyxl and defusedxml raise for a broken or hostile workbook has no common base.
        raise FileUnreadable from error


def _sheet(content: bytes) -> list[Row]:
    # Read-only: the whole would be kept as objects, and a merged range as one for every cell in it.
    book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, keep_links=False)
    sheet: Any = book.worksheets[0]
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        merged = _merged(archive.read(sheet._worksheet_path))  # noqa: SLF001 - read-only sheets do not say what is merged
    rows = []
    for number, cells in enumerate(islice(sheet.iter_rows(max_col=COLUMNS), READ + 1), start=1):
        row = Row(
            number,
            tuple(
                Cell(wrong=MERGED) if (number, column) in merged else _cell(cell)
                for column, cell in enumerate(cells, start=1)
            ),
        )
        empty = not any(cell.text for cell in row.cells)
        if number > READ or (number > ROWS and not empty):
            raise FileTooLarge
        rows.append(row)
    return rows[:ROWS]


def _merged(xml: bytes) -> set[tuple[int, int]]:
    """The cells (row, column) that a merge hides, as far as the sheet is read."""
    hidden: set[tuple[int, int]] = set()
    for found in islice(_MERGE.finditer(xml), ROWS):
        left, top = _coordinate(found[1])
        right, bottom = _coordinate(found[2])
        inside = product(range(top, min(bottom, ROWS) + 1), range(left, min(right, COLUMNS) + 1))
        hidden.update(cell for cell in inside if cell != (top, left))
    return hidden


def _coordinate(text: bytes) -> tuple[int, int]:
    """Column and row of a cell such as B7."""
    letters, row = coordinate_from_string(text.decode())
    return column_index_from_string(letters), row


def _cell(cell: Any) -> Cell:
    value = cell.value
    if value is None:
        return Cell()
    if cell.data_type == "f":
        return Cell(wrong=FORMULA)
    if isinstance(value, bool | date | datetime | time):
        return Cell(wrong=A_DATE)
    if isinstance(value, int | float):
        return _number(value)
    return _words(str(value))


def _number(value: float) -> Cell:
    if value != int(value):
        return _words(str(value))
    digits = str(int(value))
    return Cell(digits, ROUNDED) if len(digits.lstrip("-")) > EXACT_DIGITS else Cell(digits)


def _words(text: str) -> Cell:
    text = " ".join(text.split())
    if len(text) > CELL:
        return Cell(text[:CELL], TOO_LONG)
    return Cell(text, FORMULA if text.startswith("=") else None)


def _text(content: bytes) -> list[Row]:
    text = _decoded(content)
    if "\0" in text:
        raise FileUnreadable
    rows: list[Row] = []
    try:
        for cells in csv.reader(_lines(text), delimiter=_delimiter(text)):
            if len(rows) == ROWS:
                raise FileTooLarge
            rows.append(Row(len(rows) + 1, tuple(_words(cell) for cell in cells[:COLUMNS])))
    except csv.Error as error:
        raise FileUnreadable from error
    return rows


def _lines(text: str) -> Iterator[str]:
    return iter(io.StringIO(text, newline=""))


def _delimiter(text: str) -> str:
    """Chinese Excel writes commas, some others semicolons or tabs: what the first line has most."""
    first = text.split("\n", 1)[0]
    return max(",;\t", key=first.count)


def _decoded(content: bytes) -> str:
    """UTF-8 with or without its mark, else GB 18030, which has all of GBK and GB 2312.

    UTF-16 only with its mark: it is what spreadsheets call "Unicode text".
    """
    marked = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    for encoding in ("utf-16",) if marked else ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise FileUnreadable
