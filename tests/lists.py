"""Lists of people as firms make them: good ones and nasty ones, made in the test."""

import io
import itertools
from collections.abc import Sequence

from openpyxl import Workbook

from tests.people import new_phone, new_resident_id

HEAD = ("姓名", "证件类型", "证件号码", "手机号码")
_NAMES = itertools.cycle(("张伟", "王秀英", "李建国", "刘婷婷"))

Row = Sequence[object]


def person() -> tuple[str, str, str, str]:
    """Somebody whom nothing is wrong with."""
    return (next(_NAMES), "居民身份证", new_resident_id(), new_phone())


def people(number: int) -> list[Row]:
    """A list of so many, with its head."""
    return [HEAD, *(person() for _ in range(number))]


def xlsx(rows: Sequence[Row], *, merged: str | None = None) -> bytes:
    """A workbook with these rows."""
    book = Workbook()
    sheet = book.worksheets[0]
    for row in rows:
        sheet.append(list(row))
    if merged:
        sheet.merge_cells(merged)
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def csv(rows: Sequence[Row], encoding: str = "utf-8") -> bytes:
    """A text with these rows."""
    return "".join(",".join(map(str, row)) + "\r\n" for row in rows).encode(encoding)
