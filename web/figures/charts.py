"""From counts to what the charts draw: weeks of hours as grids, with a shade for each count."""

from collections.abc import Iterable, Mapping
from datetime import date

from msgspec import Struct

from services.queue import Hour

SHADES = 5
MOST_COLUMNS = 14


class Cell(Struct, frozen=True):
    """One hour of the week; `shade` is 0 for nobody and SHADES for the fullest hour."""

    count: int
    shade: int


class Grid(Struct, frozen=True):
    """Hours down, weekdays across; every row has as many cells as there are weekdays."""

    weekdays: tuple[int, ...]
    hours: tuple[int, ...]
    rows: tuple[tuple[Cell, ...], ...]


def grid(counts: Mapping[Hour, int], frame: Iterable[Hour], top: int) -> Grid | None:
    """A grid over the hours and weekdays that `frame` and `counts` touch; None without any.

    `top` is the count that has the last shade, so that grids beside each other share one scale.
    """
    touched = {*frame, *counts}
    if not touched:
        return None
    weekdays = tuple(sorted({hour.weekday for hour in touched}))
    first, last = min(hour.hour for hour in touched), max(hour.hour for hour in touched)
    rows = tuple(
        tuple(_cell(counts.get(Hour(weekday, hour), 0), top) for weekday in weekdays)
        for hour in range(first, last + 1)
    )
    return Grid(weekdays, tuple(range(first, last + 1)), rows)


def _cell(count: int, top: int) -> Cell:
    return Cell(count, -(-count * SHADES // top) if top else 0)


def columns(by_day: Mapping[date, int]) -> list[tuple[str, int]]:
    """People a day; a long period is drawn by the week, each under its Monday."""
    if len(by_day) <= MOST_COLUMNS:
        return _labelled(by_day)
    weeks: dict[date, int] = {}
    for day, count in by_day.items():
        monday = date.fromordinal(day.toordinal() - day.weekday())
        weeks[monday] = weeks.get(monday, 0) + count
    return _labelled(weeks)


def _labelled(counts: Mapping[date, int]) -> list[tuple[str, int]]:
    return [(f"{day:%m-%d}", count) for day, count in sorted(counts.items())]
