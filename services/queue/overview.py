"""What a supervisor sees of a hall: the windows, who waits where and how long, who is late."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

import asyncpg
from msgspec import Struct

from services import appointments, catalog, identity
from services.appointments import Appointment, AppointmentStatus
from services.catalog import Line, Window
from services.identity import Role
from services.kernel import database
from services.kernel.actor import Actor
from services.kernel.clock import local_date, to_local
from services.queue.assignments import Assignment, moved_windows, windows
from services.queue.figures import WAIT_TARGET
from services.queue.pauses import Pause, pauses
from services.queue.states import PauseReason, Priority, TicketStatus
from services.queue.tickets import COLUMNS, Ticket, from_row

MOST_SHOWN = 20
HOURS_AHEAD = 4

READERS = (Role.SUPERVISOR, Role.ADMINISTRATOR)
"""Who may look; only a supervisor of the office may change anything."""


class WindowState(StrEnum):
    """What a window does now."""

    FREE = "free"
    CALLING = "calling"
    SERVING = "serving"
    PAUSED = "paused"
    CLOSED = "closed"


class WindowNow(Struct, frozen=True, kw_only=True):
    """A window with the lines that it serves now; `home` are the catalogue's.

    `since` is when its state began, as far as that is known.
    """

    window: Window
    home: tuple[Line, ...]
    assignment: Assignment | None
    state: WindowState
    clerk: str | None
    number: str | None
    since: datetime | None
    pause: Pause | None


class LineNow(Struct, frozen=True, kw_only=True):
    """Who waits in a line, by class, and how many windows with a clerk serve it."""

    line: Line
    waiting: Mapping[Priority, int]
    longest: timedelta
    parked: int
    windows: int

    @property
    def count(self) -> int:
        """All who wait."""
        return sum(self.waiting.values())


class Expected(Struct, frozen=True):
    """People with an appointment in one hour who have not come yet, by line."""

    begins_at: datetime
    people: Mapping[Line, int]


class Overview(Struct, frozen=True, kw_only=True):
    """One hall at one moment.

    `late` have an appointment whose time is over and have not come; `long_waits` wait longer than
    the target of the statistics.
    """

    office: catalog.Office
    windows: tuple[WindowNow, ...]
    lines: tuple[LineNow, ...]
    late: tuple[Appointment, ...]
    late_count: int
    long_waits: tuple[Ticket, ...]
    expected: tuple[Expected, ...]
    names: Mapping[UUID, str]


async def overview(actor: Actor, office_code: str, now: datetime) -> Overview:
    """The hall as it is. Raises OfficeUnknown or Forbidden."""
    actor.require_role(*READERS, office_code=office_code)
    office = await catalog.office(office_code)
    at_windows = await _windows(office_code, now)
    coming = [
        one
        for one in await appointments.expected_today(office_code, now)
        if one.status is AppointmentStatus.BOOKED
    ]
    late = [one for one in coming if one.ends_at <= now]
    long_waits = await _long_waits(office_code, now)
    people = {one.person_id for one in late} | {one.person_id for one in long_waits}
    return Overview(
        office=office,
        windows=at_windows,
        lines=await _lines(office.lines, office_code, at_windows, now),
        late=tuple(late[:MOST_SHOWN]),
        late_count=len(late),
        long_waits=long_waits,
        expected=_expected([one for one in coming if one.ends_at > now], now),
        names=await identity.display_names(person for person in people if person is not None),
    )


async def _windows(office_code: str, now: datetime) -> tuple[WindowNow, ...]:
    rows = await database.fetch(
        """
        SELECT w.id, s.staff_id, s.sat_down_at, t.number, t.status,
               coalesce(t.started_at, t.recalled_at, t.called_at) AS since,
               (SELECT max(e.ended_at) FROM ticket e
                 WHERE e.window_id = w.id AND e.day = $2 AND e.ended_at IS NOT NULL) AS free_since
          FROM office_window w
          LEFT JOIN window_session s ON s.window_id = w.id AND s.left_at IS NULL
          LEFT JOIN ticket t ON t.window_id = w.id AND t.status IN ('called', 'serving')
         WHERE w.office_code = $1
        """,
        office_code,
        local_date(now),
    )
    found = {row["id"]: row for row in rows}
    names = await identity.staff_names(row["staff_id"] for row in rows if row["staff_id"])
    paused = await pauses(office_code)
    moved = await moved_windows(office_code, now)
    home = {one.id: one.lines for one in await catalog.office_windows(office_code)}
    return tuple(
        WindowNow(
            window=one,
            home=home[one.id],
            assignment=moved.get(one.id),
            state=(state := _state(found[one.id], paused.get(one.id))),
            clerk=names.get(found[one.id]["staff_id"]),
            number=found[one.id]["number"],
            since=_since(found[one.id], paused.get(one.id), state),
            pause=paused.get(one.id),
        )
        for one in await windows(office_code, now)
    )


def _state(row: asyncpg.Record, pause: Pause | None) -> WindowState:
    if row["status"]:
        called = row["status"] == TicketStatus.CALLED
        return WindowState.CALLING if called else WindowState.SERVING
    if row["staff_id"] is None or (pause and pause.reason is PauseReason.CLOSED):
        return WindowState.CLOSED
    return WindowState.PAUSED if pause else WindowState.FREE


def _since(row: asyncpg.Record, pause: Pause | None, state: WindowState) -> datetime | None:
    if state is WindowState.FREE:
        moments: list[datetime] = [row["sat_down_at"], row["free_since"] or row["sat_down_at"]]
        return max(moments)
    if state in {WindowState.CALLING, WindowState.SERVING}:
        since: datetime = row["since"]
        return since
    return pause.since if pause else None


async def _lines(
    lines: Iterable[Line], office_code: str, at_windows: Sequence[WindowNow], now: datetime
) -> tuple[LineNow, ...]:
    rows = await database.fetch(
        """
        SELECT line, priority, status, count(*) AS count,
               min(in_line_at) AS first
          FROM ticket
         WHERE office_code = $1 AND day = $2 AND status IN ('waiting', 'parked')
         GROUP BY line, priority, status
        """,
        office_code,
        local_date(now),
    )
    working = Counter(
        line
        for one in at_windows
        if one.state not in {WindowState.CLOSED, WindowState.PAUSED}
        for line in one.window.lines
    )
    return tuple(
        LineNow(
            line=line,
            waiting={Priority(row["priority"]): row["count"] for row in waiting},
            longest=max((now - row["first"] for row in waiting), default=timedelta(0)),
            parked=sum(
                row["count"]
                for row in rows
                if row["line"] == line and row["status"] == TicketStatus.PARKED
            ),
            windows=working[line],
        )
        for line in lines
        for waiting in [
            [row for row in rows if row["line"] == line and row["status"] == TicketStatus.WAITING]
        ]
    )


async def _long_waits(office_code: str, now: datetime) -> tuple[Ticket, ...]:
    rows = await database.fetch(
        f"""
        SELECT {COLUMNS} FROM ticket
         WHERE office_code = $1 AND day = $2 AND status = 'waiting'
           AND in_line_at < $3
         ORDER BY in_line_at, id LIMIT {MOST_SHOWN}
        """,  # noqa: S608 - constants of the area
        office_code,
        local_date(now),
        now - WAIT_TARGET,
    )
    return tuple(from_row(row) for row in rows)


def _expected(coming: Sequence[Appointment], now: datetime) -> tuple[Expected, ...]:
    """The present hour and the next ones, whether or not anybody comes."""
    first = to_local(now).replace(minute=0, second=0, microsecond=0)
    hours = [first + timedelta(hours=ahead) for ahead in range(HOURS_AHEAD)]
    return tuple(
        Expected(
            begins_at=hour,
            people=Counter(
                Line(one.line)
                for one in coming
                if hour <= max(one.starts_at, first) < hour + timedelta(hours=1)
            ),
        )
        for hour in hours
    )
