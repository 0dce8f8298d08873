"""What the hall's screen shows: numbers and windows, and nobody's name."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from msgspec import Struct

from services.catalog import Line
from services.kernel import database
from services.kernel.clock import local_date
from services.queue.states import TicketStatus

MOST_WINDOWS = 99
PAST_CALLS = 10


class Call(Struct, frozen=True, kw_only=True):
    """A number and the window that it was called to. `count` grows with every recall."""

    ticket_id: UUID
    number: str
    line: Line
    window: int
    status: TicketStatus
    called_at: datetime
    count: int


class Board(Struct, frozen=True, kw_only=True):
    """One office's screen.

    `calling` are called and not at the window yet, `serving` are at a window, `past` are the last
    calls before; in each the latest call stands first. `closed` are the windows where nobody sits
    or that a supervisor has closed, `paused` those on a break: until when, None once that is over.
    """

    office_code: str
    calling: tuple[Call, ...]
    serving: tuple[Call, ...]
    past: tuple[Call, ...]
    waiting: Mapping[Line, int]
    closed: frozenset[int]
    paused: Mapping[int, datetime | None]


async def board(office_code: str, now: datetime) -> Board:
    """The screen of one office on the day of `now`; empty for an unknown office."""
    day = local_date(now)
    rows = await database.fetch(
        """
        SELECT t.id, t.number, t.line, w.number AS window, t.status, t.call_count,
               coalesce(t.recalled_at, t.called_at) AS last_called_at
          FROM ticket t JOIN office_window w ON w.id = t.window_id
         WHERE t.office_code = $1 AND t.day = $2 AND t.called_at IS NOT NULL
         ORDER BY t.status IN ('called', 'serving') DESC, last_called_at DESC, t.id DESC
         LIMIT $3
        """,
        office_code,
        day,
        MOST_WINDOWS + PAST_CALLS,
    )
    calls = [
        Call(
            ticket_id=row["id"],
            number=row["number"],
            line=Line(row["line"]),
            window=row["window"],
            status=TicketStatus(row["status"]),
            called_at=row["last_called_at"],
            count=row["call_count"],
        )
        for row in rows
    ]
    counts = await database.fetch(
        """
        SELECT line, count(*) AS n FROM ticket
         WHERE office_code = $1 AND day = $2 AND status = 'waiting' GROUP BY line
        """,
        office_code,
        day,
    )
    resting = await database.fetch(
        """
        SELECT w.number, p.expected_until,
               s.id IS NULL OR coalesce(p.reason = 'closed', false) AS closed
          FROM office_window w
          LEFT JOIN window_session s ON s.window_id = w.id AND s.left_at IS NULL
          LEFT JOIN window_pause p ON p.window_id = w.id AND p.ended_at IS NULL
         WHERE w.office_code = $1 AND (s.id IS NULL OR p.id IS NOT NULL)
        """,
        office_code,
    )
    at_window = TicketStatus.at_window()
    return Board(
        office_code=office_code,
        calling=tuple(call for call in calls if call.status is TicketStatus.CALLED),
        serving=tuple(call for call in calls if call.status is TicketStatus.SERVING),
        past=tuple(call for call in calls if call.status not in at_window)[:PAST_CALLS],
        waiting={Line(row["line"]): row["n"] for row in counts},
        closed=frozenset(row["number"] for row in resting if row["closed"]),
        paused={
            row["number"]: until if (until := row["expected_until"]) and until > now else None
            for row in resting
            if not row["closed"]
        },
    )
