"""What the machine knows of the queue: whom the rule puts first, and what may be undone."""

from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import Struct

from services import queue
from services.catalog import Line, Window
from services.kernel.actor import Actor
from services.kernel.errors import DomainError
from tests.queues import clerk, windows
from tests.stateful.hall import Steps

AS_KEPT = """
SELECT to_jsonb(t) - 'version' AS kept, a.status AS appointment, t.version
  FROM ticket t LEFT JOIN appointment a ON a.id = t.appointment_id WHERE t.id = $1
"""


class Last(Struct):
    """The last act of a window, as the machine remembers it."""

    ticket_id: UUID
    at: datetime
    before: tuple[str, str | None]
    version: int


class Crew(Struct, frozen=True):
    """Who works in the hall, all day."""

    windows: list[Window]
    clerks: list[Actor]
    boss: Actor


async def crew() -> Crew:
    """Two windows for household matters and one for vehicles, a clerk for each."""
    some = [*(await windows())[:2], (await windows(Line.VEHICLE))[-1]]
    return Crew(some, [await clerk() for _ in some], await clerk(role="supervisor"))


class QueueKnowledge(Steps):
    """A mixin of a RuleBasedStateMachine that has a `crew`."""

    crew: Crew
    windows: list[Window]
    clerks: list[Actor]
    last: dict[UUID, Last]
    handed_on: int

    def _act(self, seat: int | None, pick: int, statuses: tuple[str, ...], verb: Any) -> None:
        """Try a verb on one of the tickets in these states; remember it as the window's last.

        To call again is not an act of its own: after it, nothing can be undone.

        Without a seat, whoever has the ticket at their window does it.
        """
        found = self._pick(statuses, pick, seat)
        if found is None:
            return
        at = self._seat_of(found) if seat is None else seat
        kept = self._kept(found)
        done = self.world.attempt(verb(self.clerks[at], found, self.world.now))
        if not isinstance(done, DomainError) and self._sits(at) and verb is not queue.recall:
            self._remember(self.windows[at], found, kept)

    def _pick(self, statuses: tuple[str, ...], pick: int, seat: int | None) -> UUID | None:
        """One of the tickets in these states; that of the window comes first."""
        rows = self.world.rows(
            "SELECT id FROM ticket WHERE status = ANY($1)"
            " ORDER BY window_id = $2 DESC NULLS LAST, number",
            list(statuses),
            None if seat is None else self.windows[seat].id,
        )
        found: UUID | None = rows[pick % len(rows)]["id"] if rows else None
        return found

    def _seat_of(self, ticket_id: UUID) -> int:
        """The seat at whose window a ticket is, else one at which somebody sits."""
        (row,) = self.world.rows("SELECT window_id FROM ticket WHERE id = $1", ticket_id)
        at = [number for number, one in enumerate(self.windows) if one.id == row["window_id"]]
        return next((one for one in (*at, 0, 1, 2) if self._sits(one)), 0)

    def _kept(self, ticket_id: UUID) -> tuple[tuple[str, str | None], int]:
        (row,) = self.world.rows(AS_KEPT, ticket_id)
        return (row["kept"], row["appointment"]), row["version"]

    def _remember(
        self, window: Window, ticket_id: UUID, kept: tuple[tuple[str, str | None], int] | None
    ) -> None:
        assert kept is not None
        version = self._kept(ticket_id)[1]
        self.last[window.id] = Last(ticket_id, self.world.now, kept[0], version)

    def _sits(self, seat: int) -> bool:
        return bool(
            self.world.rows(
                "SELECT 1 FROM window_session WHERE staff_id = $1 AND left_at IS NULL",
                self.clerks[seat].id,
            )
        )

    def _paused(self, window: Window) -> bool:
        return bool(
            self.world.rows(
                "SELECT 1 FROM window_pause WHERE window_id = $1 AND ended_at IS NULL", window.id
            )
        )

    def _refusal(self, window: Window) -> type[DomainError] | None:
        """Why a window calls nobody just now."""
        if not self._sits(self.windows.index(window)):
            return queue.NotAtWindow
        if self._paused(window):
            return queue.WindowPaused
        busy = self.world.rows(
            "SELECT 1 FROM ticket WHERE window_id = $1 AND status IN ('called', 'serving')",
            window.id,
        )
        return queue.WindowBusy if busy and self._first(window) else None

    def _may_undo(self, window: Window, last: Last) -> bool:
        """Whether nothing stands against it."""
        comes_back = '"status": "called"' in last.before[0] or '"serving"' in last.before[0]
        return (
            self._sits(self.windows.index(window))
            and self.world.now - last.at <= queue.UNDO_WITHIN
            and self._kept(last.ticket_id)[1] == last.version
            and not (comes_back and self._paused(window))
            and not self._booked_again(last.ticket_id)
        )

    def _booked_again(self, ticket_id: UUID) -> bool:
        """Whether somebody who was done has booked what the old appointment would be one too many
        of."""
        return bool(
            self.world.rows(
                """
                SELECT 1 FROM ticket t JOIN appointment a ON a.id = t.appointment_id
                  JOIN appointment other ON other.person_id = a.person_id AND other.id <> a.id
                   AND (other.item_code = a.item_code OR other.day = a.day)
                 WHERE t.id = $1 AND a.status IN ('completed', 'no_show')
                   AND other.status IN ('booked', 'checked_in')
                """,
                ticket_id,
            )
        )

    def _first(self, window: Window) -> UUID | None:
        """Whom the published rule puts first, read from the rule and not from our SQL."""
        served = {one.id: one.lines for one in self.world.run(self._windows(window.office_code))}
        working = {
            one.id for one in self.windows if self._sits(self.windows.index(one))
            and not self._paused(one)
        }  # fmt: skip
        waiting = self.world.rows(
            "SELECT id, line, order_at, for_window_id FROM ticket WHERE status = 'waiting'"
        )
        for_it = [row for row in waiting if row["for_window_id"] == window.id]
        in_line = [
            row
            for row in waiting
            if row["line"] in served[window.id] and row["for_window_id"] not in working
        ]
        order = sorted(for_it or in_line, key=lambda row: (row["order_at"], row["id"]))
        first: UUID | None = order[0]["id"] if order else None
        return first

    async def _windows(self, office_code: str) -> tuple[Window, ...]:
        return await queue.windows(office_code, self.world.now)
