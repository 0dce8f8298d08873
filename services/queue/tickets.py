"""The ticket as the rest of the program sees it, and finding one."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

import asyncpg
from msgspec import Struct

from services.catalog import Line
from services.kernel import database
from services.kernel.errors import NotFound
from services.queue.states import Outcome, Priority, TicketKind, TicketStatus

COLUMNS = """id, office_code, line, day, number, kind, priority, status, appointment_id, item_code,
             person_id, checked_in_at, order_at, in_line_at, window_id, called_at, recalled_at,
             call_count, returned_at, started_at, parked_at, ended_at, outcome, for_window_id"""


class Ticket(Struct, frozen=True, kw_only=True):
    """One number and how far it has come. Names nobody: persons are ids here.

    `line` is the one that it waits in now; its number stays that of the line where it was given.
    While it waits for a certain window, `for_window_id` says which. `in_line_at` is when the
    present wait began: at check-in, or when it last went back into line.
    """

    id: UUID
    office_code: str
    line: Line
    day: date
    number: str
    kind: TicketKind
    priority: Priority
    status: TicketStatus
    appointment_id: UUID | None
    item_code: str | None
    person_id: UUID | None
    checked_in_at: datetime
    order_at: datetime
    in_line_at: datetime
    window_id: UUID | None
    called_at: datetime | None
    recalled_at: datetime | None
    call_count: int
    returned_at: datetime | None
    started_at: datetime | None
    parked_at: datetime | None
    ended_at: datetime | None
    outcome: Outcome | None
    for_window_id: UUID | None

    @property
    def last_called_at(self) -> datetime | None:
        """When it was last called out."""
        return self.recalled_at or self.called_at


def from_row(row: asyncpg.Record | Mapping[str, Any]) -> Ticket:
    """The ticket in a row of COLUMNS."""
    return Ticket(
        **{
            **dict(row),
            "line": Line(row["line"]),
            "kind": TicketKind(row["kind"]),
            "priority": Priority(row["priority"]),
            "status": TicketStatus(row["status"]),
            "outcome": Outcome(row["outcome"]) if row["outcome"] else None,
        }
    )


async def ticket(ticket_id: UUID) -> Ticket:
    """One ticket. Raises NotFound."""
    row = await database.fetchrow(
        f"SELECT {COLUMNS} FROM ticket WHERE id = $1",  # noqa: S608 - the column list is a constant
        ticket_id,
    )
    if row is None:
        raise NotFound
    return from_row(row)


async def people_ahead(waiting: Ticket) -> int:
    """How many wait in the same line and will be called before this ticket."""
    return int(
        await database.fetchval(
            """
            SELECT count(*) FROM ticket
             WHERE office_code = $1 AND day = $2 AND line = $3 AND status = 'waiting'
               AND (order_at, id) < ($4, $5)
            """,
            waiting.office_code,
            waiting.day,
            waiting.line,
            waiting.order_at,
            waiting.id,
        )
    )


async def ticket_of_appointment(appointment_id: UUID) -> Ticket | None:
    """The ticket given out for an appointment, for the page that shows the appointment."""
    row = await database.fetchrow(
        f"SELECT {COLUMNS} FROM ticket WHERE appointment_id = $1",  # noqa: S608 - as above
        appointment_id,
    )
    return from_row(row) if row else None
