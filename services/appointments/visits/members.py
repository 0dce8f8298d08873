"""A firm's list of people: which column is which, and what is wrong in which cell."""

import unicodedata
from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum

from msgspec import Struct
from openpyxl.utils.cell import get_column_letter

from services import identity
from services.appointments.visits.sheets import Cell, FileTooLarge, FileUnreadable, Row, read_rows
from services.identity import IdType, MemberDetails
from services.kernel.errors import InvalidInput
from services.kernel.i18n import N_
from services.kernel.translations import Language

PEOPLE = 200


class Column(StrEnum):
    """What a list says of each person."""

    NAME = "name"
    ID_TYPE = "id_type"
    ID_NUMBER = "id_number"
    PHONE = "phone"


COLUMN_NAMES: Mapping[Column, str] = {
    Column.NAME: N_("Name"),
    Column.ID_TYPE: N_("Document type"),
    Column.ID_NUMBER: N_("ID number"),
    Column.PHONE: N_("Mobile number"),
}
# How the columns may be headed, and documents be called: as the templates do, and as people do.
_HEADS: Mapping[Column, tuple[str, ...]] = {
    Column.NAME: ("姓名", "名字", "name", "full name"),
    Column.ID_TYPE: ("证件类型", "证件种类", "证件名称", "document type", "document", "id type"),
    Column.ID_NUMBER: ("证件号码", "证件号", "身份证号", "身份证号码", "id number"),
    Column.PHONE: ("手机号码", "手机号", "手机", "联系电话", "mobile number", "phone"),
}


def template_head(language: Language) -> tuple[str, ...]:
    """The headings of an empty list."""
    if language is Language.ENGLISH:
        return tuple(COLUMN_NAMES.values())
    return tuple(names[0] for names in _HEADS.values())


def template_documents(language: Language) -> tuple[str, ...]:
    """What an empty list offers as documents."""
    if language is Language.ENGLISH:
        return tuple(identity.ID_TYPE_NAMES[one] for one in DOCUMENTS)
    return tuple(names[0] for names in DOCUMENTS.values())


DOCUMENTS: Mapping[IdType, tuple[str, ...]] = {
    IdType.RESIDENT_ID: ("居民身份证", "身份证", "resident id card"),
    IdType.HMT_RESIDENCE_PERMIT: (
        "港澳台居民居住证",
        "residence permit for hong kong, macao and taiwan residents",
    ),
    IdType.HM_TRAVEL_PERMIT: (
        "港澳居民来往内地通行证",
        "回乡证",
        "mainland travel permit for hong kong and macao residents",
    ),
    IdType.TW_TRAVEL_PERMIT: (
        "台湾居民来往大陆通行证",
        "台胞证",
        "mainland travel permit for taiwan residents",
    ),
    IdType.PASSPORT_CN: ("中国护照", "护照", "chinese passport"),
    IdType.PASSPORT_FOREIGN: ("外国护照", "foreign passport"),
    IdType.FOREIGN_PERMANENT_RESIDENCE: (
        "外国人永久居留身份证",
        "foreigner's permanent residence card",
    ),
}

COLUMN_MISSING = N_("This column is missing.")
NOBODY = N_("There is nobody on this list.")
TOO_MANY = N_("A group has at most 200 people.")
MISSING = N_("Please fill this in.")
UNKNOWN_DOCUMENT = N_("We do not know this document. Please write it as in the template.")
TWICE = N_("This person is on the list twice.")


class Fault(Struct, frozen=True, kw_only=True):
    """What is wrong (a msgid), in which row of the file and which column; `cell` is its "B7".

    Row 0 stands for the file as a whole; a column that is missing has no cell.
    """

    row: int
    column: Column | None
    message: str
    cell: str | None = None


class ReadList(Struct, frozen=True, kw_only=True):
    """What a file says: people with the row each stands in, or what is wrong with it.

    `places` says as which column of the file, from 0, each of ours was found.
    """

    members: tuple[tuple[int, MemberDetails], ...] = ()
    faults: tuple[Fault, ...] = ()
    places: Mapping[Column, int] = {}

    def fault(self, row: int, column: Column, message: str) -> Fault:
        """A fault of this file's, with its cell."""
        return _fault(self.places, row, column, message)


def _fault(places: Mapping[Column, int], row: int, column: Column, message: str) -> Fault:
    cell = f"{get_column_letter(places[column] + 1)}{row}"
    return Fault(row=row, column=column, message=message, cell=cell)


def read_list(content: bytes, now: datetime) -> ReadList:
    """Read a file to the end and name everything that is wrong with it.

    Pure but for the size of the file: takes at most a second or two, so call it in a thread.
    """
    try:
        rows = read_rows(content)
    except (FileUnreadable, FileTooLarge) as error:
        return ReadList(faults=(Fault(row=0, column=None, message=error.message),))
    if not rows:
        return ReadList(faults=(Fault(row=0, column=None, message=NOBODY),))
    head, *people = rows
    places = _places(head)
    missing = [column for column in Column if column not in places]
    if missing:
        return ReadList(
            faults=tuple(
                Fault(row=head.number, column=column, message=COLUMN_MISSING) for column in missing
            )
        )
    if not people:
        return ReadList(faults=(Fault(row=0, column=None, message=NOBODY),))
    if len(people) > PEOPLE:
        return ReadList(faults=(Fault(row=0, column=None, message=TOO_MANY),))
    return _read_people(people, places, now)


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip().strip("*").casefold()


def _places(head: Row) -> dict[Column, int]:
    """Where each column is, by how it is headed."""
    heads = [_plain(cell.text) for cell in head.cells]
    return {
        column: heads.index(name)
        for column, names in _HEADS.items()
        for name in reversed(names)
        if name in heads
    }


def _read_people(rows: Sequence[Row], places: Mapping[Column, int], now: datetime) -> ReadList:
    members: list[tuple[int, MemberDetails]] = []
    faults: list[Fault] = []
    seen: set[tuple[IdType, str]] = set()
    for row in rows:
        cells = {
            column: row.cells[place] if place < len(row.cells) else Cell()
            for column, place in places.items()
        }
        read = _read_one(cells, now)
        if isinstance(read, MemberDetails):
            document = (read.id_type, read.id_number)
            if document in seen:
                faults.append(_fault(places, row.number, Column.ID_NUMBER, TWICE))
            seen.add(document)
            members.append((row.number, read))
        else:
            faults += [_fault(places, row.number, *wrong) for wrong in read.items()]
    if faults:
        return ReadList(faults=tuple(faults), places=places)
    return ReadList(members=tuple(members), places=places)


def _read_one(cells: Mapping[Column, Cell], now: datetime) -> MemberDetails | dict[Column, str]:
    """The person in a row, or what is wrong by column."""
    faults = {
        column: cell.wrong or (None if cell.text else MISSING) for column, cell in cells.items()
    }
    wanted = _plain(cells[Column.ID_TYPE].text)
    id_type = next((one for one, names in DOCUMENTS.items() if wanted in (one, *names)), None)
    if id_type is None:
        faults[Column.ID_TYPE] = faults[Column.ID_TYPE] or UNKNOWN_DOCUMENT
    details = MemberDetails(
        name=cells[Column.NAME].text,
        id_type=id_type or IdType.RESIDENT_ID,
        id_number=cells[Column.ID_NUMBER].text,
        phone=cells[Column.PHONE].text,
    )
    checked = None
    try:
        checked = identity.check_member(details, now)
    except InvalidInput as error:
        for one in error.errors:
            column = Column(one.field)
            # Whether a number is right depends on a document that is known.
            if id_type is not None or column is not Column.ID_NUMBER:
                faults[column] = faults[column] or one.message
    found = {column: message for column, message in faults.items() if message}
    if found or checked is None:
        return found
    return checked
