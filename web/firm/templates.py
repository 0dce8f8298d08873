"""The empty list that a firm fills in, as a workbook and as text."""

import io
from typing import Any, Literal

from litestar import Response, get
from litestar.params import FromPath
from openpyxl import Workbook
from openpyxl.worksheet.datavalidation import DataValidation

from services.appointments import DOCUMENTS, PEOPLE, template_head
from services.kernel.actor import Actor
from services.kernel.errors import NotFound
from web.common.guards import CurrentActor, public

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# Litestar adds the charset of a text.
CSV = "text/csv"
WIDTHS = (16, 26, 26, 18)
TEXT = "@"


@get("/firm/template/{kind:str}", opt=public("an empty list holds nothing"))
async def template(kind: FromPath[str], actor: CurrentActor) -> Response[Any]:
    """The list with its headings, in the visitor's language."""
    if kind == "xlsx":
        return _file(_workbook(actor), "xlsx", XLSX)
    if kind == "csv":
        # With its mark, so that spreadsheets take it for UTF-8.
        text = ",".join(template_head(actor.language)) + "\r\n"
        return _file(text.encode("utf-8-sig"), "csv", CSV)
    raise NotFound


def _file(content: bytes, ending: Literal["xlsx", "csv"], media_type: str) -> Response[Any]:
    headers = {"Content-Disposition": f'attachment; filename="people.{ending}"'}
    return Response(content, media_type=media_type, headers=headers)


def _workbook(actor: Actor) -> bytes:
    """Every cell is text, so that no number loses its last digits; documents are a choice."""
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.append(list(template_head(actor.language)))
    place = 0 if actor.language == "zh_CN" else -1
    names = [names[place] for names in DOCUMENTS.values()]
    choices = book.create_sheet("documents")
    for name in names:
        choices.append([name])
    offered = DataValidation(type="list", formula1=f"=documents!$A$1:$A${len(names)}")
    sheet.add_data_validation(offered)
    offered.add(f"B2:B{PEOPLE + 1}")
    for row in sheet.iter_rows(min_row=2, max_row=PEOPLE + 1, max_col=len(WIDTHS)):
        for cell in row:
            cell.number_format = TEXT
    for letter, width in zip("ABCD", WIDTHS, strict=True):
        sheet.column_dimensions[letter].width = width
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


HANDLERS = (template,)
