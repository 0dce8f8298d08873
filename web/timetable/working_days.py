"""/admin/working-days: the city's working days and holidays, as the yearly notice has them."""

from datetime import date
from typing import Any

from litestar import Response, get, post
from litestar.params import FromQuery, URLEncodedBody
from msgspec import Struct

from services import catalog
from services.catalog import DayKind, SetCalendarDay
from services.kernel.clock import local_date
from services.kernel.errors import DomainError
from services.kernel.i18n import N_
from web.common.forms import fresh, refused
from web.common.guards import CurrentActor, Now
from web.common.rendering import AnyRequest
from web.timetable import words
from web.timetable.fields import Reader
from web.timetable.previews import to_preview
from web.timetable.whose import ADMINISTRATORS, WORKING_DAYS

TEMPLATE = "timetable/working_days.html"
YEAR_DIGITS = 4
FIRST_YEAR, LAST_YEAR = 2020, 2099
UNKNOWN_YEAR = N_("Please ask for a year from %(first)s to %(last)s. Here is the present one.")
KINDS = {"working": True, "off": False, "published": None}


class DayForm(Struct):
    """What a day is to be, and where that stands."""

    day: str = ""
    kind: str = "off"
    note: str = ""


async def _context(year: int, typed: DayForm) -> dict[str, Any]:
    first, last = date(year, 1, 1), date(year, 12, 31)
    kinds = await catalog.day_kinds(first, last)
    return {
        "year": year,
        "entered": {one.day: one for one in await catalog.entered_days(first, last)},
        "special": [
            (day, kind) for day, kind in kinds.items() if kind in {DayKind.HOLIDAY, DayKind.MAKE_UP}
        ],
        "typed": typed,
        "first_year": FIRST_YEAR,
        "last_year": LAST_YEAR,
        "words": words,
    }


@get(WORKING_DAYS, guards=[ADMINISTRATORS])
async def show_year(now: Now, year: FromQuery[str] = "") -> Response[Any]:
    """A year's holidays and make-up working days, and what was entered by hand."""
    asked = _year(year)
    return fresh(
        TEMPLATE,
        **await _context(asked or local_date(now).year, DayForm()),
        unknown=UNKNOWN_YEAR if year and asked is None else None,
    )


def _year(text: str) -> int | None:
    """A year that the calendar reaches; None for anything else."""
    found = int(text) if text.isascii() and text.isdigit() and len(text) == YEAR_DIGITS else 0
    return found if FIRST_YEAR <= found <= LAST_YEAR else None


@post(WORKING_DAYS, guards=[ADMINISTRATORS], status_code=303)
async def set_day(
    request: AnyRequest, data: URLEncodedBody[DayForm], actor: CurrentActor, now: Now
) -> Response[Any]:
    """Show what entering a day would do at every hall."""
    read = Reader()
    try:
        change = SetCalendarDay(
            day=read.day("day", data.day),
            working=KINDS.get(data.kind, False),
            note=read.words("note", data.note),
        )
        read.check()
        return await to_preview(actor, change, now)
    except DomainError as error:
        shown = await _context(local_date(now).year, data)
        return refused(request, TEMPLATE, error, unknown=None, **shown)


HANDLERS = (show_year, set_day)
