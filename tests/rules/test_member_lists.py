"""Reading a firm's list: every fault by row and column, and no file that does harm."""

import io
import time
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.appointments import Column, read_list
from services.appointments.visits.members import MISSING, NOBODY, TOO_MANY, TWICE, UNKNOWN_DOCUMENT
from services.appointments.visits.sheets import (
    A_DATE,
    FORMULA,
    MERGED,
    ROUNDED,
    FileTooLarge,
    FileUnreadable,
)
from services.identity import IdType
from tests.bookings import NOW
from tests.lists import HEAD, csv, people, person, xlsx

QUICK = 3.0


def faults(content: bytes) -> list[tuple[int, Column | None, str]]:
    return [(one.row, one.column, one.message) for one in read_list(content, NOW).faults]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gbk", "gb18030"])
def test_text_in_any_encoding_that_is_in_use(encoding: str) -> None:
    rows = people(2)
    read = read_list(csv(rows, encoding), NOW)
    assert read.faults == ()
    assert [member.name for _, member in read.members] == [row[0] for row in rows[1:]]
    assert [row for row, _ in read.members] == [2, 3]


def test_a_workbook_as_the_template_makes_it() -> None:
    [name, _, number, phone] = person()
    english = ("Name", "Document", "ID number", "Mobile number")
    read = read_list(xlsx([english, (name, "Resident ID card", number, int(phone))]), NOW)
    [(_, member)] = read.members
    assert (member.id_type, member.id_number, member.phone) == (IdType.RESIDENT_ID, number, phone)


def test_the_most_people_that_a_group_has() -> None:
    assert len(read_list(xlsx(people(200)), NOW).members) == 200
    assert faults(xlsx(people(201))) == [(0, None, TOO_MANY)]
    assert faults(csv([HEAD])) == [(0, None, NOBODY)]


def test_every_fault_is_named_with_its_row_and_column() -> None:
    good, twice = person(), person()
    rows = [
        HEAD,
        good,
        ("", "居民身份证", person()[2], person()[3]),
        ("王五", "学生证", "12345", person()[3]),
        ("王五", "身份证", "371502199003150010", "12345"),
        twice,
        twice,
    ]
    found = faults(csv(rows))
    assert (3, Column.NAME, MISSING) in found
    assert (4, Column.ID_TYPE, UNKNOWN_DOCUMENT) in found
    assert (7, Column.ID_NUMBER, TWICE) in found
    assert {(row, column) for row, column, _ in found} == {
        (3, Column.NAME),
        (4, Column.ID_TYPE),
        (5, Column.ID_NUMBER),
        (5, Column.PHONE),
        (7, Column.ID_NUMBER),
    }


def test_a_fault_is_named_with_its_cell_wherever_the_column_is() -> None:
    _, document, number, phone = person()
    turned = [
        ("手机号码", "备注", "姓名", "证件号码", "证件类型"),
        (phone, "", "", number, document),
    ]
    [fault] = read_list(csv(turned), NOW).faults
    assert (fault.cell, fault.column, fault.message) == ("C2", Column.NAME, MISSING)


def test_a_missing_column_is_named() -> None:
    assert {column for _, column, _ in faults(csv([("姓名", "电话"), ("张三", "1")]))} == {
        Column.ID_TYPE,
        Column.ID_NUMBER,
        Column.PHONE,
    }


def test_cells_that_are_no_text() -> None:
    one: list[object] = [*person()]
    two: list[object] = [*person()]
    three: list[object] = [*person()]
    one[2] = 371502199003150019
    two[0] = '=HYPERLINK("http://evil.example","x")'
    three[3] = NOW.replace(tzinfo=None)
    found = faults(xlsx([HEAD, one, two, three]))
    assert (2, Column.ID_NUMBER, ROUNDED) in found
    assert (3, Column.NAME, FORMULA) in found
    assert (4, Column.PHONE, A_DATE) in found
    assert (2, Column.NAME, FORMULA) in faults(csv([HEAD, ("=1+1", *person()[1:])]))


def test_merged_cells() -> None:
    assert (3, Column.NAME, MERGED) in faults(xlsx(people(2), merged="A2:A3"))


def part_of(content: bytes, name: str, text: bytes) -> bytes:
    """The workbook with one part replaced."""
    written = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as before,
        zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as after,
    ):
        for part in before.namelist():
            after.writestr(part, text if part == name else before.read(part))
    return written.getvalue()


SHEET = "xl/worksheets/sheet1.xml"


def sheet(rows: bytes, after: bytes = b"") -> bytes:
    """The XML of a worksheet."""
    return (
        b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        b"<sheetData>" + rows + b"</sheetData>" + after + b"</worksheet>"
    )


def test_files_that_do_harm_are_refused_fast() -> None:
    good = xlsx(people(3))
    bomb = part_of(good, SHEET, sheet(b'<row r="1"><c r="A1"><v>1</v></c></row>' * 2_000_000))
    laughs = b'<!DOCTYPE x [<!ENTITY a "' + b"ha" * 1000 + b'">]><sst>' + b"&a;" * 1000 + b"</sst>"
    far = b'<row r="1048576"><c r="A1048576" t="inlineStr"><is><t>x</t></is></c></row>'
    everywhere = b'<mergeCells><mergeCell ref="A1:XFD1048576"/></mergeCells>'
    began = time.monotonic()
    assert faults(xlsx(people(20_000))) == [(0, None, FileTooLarge.message)]
    began, made = time.monotonic(), time.monotonic() - began
    assert faults(csv(people(100_000))) == [(0, None, FileTooLarge.message)]
    assert faults(bomb) == [(0, None, FileTooLarge.message)]
    assert faults(part_of(good, SHEET, sheet(far))) == [(0, None, FileTooLarge.message)]
    assert faults(part_of(good, SHEET, laughs)) == [(0, None, FileUnreadable.message)]
    assert faults(part_of(good, SHEET, sheet(b"", everywhere)))
    assert time.monotonic() - began < QUICK + made


@pytest.mark.parametrize(
    "content", [b"", b"PK\x03\x04nothing", b"\x89PNG\r\n\x1a\n\x00\x00", b"\0"]
)
def test_what_is_no_list(content: bytes) -> None:
    assert faults(content)


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=400))
def test_no_bytes_break_it(content: bytes) -> None:
    assert read_list(content, NOW).faults
    assert read_list(b"PK" + content, NOW).faults
