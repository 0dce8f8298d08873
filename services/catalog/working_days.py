"""The working calendar with the administrator's entries read from the database."""

from collections.abc import Mapping
from datetime import date, timedelta

from msgspec import Struct

from services.catalog import calendar
from services.catalog.calendar import DayKind
from services.catalog.offices import calendar_overrides
from services.kernel import database

# No run of limits or of days ahead that the house offers reaches further than this.
_HORIZON = timedelta(days=800)


class EnteredDay(Struct, frozen=True, kw_only=True):
    """What an administrator entered of a day, and where it stands."""

    day: date
    working: bool
    note: str


async def working_day(day: date) -> bool:
    """Whether limits count `day`."""
    return calendar.is_working_day(day, await calendar_overrides(day, day))


async def working_days_ahead(day: date, number: int) -> tuple[date, ...]:
    """The next `number` working days after `day`, in order."""
    overrides = await calendar_overrides(day, day + _HORIZON)
    return calendar.working_days_after(day, number, overrides)


async def add_working_days(day: date, number: int) -> date:
    """The last day of a limit of `number` working days for what is accepted on `day`."""
    overrides = await calendar_overrides(day, day + _HORIZON)
    return calendar.add_working_days(day, number, overrides)


async def day_kinds(first: date, last: date) -> Mapping[date, DayKind]:
    """What each day from `first` to `last` is to the working calendar."""
    overrides = await calendar_overrides(first, last)
    days = (first + timedelta(days=ahead) for ahead in range((last - first).days + 1))
    return {day: calendar.day_kind(day, overrides) for day in days}


async def entered_days(first: date, last: date) -> list[EnteredDay]:
    """What administrators entered from `first` to `last`, in order."""
    rows = await database.fetch(
        "SELECT day, working, note FROM calendar_day WHERE day BETWEEN $1 AND $2 ORDER BY day",
        first,
        last,
    )
    return [EnteredDay(day=row["day"], working=row["working"], note=row["note"]) for row in rows]
