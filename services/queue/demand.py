"""Where people came or wanted to come and were not served: what tells where to open windows.

Three sources, each a count of people and no list of them: everybody who found every place at a time
taken (appointments), everybody who put themselves on the waiting list, and everybody who took a
number and waited too long or left (figures).
"""

from collections.abc import Mapping
from datetime import date, timedelta
from math import ceil

from msgspec import Struct

from services import appointments
from services.catalog import Line
from services.kernel.actor import Actor
from services.queue.figures import FIGURE_ROLES, HallFigures, Hour, Span

MINUTES_AN_HOUR = 60
USUAL_SERVICE_MINUTES = 15
"""What somebody takes at a window where too little has been measured to say."""

MOST_ADVICE = 6
WORTH_A_WINDOW = 0.5
"""An hour of the week gets advice once its unmet demand would fill half a window's hour."""


class Advice(Struct, frozen=True, kw_only=True):
    """Open `windows` more for a line at an hour of the week, in which `people` go short each."""

    line: Line
    hour: Hour
    people: float
    windows: int


class Demand(Struct, frozen=True, kw_only=True):
    """Unmet demand of a period by hour of the week, and over all of it by waiting list."""

    by_hour: Mapping[tuple[Line, Hour], int]
    waitlist: Mapping[Line, int]
    advice: tuple[Advice, ...]


def occurrences(weekday: int, first: date, last: date) -> int:
    """How often a weekday (1 is Monday) comes from `first` to `last`, both included."""
    days = (last - first).days + 1
    ahead = (weekday - first.isoweekday()) % 7
    return max(0, (days - ahead + 6) // 7)


def windows_needed(people: float, service_minutes: float) -> int:
    """How many windows serve so many people in an hour; 0 where it is not worth one."""
    load = people * service_minutes / MINUTES_AN_HOUR
    return ceil(load) if load >= WORTH_A_WINDOW else 0


def advise(
    by_hour: Mapping[tuple[Line, Hour], int], span: Span, service_minutes: Mapping[Line, float]
) -> tuple[Advice, ...]:
    """Where to open windows: the hours at which most people go short first."""
    found = []
    for (line, hour), total in by_hour.items():
        people = total / max(1, occurrences(hour.weekday, span.first, span.last))
        windows = windows_needed(people, service_minutes.get(line, USUAL_SERVICE_MINUTES))
        if windows:
            found.append(Advice(line=line, hour=hour, people=people, windows=windows))
    found.sort(key=lambda one: (-one.people, one.hour, one.line))
    return tuple(found[:MOST_ADVICE])


async def unmet_demand(actor: Actor, figures: HallFigures) -> Demand:
    """The unmet demand of the office and days that `figures` are of.

    Raises NotSignedIn or Forbidden.
    """
    span = figures.span
    actor.require_role(*FIGURE_ROLES, office_code=span.office_code)
    asked = (span.office_code, span.first, span.last)
    by_hour = dict(figures.unserved)
    for full in await appointments.full_hours(*asked):
        key = (full.line, Hour(full.weekday, full.hour))
        by_hour[key] = by_hour.get(key, 0) + full.people
    service_minutes = {
        one.line: one.times.service_median
        for one in figures.lines
        if one.line is not None and one.times.service_median is not None
    }
    return Demand(
        by_hour=by_hour,
        waitlist=await appointments.waitlist_demand(*asked),
        advice=advise(by_hour, span, service_minutes),
    )


def last_days(today: date, days: int) -> tuple[date, date]:
    """The period of `days` days that ends today."""
    return today - timedelta(days=days - 1), today
