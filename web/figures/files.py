"""The figures as files that a spreadsheet opens."""

import csv
import io
from collections.abc import Callable, Sequence
from functools import partial

import xlsxwriter
from litestar import Response
from msgspec import Struct

from services import appointments, catalog, queue
from services.kernel.actor import Actor
from services.kernel.i18n import N_
from services.kernel.translations import Language, translate
from services.queue import Times
from web.figures.asked import Asked

MEDIA_TYPES = {
    # Litestar adds the charset of a text.
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
# Without the mark at the beginning, spreadsheets take a CSV file for GBK.
CSV_ENCODING = "utf-8-sig"
# A cell that begins so would be run as a formula.
FORMULA_BEGINS = ("=", "+", "-", "@", "\t", "\r")

LINE = N_("Windows")
TIMES = (
    N_("Wait, median (min)"),
    N_("Wait, 9 of 10 (min)"),
    N_("Service, median (min)"),
    N_("Service, 9 of 10 (min)"),
)
FINISHED = N_("Served")
SHEET_QUEUE, SHEET_BOOKING = N_("Queue"), N_("Booked appointments")
SHEET_CLERKS, SHEET_LOAD, SHEET_UNMET = N_("Clerks"), N_("When people came"), N_("Unmet demand")
WEEKDAY, HOUR, PEOPLE = N_("Weekday"), N_("Hour"), N_("Number of people")

Value = str | int | float | None
Say = Callable[[str], str]


class Sheet(Struct, frozen=True):
    """One table: its name, the heads of its columns, and its rows."""

    name: str
    heads: Sequence[str]
    rows: Sequence[Sequence[Value]]


async def sheets(actor: Actor, span: queue.Span, language: Language) -> list[Sheet]:
    """Every table of the figures page. Raises Forbidden."""
    say = partial(translate, language=language)
    figures = await queue.hall_figures(actor, span)
    demand = await queue.unmet_demand(actor, figures)
    booking = await appointments.booking_figures(span.office_code, span.first, span.last)
    found = [_queue(figures, say), _booking(booking, say)]
    if figures.clerks is not None:
        found.append(
            Sheet(
                say(SHEET_CLERKS),
                [say(N_("Clerk")), say(N_("Came to the window")), say(FINISHED), *map(say, TIMES)],
                [
                    (one.name, one.served, one.finished, *_minutes(one.times))
                    for one in figures.clerks
                ],
            )
        )
    found.append(
        Sheet(
            say(SHEET_LOAD),
            [say(WEEKDAY), say(HOUR), say(PEOPLE)],
            [
                (say(catalog.WEEKDAY_NAMES[hour.weekday]), hour.hour, count)
                for hour, count in sorted(figures.load.items())
            ],
        )
    )
    found.append(
        Sheet(
            say(SHEET_UNMET),
            [say(LINE), say(WEEKDAY), say(HOUR), say(PEOPLE)],
            [
                (
                    say(catalog.LINE_NAMES[line]),
                    say(catalog.WEEKDAY_NAMES[hour.weekday]),
                    hour.hour,
                    count,
                )
                for (line, hour), count in sorted(demand.by_hour.items())
            ],
        )
    )
    return found


def _queue(figures: queue.HallFigures, say: Say) -> Sheet:
    heads = [
        LINE,
        N_("Numbers"),
        FINISHED,
        N_("Called in vain"),
        N_("Left"),
        N_("Waited too long"),
        *TIMES,
    ]
    rows = [
        (
            _line(one.line, say),
            one.tickets,
            one.finished,
            one.missed,
            one.left,
            one.late,
            *_minutes(one.times),
        )
        for one in (figures.total, *figures.lines)
    ]
    return Sheet(say(SHEET_QUEUE), [say(head) for head in heads], rows)


def _booking(figures: Sequence[appointments.BookingFigures], say: Say) -> Sheet:
    heads = [
        LINE,
        N_("Places"),
        N_("Booked"),
        N_("Kept"),
        N_("Not kept"),
        N_("Given up in time"),
    ]
    rows = [
        (_line(one.line, say), one.seats, one.used, one.kept, one.missed, one.cancelled)
        for one in figures
    ]
    return Sheet(say(SHEET_BOOKING), [say(head) for head in heads], rows)


def _line(line: catalog.Line | None, say: Say) -> str:
    return say(catalog.LINE_NAMES[line] if line else N_("All windows"))


def _minutes(times: Times) -> list[float | None]:
    each = (times.wait_median, times.wait_p90, times.service_median, times.service_p90)
    return [None if minutes is None else round(minutes, 1) for minutes in each]


def as_csv(tables: Sequence[Sheet]) -> bytes:
    """All tables below each other, each under its name, with a blank line between."""
    text = io.StringIO()
    writer = csv.writer(text)
    for table in tables:
        writer.writerow([table.name])
        writer.writerow(table.heads)
        writer.writerows([_harmless(cell) for cell in row] for row in table.rows)
        writer.writerow([])
    return text.getvalue().encode(CSV_ENCODING)


def _harmless(cell: Value) -> Value:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA_BEGINS) else cell


def as_xlsx(tables: Sequence[Sheet]) -> bytes:
    """A workbook, one sheet a table."""
    content = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(content, options) as workbook:
        head = workbook.add_format({"bold": True, "bottom": 1})
        for table in tables:
            sheet = workbook.add_worksheet(table.name)
            sheet.freeze_panes(1, 0)
            sheet.write_row(0, 0, table.heads, head)
            for number, row in enumerate(table.rows, start=1):
                sheet.write_row(number, 0, row)
            sheet.autofit()
    return content.getvalue()


def answer(content: bytes, asked: Asked, kind: str) -> Response[bytes]:
    """The file as a download."""
    span = asked.span()
    name = f"{span.office_code}-{span.first}-{span.last}.{kind}"
    return Response(
        content,
        media_type=MEDIA_TYPES[kind],
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "private, no-store",
        },
    )
