"""The working calendar with the administrator's entries read from the database."""

from datetime import date, timedelta

from services.catalog import calendar
from services.catalog.offices import calendar_overrides

# No run of limits or of days ahead that the house offers reaches further than this.
_HORIZON = timedelta(days=800)


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
