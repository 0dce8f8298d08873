"""The waiting time that is told to whoever stands in line, from what this hall's days were like."""

import random
from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from math import isinf
from uuid import UUID

from msgspec import Struct

from services import appointments
from services.appointments import AppointmentStatus
from services.catalog import Line
from services.kernel import database
from services.kernel.clock import local_date
from services.queue.assignments import windows
from services.queue.forecast import (
    HORIZON,
    Expected,
    OpenWindow,
    Outlook,
    Overtaking,
    Standing,
    told_minutes,
    waits,
)
from services.queue.rules import HEAD_START, check_in_opens_at
from services.queue.states import Priority
from services.queue.stints import STINTS

LATEST_DAYS = 7
SAME_WEEKDAYS = 4
SAMPLES_A_LINE = 150
MOST_STANDING = 300
SHORTEST, LONGEST = 15, 2 * 60 * 60
"""Seconds. What is shorter was a slip of the finger, what is longer a number left open."""

OVERTAKING_OVER = timedelta(hours=2)


class Unknown(StrEnum):
    """Why no waiting time can be told."""

    TOO_LITTLE_DATA = "too_little_data"
    NO_WINDOW = "no_window"


class Estimate(Struct, frozen=True, kw_only=True):
    """`minutes` within which eight of ten in this place are called, or why there is none."""

    minutes: int | None = None
    unknown: Unknown | None = None


async def estimates(office_code: str, now: datetime) -> Mapping[UUID, Estimate]:
    """An estimate for every number that waits at the office. Raises OfficeUnknown."""
    outlook = await _outlook(office_code, now)
    # The same moment is told the same to everybody, whichever process is asked.
    chance = random.Random(f"{office_code} {now:%Y%m%d%H%M}")  # noqa: S311 - a simulation
    found = waits(outlook, chance)
    served = {line for window in outlook.windows for line in window.lines}
    return {one.id: _estimate(one, found, served) for one in outlook.standing}


def _estimate(one: Standing, found: Mapping[UUID, float], served: set[Line]) -> Estimate:
    if one.line not in served:
        return Estimate(unknown=Unknown.NO_WINDOW)
    seconds = found.get(one.id)
    if seconds is None or isinf(seconds):
        return Estimate(unknown=Unknown.TOO_LITTLE_DATA)
    return Estimate(minutes=told_minutes(seconds))


async def _outlook(office_code: str, now: datetime) -> Outlook:
    day = local_date(now)
    rows = await database.fetch(
        """
        SELECT id, line, order_at FROM ticket
         WHERE office_code = $1 AND day = $2 AND status = 'waiting'
         ORDER BY order_at, id LIMIT $3
        """,
        office_code,
        day,
        MOST_STANDING,
    )
    return Outlook(
        windows=await _windows(office_code, now),
        standing=[
            Standing(row["id"], Line(row["line"]), (row["order_at"] - now).total_seconds())
            for row in rows
        ],
        durations=await _durations(office_code, now),
        expected=await _expected(office_code, now),
        overtaking=await _overtaking(office_code, now),
    )


async def _windows(office_code: str, now: datetime) -> list[OpenWindow]:
    rows = await database.fetch(
        """
        SELECT s.window_id, t.called_at, t.line FROM window_session s
          JOIN office_window w ON w.id = s.window_id AND w.office_code = $1
          LEFT JOIN ticket t ON t.window_id = s.window_id AND t.status IN ('called', 'serving')
         WHERE s.left_at IS NULL AND NOT EXISTS (
               SELECT 1 FROM window_pause p WHERE p.window_id = s.window_id AND p.ended_at IS NULL)
        """,
        office_code,
    )
    lines = {window.id: window.lines for window in await windows(office_code, now)}
    return [
        OpenWindow(
            lines.get(row["window_id"], ()),
            (now - row["called_at"]).total_seconds() if row["called_at"] else None,
            Line(row["line"]) if row["line"] else None,
        )
        for row in rows
    ]


async def _durations(office_code: str, now: datetime) -> dict[Line, list[float]]:
    day = local_date(now)
    days = {day - timedelta(days=back) for back in range(LATEST_DAYS + 1)}
    days |= {day - timedelta(weeks=back) for back in range(SAME_WEEKDAYS + 1)}
    rows = await database.fetch(
        f"""
        SELECT line, seconds FROM (
            SELECT line, extract(epoch FROM ended_at - called_at)::float8 AS seconds,
                   row_number() OVER (PARTITION BY line ORDER BY ended_at DESC) AS newest
              FROM {STINTS} AS stint
             WHERE office_code = $1 AND day = ANY($2)
               AND ending IN ('finished', 'skipped', 'missed', 'fetched', 'transferred')
               AND ended_at - called_at BETWEEN $3 AND $4) AS recent
         WHERE newest <= $5
        """,  # noqa: S608 - a constant of the area
        office_code,
        sorted(days),
        timedelta(seconds=SHORTEST),
        timedelta(seconds=LONGEST),
        SAMPLES_A_LINE,
    )
    found: dict[Line, list[float]] = {}
    for row in rows:
        found.setdefault(Line(row["line"]), []).append(row["seconds"])
    return found


async def _expected(office_code: str, now: datetime) -> list[Expected]:
    found = []
    for one in await appointments.expected_today(office_code, now):
        opens = (check_in_opens_at(one.starts_at) - now).total_seconds()
        latest = (one.ends_at - now).total_seconds()
        if one.status is AppointmentStatus.BOOKED and latest > 0 and opens < HORIZON:
            found.append(Expected(Line(one.line), opens, max(opens, 0.0), latest))
    return found


async def _overtaking(office_code: str, now: datetime) -> list[Overtaking]:
    rows = await database.fetch(
        """
        SELECT line, priority, count(*) AS n FROM ticket
         WHERE office_code = $1 AND day = $2 AND kind = 'walk_in' AND priority <> 'normal'
           AND checked_in_at > $3
         GROUP BY line, priority
        """,
        office_code,
        local_date(now),
        now - OVERTAKING_OVER,
    )
    return [
        Overtaking(
            Line(row["line"]),
            row["n"] / OVERTAKING_OVER.total_seconds(),
            HEAD_START[Priority(row["priority"])].total_seconds(),
        )
        for row in rows
    ]
