"""The empty list that a firm fills in, as a workbook and as text."""

import io
from typing import Any, Literal

from litestar import Response, get
from litestar.params import FromPath
from openpyxl import Workbook
from openpyxl.styles import Font
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from services.appointments import PEOPLE, template_documents, template_head
from services.kernel.errors import NotFound
from services.kernel.i18n import N_
from services.kernel.translations import Language, translate
from web.common.guards import CurrentActor, public

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# Litestar adds the charset of a text.
CSV = "text/csv"
WIDTHS = (16, 26, 26, 18)
TEXT = "@"

LIST = N_("List of people")
HELP = N_("How to fill in")
HELP_LINES = (
    N_("Fill in the first sheet: one row for each person, at most 200. This sheet is not read."),
    N_("Name: as on the document."),
    N_("Document: choose it from the list in the cell."),
    N_("ID number and mobile number: as text, so that no digit is lost."),
    N_("An example:"),
)
DOCUMENTS_FOLLOW = N_("Documents that can be chosen:")
# The number is the one that the standard itself gives as an example, the phone is nobody's.
_EXAMPLE = {Language.CHINESE: "张三", Language.ENGLISH: "Zhang San"}
_EXAMPLE_NUMBERS = ("11010519491231002X", "13800000000")


def example(language: Language) -> tuple[str, ...]:
    """A row as it should be."""
    return (_EXAMPLE[language], template_documents(language)[0], *_EXAMPLE_NUMBERS)


@get("/firm/template/{kind:str}", opt=public("an empty list holds nothing"))
async def template(kind: FromPath[str], actor: CurrentActor) -> Response[Any]:
    """The list with its headings, in the visitor's language."""
    language = Language(actor.language)
    if kind == "xlsx":
        return _file(_workbook(language), "xlsx", XLSX)
    if kind == "csv":
        # With its mark, so that spreadsheets take it for UTF-8.
        text = ",".join(template_head(language)) + "\r\n"
        return _file(text.encode("utf-8-sig"), "csv", CSV)
    raise NotFound


def _file(content: bytes, ending: Literal["xlsx", "csv"], media_type: str) -> Response[Any]:
    headers = {"Content-Disposition": f'attachment; filename="people.{ending}"'}
    return Response(content, media_type=media_type, headers=headers)


def _workbook(language: Language) -> bytes:
    """The list, and a second sheet that explains it; only the first one is ever read."""
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = translate(LIST, language)
    _empty_list(sheet, language)
    first, last = _explain(book.create_sheet(translate(HELP, language)), language)
    offered = DataValidation(
        type="list", formula1=f"='{translate(HELP, language)}'!$A${first}:$A${last}"
    )
    sheet.add_data_validation(offered)
    offered.add(f"B2:B{PEOPLE + 1}")
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def _empty_list(sheet: Worksheet, language: Language) -> None:
    """Every cell is text, so that no number loses its last digits."""
    sheet.append(list(template_head(language)))
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    sheet.freeze_panes = "A2"
    for row in sheet.iter_rows(min_row=2, max_row=PEOPLE + 1, max_col=len(WIDTHS)):
        for cell in row:
            cell.number_format = TEXT
    _widen(sheet)


def _explain(sheet: Worksheet, language: Language) -> tuple[int, int]:
    """Write the explanations; the first and the last row with the documents' names."""
    for line in HELP_LINES:
        sheet.append([translate(line, language)])
    sheet.append(list(template_head(language)))
    sheet.append(list(example(language)))
    sheet.append([])
    sheet.append([translate(DOCUMENTS_FOLLOW, language)])
    first = sheet.max_row + 1
    for name in template_documents(language):
        sheet.append([name])
    _widen(sheet)
    return first, sheet.max_row


def _widen(sheet: Worksheet) -> None:
    for letter, width in zip("ABCD", WIDTHS, strict=True):
        sheet.column_dimensions[letter].width = width


HANDLERS = (template,)
