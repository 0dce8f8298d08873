"""/admin/calendar: a month of one hall at a glance."""

from calendar import Calendar
from datetime import date, timedelta
from typing import Any

from litestar import Response, get
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect
from msgspec import Struct

from services import appointments, catalog
from services.appointments import DayLoad
from services.catalog import DayKind, Period
from services.kernel.clock import local_date
from services.kernel.i18n import N_
from web.common.guards import CurrentActor, Now
from web.common.rendering import page
from web.timetable import words
from web.timetable.whose import CALENDAR, CLOSERS, CLOSERS_HERE, own_halls, to_own_hall

# A month and the two beside it are shown; the calendar of the city reaches no further.
FIRST_YEAR, LAST_YEAR = 2020, 2099
UNKNOWN_MONTH = N_("There is no calendar for this month. Here is the present one.")


class Cell(Struct, frozen=True, kw_only=True):
    """One day of the month. `marks` are the names of what is out of the ordinary."""

    day: date
    kind: DayKind
    periods: tuple[Period, ...]
    load: DayLoad | None
    marks: tuple[str, ...]
    of_month: bool


@get(CALENDAR, guards=[CLOSERS])
async def lead_on(actor: CurrentActor) -> Redirect:
    """Lead on to one's own hall."""
    return await to_own_hall(actor, CALENDAR)


@get(f"{CALENDAR}/{{office:str}}", guards=[CLOSERS_HERE])
async def show_month(
    actor: CurrentActor, now: Now, office: FromPath[str], month: FromQuery[str] = ""
) -> Response[Any]:
    """A hall's month: what each day is, what differs, and how full it is."""
    today = local_date(now)
    asked = _first(month)
    first = asked or today.replace(day=1)
    weeks = Calendar().monthdatescalendar(first.year, first.month)
    cells = await _cells(actor, office, weeks[0][0], weeks[-1][-1], first.month)
    return page(
        "timetable/month.html",
        office=await catalog.office(office),
        halls=await own_halls(actor),
        first=first,
        before=(first - timedelta(days=1)).replace(day=1),
        after=(first + timedelta(days=31)).replace(day=1),
        today=today,
        weeks=[[cells[day] for day in week] for week in weeks],
        words=words,
        problem=UNKNOWN_MONTH if month and asked is None else None,
    )


def _first(month: str) -> date | None:
    """The first day of a known month written as 2026-11; None for anything else."""
    try:
        found = date.fromisoformat(f"{month}-01")
    except ValueError:
        return None
    return found if FIRST_YEAR <= found.year <= LAST_YEAR else None


async def _cells(
    actor: CurrentActor, office_code: str, first: date, last: date, month: int
) -> dict[date, Cell]:
    kinds = await catalog.day_kinds(first, last)
    opening = await catalog.opening_days(office_code, first, last)
    loads = {one.day: one for one in await appointments.day_loads(actor, office_code, first, last)}
    other_hours = {one.day for one in await catalog.exceptions(office_code, first, last)}
    deviating = await appointments.exceptions_between(office_code, first, last)
    return {
        day: Cell(
            day=day,
            kind=kinds[day],
            periods=opening.get(day, ()),
            load=loads.get(day),
            marks=(
                *((words.CHANGES["opening_exception"],) if day in other_hours else ()),
                *(
                    words.EXCEPTIONS[one.kind]
                    for one in deviating
                    if one.first_day <= day <= one.last_day
                ),
            ),
            of_month=day.month == month,
        )
        for day in kinds
    }


HANDLERS = (lead_on, show_month)
