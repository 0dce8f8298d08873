"""One window as its clerk finds it, in one statement: a desk's page is drawn at every press."""

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from services.catalog import WindowUnknown
from services.kernel import database
from services.kernel.actor import Actor
from services.kernel.clock import local_date
from services.queue.pauses import Pause
from services.queue.rules import UNDO_WITHIN
from services.queue.states import Act, PauseReason


class Undoable(Struct, frozen=True, kw_only=True):
    """The act that a window may take back until `until`."""

    act: Act
    number: str
    until: datetime


class Station(Struct, frozen=True, kw_only=True):
    """Who sits at a window, its pause, and of the clerk who asks: the last act, today's count."""

    office_code: str
    staff_id: UUID | None
    pause: Pause | None
    undoable: Undoable | None
    served_today: int


async def station(actor: Actor, window_id: UUID, now: datetime) -> Station:
    """The window at `now`. `undoable` is what an undo would take back. Raises WindowUnknown."""
    row = await database.fetchrow(
        """
        SELECT w.office_code, s.staff_id, p.reason, p.began_at, p.expected_until,
               a.act, a.acted_at, t.number,
               (SELECT count(*) FROM ticket
                 WHERE called_by = $2 AND day = $4 AND status = 'finished') AS served_today
          FROM office_window w
          LEFT JOIN window_session s ON s.window_id = w.id AND s.left_at IS NULL
          LEFT JOIN window_pause p ON p.window_id = w.id AND p.ended_at IS NULL
          LEFT JOIN window_act a ON a.window_id = w.id AND a.acted_by = $2 AND a.acted_at >= $3
                                AND s.staff_id = $2
          LEFT JOIN ticket t ON t.id = a.ticket_id AND t.version = a.version
         WHERE w.id = $1 AND w.active
        """,
        window_id,
        actor.id,
        now - UNDO_WITHIN,
        local_date(now),
    )
    if row is None:
        raise WindowUnknown
    pause = undoable = None
    if row["reason"] is not None:
        pause = Pause(
            window_id=window_id,
            reason=PauseReason(row["reason"]),
            since=row["began_at"],
            until=row["expected_until"],
        )
    if row["number"] is not None:
        undoable = Undoable(
            act=Act(row["act"]), number=row["number"], until=row["acted_at"] + UNDO_WITHIN
        )
    return Station(
        office_code=row["office_code"],
        staff_id=row["staff_id"],
        pause=pause,
        undoable=undoable,
        served_today=row["served_today"],
    )
