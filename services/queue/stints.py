"""Each time that a ticket waited and was at a window, for figures and estimates.

A ticket holds the times of its last stint alone. When it goes back into line - handed on, back with
a paper, back after a missed call - the stint before is kept here, in the same transaction and under
the ticket's lock, so that no wait and no service is lost and none is counted twice.
"""

from datetime import datetime
from enum import StrEnum

from services.kernel.ids import new_id
from services.kernel.unit_of_work import UnitOfWork, current
from services.queue.states import TicketStatus
from services.queue.steps import Held

STINTS = """
(SELECT id AS ticket_id, office_code, day, line, called_by, in_line_at, called_at, started_at,
        coalesce(parked_at, ended_at) AS ended_at,
        CASE WHEN outcome = 'unrecorded' THEN 'forgotten'
             WHEN status = 'parked' THEN 'fetched'
             ELSE status END AS ending
   FROM ticket WHERE called_at IS NOT NULL
  UNION ALL
 SELECT ticket_id, office_code, day, line, called_by, in_line_at, called_at, started_at, ended_at,
        ending
   FROM ticket_stint)
"""
"""Every stint. `ended_at` is empty while it lasts; `ending` says how it ended, or the status."""


class Ending(StrEnum):
    """Why a stint was followed by another."""

    FETCHED = "fetched"
    MISSED = "missed"
    TRANSFERRED = "transferred"


_ENDINGS = {TicketStatus.PARKED: Ending.FETCHED, TicketStatus.SKIPPED: Ending.MISSED}


async def keep_stint(held: Held, now: datetime) -> None:
    """Keep the stint of a locked ticket that is about to go back into line.

    Times of clerks' machines that run apart are put in order rather than refused.
    """
    await current().execute(
        """
        INSERT INTO ticket_stint (id, ticket_id, office_code, day, line, window_id, called_by,
                                  in_line_at, called_at, started_at, ended_at, ending, version)
        SELECT $2, id, office_code, day, line, window_id, called_by, in_line_at,
               greatest(called_at, in_line_at),
               CASE WHEN started_at IS NOT NULL
                    THEN greatest(started_at, called_at, in_line_at) END,
               greatest(coalesce(parked_at, ended_at, $3), started_at, called_at, in_line_at),
               $4, version + 1
          FROM ticket WHERE id = $1 AND called_at IS NOT NULL
        """,
        held.ticket.id,
        new_id(),
        now,
        _ENDINGS.get(held.ticket.status, Ending.TRANSFERRED),
    )


async def forget_stint(uow: UnitOfWork, ticket_id: object, version: int) -> None:
    """Let go of what the change with this count has kept: an undo takes it back."""
    await uow.execute(
        "DELETE FROM ticket_stint WHERE ticket_id = $1 AND version = $2", ticket_id, version
    )
