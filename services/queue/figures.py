"""What a hall's days were like: waiting and service times, and when people came.

Medians and ninetieth percentiles, never means: one forgotten ticket must not move a figure. Times
are in minutes. Only what ended is counted; the present day counts as far as it has come.
"""

from collections.abc import Mapping
from datetime import date, timedelta

import asyncpg
from msgspec import Struct

from services import identity
from services.catalog import Line
from services.identity import Role
from services.kernel import database
from services.kernel.actor import Actor
from services.kernel.errors import FieldError, InvalidInput
from services.kernel.i18n import N_
from services.queue.stints import STINTS

FIGURE_ROLES = (Role.SUPERVISOR, Role.ADMINISTRATOR)
LONGEST_PERIOD = timedelta(days=366)
TOO_LONG = N_("Please choose a period of one year at most, the first day before the last.")

WAIT_TARGET = timedelta(minutes=30)
"""Who waits longer than this counts as unmet demand, and is shown as late."""


class Span(Struct, frozen=True, kw_only=True):
    """The days from `first` to `last`, both included, at one office."""

    office_code: str
    first: date
    last: date

    def check(self) -> None:
        """Raise InvalidInput for a period that is empty or longer than LONGEST_PERIOD."""
        if not timedelta(0) <= self.last - self.first <= LONGEST_PERIOD:
            raise InvalidInput(FieldError("last", "period_wrong", TOO_LONG))


class Times(Struct, frozen=True, kw_only=True):
    """How long people waited and how long they were served, in minutes; None without any."""

    wait_median: float | None = None
    wait_p90: float | None = None
    service_median: float | None = None
    service_p90: float | None = None


class LineFigures(Struct, frozen=True, kw_only=True):
    """One line, or (`line` None) all of them: tickets given out, what became of them, and times.

    A ticket that was handed on counts in its last line; each wait and each service of it counts
    where it was.
    """

    line: Line | None
    tickets: int
    finished: int
    missed: int
    left: int
    late: int
    times: Times


class ClerkFigures(Struct, frozen=True, kw_only=True):
    """How often one clerk served somebody, and finished; for the supervisors of the office alone.

    Whoever was handed on, or sent for a paper and came back, was served more than once.
    """

    name: str
    served: int
    finished: int
    times: Times


class Hour(Struct, frozen=True, order=True):
    """An hour of the week: 1 is Monday; the hour begins at `hour` o'clock."""

    weekday: int
    hour: int


class HallFigures(Struct, frozen=True, kw_only=True):
    """What the figures page shows of the queue.

    `load` counts the people who came in each hour of the week, `unserved` those among them who
    waited longer than WAIT_TARGET or left without being served; both over the whole period.
    `by_day` counts the people of each day on which somebody came.
    """

    span: Span
    total: LineFigures
    lines: tuple[LineFigures, ...]
    clerks: tuple[ClerkFigures, ...] | None
    load: Mapping[Hour, int]
    unserved: Mapping[tuple[Line, Hour], int]
    by_day: Mapping[date, int]


_WAIT = "called_at - in_line_at"
_SERVICE = "ended_at - started_at"
_SERVED = "started_at IS NOT NULL AND ended_at IS NOT NULL AND ending <> 'forgotten'"
# Whoever waited too long at any time of the visit.
_LATE = f"""(called_at IS NOT NULL AND {_WAIT} > $4 OR EXISTS (
    SELECT FROM ticket_stint s WHERE s.ticket_id = ticket.id AND s.called_at - s.in_line_at > $4))
"""


def _quantile(share: float, interval: str, where: str) -> str:
    return (
        f"percentile_cont({share}) WITHIN GROUP (ORDER BY extract(epoch FROM {interval}))"
        f" FILTER (WHERE {where}) / 60"
    )


_TIMES = f"""
    {_quantile(0.5, _WAIT, "true")} AS wait_median,
    {_quantile(0.9, _WAIT, "true")} AS wait_p90,
    {_quantile(0.5, _SERVICE, _SERVED)} AS service_median,
    {_quantile(0.9, _SERVICE, _SERVED)} AS service_p90
"""
_IN_SPAN = "WHERE office_code = $1 AND day BETWEEN $2 AND $3"
_OF_SPAN = f"FROM ticket {_IN_SPAN}"
_STINTS_OF_SPAN = f"FROM {STINTS} AS stint {_IN_SPAN}"

_BY_LINE = f"""
    SELECT line, count(*) AS tickets,
           count(*) FILTER (WHERE status = 'finished') AS finished,
           count(*) FILTER (WHERE status = 'skipped') AS missed,
           count(*) FILTER (WHERE status = 'cancelled') AS left,
           count(*) FILTER (WHERE {_LATE}) AS late
      {_OF_SPAN}
     GROUP BY GROUPING SETS ((line), ())
"""
_TIMES_BY_LINE = f"""
    SELECT line, {_TIMES} {_STINTS_OF_SPAN} GROUP BY GROUPING SETS ((line), ())
"""
_BY_CLERK = f"""
    SELECT called_by, count(*) FILTER (WHERE started_at IS NOT NULL) AS served,
           count(*) FILTER (WHERE ending IN ('finished', 'forgotten')) AS finished, {_TIMES}
      {_STINTS_OF_SPAN}
     GROUP BY called_by
"""
_BY_HOUR = f"""
    SELECT line, extract(isodow FROM day)::int AS weekday,
           extract(hour FROM checked_in_at AT TIME ZONE 'Asia/Shanghai')::int AS hour,
           count(*) AS tickets,
           count(*) FILTER (WHERE {_LATE} OR (status = 'cancelled' AND called_at IS NULL))
               AS unserved
      {_OF_SPAN}
     GROUP BY 1, 2, 3
"""  # noqa: S608 - constants only
_BY_DAY = f"SELECT day, count(*) AS tickets {_OF_SPAN} GROUP BY day ORDER BY day"


async def hall_figures(actor: Actor, span: Span) -> HallFigures:
    """The figures of one office; each clerk's only for a supervisor of it.

    Raises InvalidInput, NotSignedIn or Forbidden.
    """
    actor.require_role(*FIGURE_ROLES, office_code=span.office_code)
    span.check()
    asked = (span.office_code, span.first, span.last)
    total, *lines = await _lines(asked)
    hours = await database.fetch(_BY_HOUR, *asked, WAIT_TARGET)
    days = await database.fetch(_BY_DAY, *asked)
    load: dict[Hour, int] = {}
    for row in hours:
        hour = Hour(row["weekday"], row["hour"])
        load[hour] = load.get(hour, 0) + row["tickets"]
    return HallFigures(
        span=span,
        total=total,
        lines=tuple(lines),
        clerks=await _clerks(actor, span),
        load=load,
        unserved={
            (Line(row["line"]), Hour(row["weekday"], row["hour"])): row["unserved"]
            for row in hours
            if row["unserved"]
        },
        by_day={row["day"]: row["tickets"] for row in days},
    )


async def _clerks(actor: Actor, span: Span) -> tuple[ClerkFigures, ...] | None:
    if not actor.has_role(Role.SUPERVISOR, office_code=span.office_code):
        return None
    rows = await database.fetch(_BY_CLERK, span.office_code, span.first, span.last)
    names = await identity.staff_names(row["called_by"] for row in rows)
    found = [
        ClerkFigures(
            name=names.get(row["called_by"], "–"),
            served=row["served"],
            finished=row["finished"],
            times=_times(row),
        )
        for row in rows
        if row["served"]
    ]
    return tuple(sorted(found, key=lambda one: one.name))


async def _lines(asked: tuple[str, date, date]) -> list[LineFigures]:
    """All lines together (`line` None), then each that had somebody, also in passing."""
    counts = {row["line"]: row for row in await database.fetch(_BY_LINE, *asked, WAIT_TARGET)}
    times = {row["line"]: row for row in await database.fetch(_TIMES_BY_LINE, *asked)}
    names = [line.value for line in Line if line in counts.keys() | times.keys()]
    return [_line(name, counts.get(name), times.get(name)) for name in (None, *names)]


def _line(
    name: str | None, counts: asyncpg.Record | None, times: asyncpg.Record | None
) -> LineFigures:
    numbers = ("tickets", "finished", "missed", "left", "late")
    return LineFigures(
        line=Line(name) if name else None,
        times=_times(times) if times else Times(),
        **{number: counts[number] if counts else 0 for number in numbers},
    )


def _times(row: asyncpg.Record) -> Times:
    return Times(
        **{
            name: None if row[name] is None else float(row[name])
            for name in Times.__struct_fields__
        }
    )
