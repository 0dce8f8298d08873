"""The working calendar: weekends, public holidays, make-up working days, administrators' entries.

Source: the State Council's yearly notice on holidays, as the `holidays` library holds it for the
years that are published; for a year to come it knows the statutory days alone, and administrators
enter the notice when it appears.
"""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache
from itertools import islice

from holidays import HolidayBase, country_holidays

SATURDAY = 6
LONGEST_SEARCH = 366
"""So many days without one working day among them mean that the overrides are wrong."""

Overrides = Mapping[date, bool]
"""Whether work is done, by day, where an administrator decided it."""


class DayKind(StrEnum):
    """What a day is to the working calendar."""

    WORKING = "working"
    WEEKEND = "weekend"
    HOLIDAY = "holiday"
    MAKE_UP = "make_up"

    @property
    def works(self) -> bool:
        """Whether limits count the day."""
        return self in {DayKind.WORKING, DayKind.MAKE_UP}


class NoWorkingDay(ValueError):
    """The calendar has no working day for a whole year: the overrides are wrong."""


@lru_cache(maxsize=16)
def _china(year: int) -> HolidayBase:
    # One object a year, never extended later, so that threads may share it.
    return country_holidays("CN", years=year)


def day_kind(day: date, overrides: Overrides) -> DayKind:
    """What `day` is; an administrator's entry outranks the published calendar."""
    weekend = day.isoweekday() >= SATURDAY
    if day in overrides:
        if not overrides[day]:
            return DayKind.HOLIDAY
        return DayKind.MAKE_UP if weekend else DayKind.WORKING
    if day in _china(day.year).weekend_workdays:
        return DayKind.MAKE_UP
    if _published_holiday(day):
        return DayKind.HOLIDAY
    if not weekend:
        return DayKind.WORKING
    return DayKind.HOLIDAY if _touches_holiday(day) else DayKind.WEEKEND


def _published_holiday(day: date) -> bool:
    return _china(day.year).get(day) is not None


def _touches_holiday(weekend_day: date) -> bool:
    # The notices count the weekend within or beside a holiday as part of it; the library does not.
    saturday = weekend_day - timedelta(days=weekend_day.isoweekday() - SATURDAY)
    sunday = saturday + timedelta(days=1)
    whole = not {saturday, sunday} & set(_china(weekend_day.year).weekend_workdays)
    before = _published_holiday(saturday - timedelta(days=1))
    after = _published_holiday(sunday + timedelta(days=1))
    if weekend_day == saturday:
        return before or (whole and (after or _published_holiday(sunday)))
    return after or (whole and (before or _published_holiday(saturday)))


def is_working_day(day: date, overrides: Overrides) -> bool:
    """Whether limits count `day`."""
    return day_kind(day, overrides).works


def add_working_days(day: date, number: int, overrides: Overrides) -> date:
    """The `number`th working day after `day`, which is the day of acceptance and not counted.

    0 gives `day` itself. Raises NoWorkingDay, and ValueError for a negative number.
    """
    if number < 0:
        raise ValueError("a limit cannot be negative")
    for _ in range(number):
        day = _next_working_day(day, overrides)
    return day


def working_days_after(day: date, number: int, overrides: Overrides) -> tuple[date, ...]:
    """The next `number` working days after `day`, in order."""

    def days() -> Iterator[date]:
        current = day
        while True:
            current = _next_working_day(current, overrides)
            yield current

    return tuple(islice(days(), number))


def _next_working_day(day: date, overrides: Overrides) -> date:
    for ahead in range(1, LONGEST_SEARCH + 1):
        candidate = day + timedelta(days=ahead)
        if is_working_day(candidate, overrides):
            return candidate
    raise NoWorkingDay(day)
