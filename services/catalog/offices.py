"""Reading offices, windows and hours."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from uuid import UUID

import asyncpg
from msgspec import Struct

from services.catalog.calendar import Overrides, day_kind
from services.catalog.definitions import OpeningException, Period, Text
from services.catalog.errors import OfficeUnknown, WindowUnknown
from services.catalog.hours import Opening, opening_at, periods_of_day
from services.catalog.states import Line
from services.kernel import database
from services.kernel.clock import to_local

LOOK_AHEAD = timedelta(days=14)
"""So far ahead the next opening is looked for: longer than the longest public holiday."""


class Office(Struct, frozen=True, kw_only=True):
    """A hall, with the lines that its windows serve.

    `location` is degrees north and east, `36.4560, 115.9850`; None if nobody has entered it.
    """

    code: str
    name: Text
    district: Text
    address: Text
    directions: Text
    phone: str
    location: str | None
    lines: tuple[Line, ...]


class Window(Struct, frozen=True, kw_only=True):
    """A window in service, and the lines it serves."""

    id: UUID
    office_code: str
    number: int
    name: Text
    lines: tuple[Line, ...]


_OFFICES = """
SELECT office.*, array(
           SELECT DISTINCT window_line.line FROM window_line
             JOIN office_window ON office_window.id = window_line.window_id
            WHERE office_window.office_code = office.code AND office_window.active
       ) AS lines
  FROM office
 WHERE office.active AND ($1::text IS NULL OR office.code = $1)
 ORDER BY office.position
"""

_WINDOWS = """
SELECT office_window.*, array(
           SELECT line FROM window_line WHERE window_id = office_window.id
       ) AS lines
  FROM office_window
 WHERE active AND (office_code = $1 OR id = $2)
 ORDER BY number
"""


def _text(row: asyncpg.Record, name: str) -> Text:
    return Text(zh=row[f"{name}_zh"], en=row[f"{name}_en"])


def _lines(row: asyncpg.Record) -> tuple[Line, ...]:
    return tuple(line for line in Line if line in row["lines"])


def _office(row: asyncpg.Record) -> Office:
    return Office(
        code=row["code"],
        name=_text(row, "name"),
        district=_text(row, "district"),
        address=_text(row, "address"),
        directions=_text(row, "directions"),
        phone=row["phone"],
        location=row["location"],
        lines=_lines(row),
    )


def _window(row: asyncpg.Record) -> Window:
    return Window(
        id=row["id"],
        office_code=row["office_code"],
        number=row["number"],
        name=_text(row, "name"),
        lines=_lines(row),
    )


async def offices() -> tuple[Office, ...]:
    """Every office, in the order of the catalogue."""
    return tuple(_office(row) for row in await database.fetch(_OFFICES, None))


async def office(code: str) -> Office:
    """One office. Raises OfficeUnknown."""
    rows = await database.fetch(_OFFICES, code)
    if not rows:
        raise OfficeUnknown
    return _office(rows[0])


async def office_windows(office_code: str) -> tuple[Window, ...]:
    """The windows in service at an office, by number. Raises OfficeUnknown."""
    rows = await database.fetch(_WINDOWS, office_code, None)
    if not rows:
        await office(office_code)
    return tuple(_window(row) for row in rows)


async def window(window_id: UUID) -> Window:
    """One window in service. Raises WindowUnknown."""
    rows = await database.fetch(_WINDOWS, None, window_id)
    if not rows:
        raise WindowUnknown
    return _window(rows[0])


async def weekly_hours(office_code: str) -> Mapping[int, tuple[Period, ...]]:
    """The periods of an office's ordinary week by weekday; a closed weekday is absent."""
    return (await _weekly_hours(office_code)).get(office_code, {})


async def _weekly_hours(office_code: str | None) -> dict[str, dict[int, tuple[Period, ...]]]:
    rows = await database.fetch(
        """
        SELECT office_code, weekday, opens, closes FROM opening_period
         WHERE $1::text IS NULL OR office_code = $1
         ORDER BY office_code, weekday, opens
        """,
        office_code,
    )
    weekly: dict[str, dict[int, tuple[Period, ...]]] = {}
    for row in rows:
        week = weekly.setdefault(row["office_code"], {})
        period = Period(row["opens"], row["closes"])
        week[row["weekday"]] = (*week.get(row["weekday"], ()), period)
    return weekly


async def exceptions(office_code: str, first: date, last: date) -> tuple[OpeningException, ...]:
    """The days from `first` to `last` on which an office keeps other hours, in order."""
    found = await _exceptions(office_code, first, last)
    return tuple(exception for _, exception in found)


async def _exceptions(
    office_code: str | None, first: date, last: date
) -> list[tuple[str, OpeningException]]:
    rows = await database.fetch(
        """
        SELECT DISTINCT ON (e.office_code, e.day) e.office_code, e.day, e.note_zh, e.note_en,
               array_agg(p.opens ORDER BY p.opens) FILTER (WHERE p.id IS NOT NULL) AS opens,
               array_agg(p.closes ORDER BY p.opens) FILTER (WHERE p.id IS NOT NULL) AS closes
          FROM opening_exception AS e
          LEFT JOIN exception_period AS p ON p.exception_id = e.id
         WHERE ($1::text IS NULL OR e.office_code = $1) AND e.day BETWEEN $2 AND $3
         GROUP BY e.id ORDER BY e.office_code, e.day, e.origin = 'catalogue'
        """,
        office_code,
        first,
        last,
    )
    return [
        (
            row["office_code"],
            OpeningException(
                day=row["day"],
                note=_text(row, "note"),
                periods=tuple(map(Period, row["opens"] or (), row["closes"] or ())),
            ),
        )
        for row in rows
    ]


async def calendar_overrides(first: date, last: date) -> Overrides:
    """The administrator's entries from `first` to `last`."""
    rows = await database.fetch(
        "SELECT day, working FROM calendar_day WHERE day BETWEEN $1 AND $2", first, last
    )
    return {row["day"]: row["working"] for row in rows}


async def opening_periods(office_code: str, day: date) -> tuple[Period, ...]:
    """When an office is open on `day`, local time; empty when it is closed.

    Raises OfficeUnknown.
    """
    await office(office_code)
    timetable = await _timetable(day, day, office_code)
    return timetable.get(office_code, {}).get(day, ())


async def opening_days(
    office_code: str, first: date, last: date
) -> Mapping[date, tuple[Period, ...]]:
    """When an office is open on each day from `first` to `last`. Raises OfficeUnknown."""
    await office(office_code)
    timetable = await _timetable(first, last, office_code)
    return timetable.get(office_code, {})


async def openings(now: datetime) -> Mapping[str, Opening]:
    """How each office stands at `now`, by its code."""
    moment = to_local(now)
    today = moment.date()
    timetable = await _timetable(today, today + LOOK_AHEAD)
    return {code: opening_at(moment, days.items()) for code, days in timetable.items()}


async def _timetable(
    first: date, last: date, office_code: str | None = None
) -> dict[str, dict[date, tuple[Period, ...]]]:
    """The periods of each day from `first` to `last`, in order, by office."""
    weekly = await _weekly_hours(office_code)
    exceptional = {
        (code, one.day): one.periods for code, one in await _exceptions(office_code, first, last)
    }
    overrides = await calendar_overrides(first, last)
    days = [first + timedelta(days=ahead) for ahead in range((last - first).days + 1)]
    kinds = {day: day_kind(day, overrides) for day in days}
    return {
        code: {
            day: periods_of_day(
                day.isoweekday(), kinds[day], weekly.get(code, {}), exceptional.get((code, day))
            )
            for day in days
        }
        for code in weekly.keys() | {code for code, _ in exceptional}
    }
