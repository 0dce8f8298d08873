"""Taking back a misclick: the ticket and its appointment are again as they were, to the second.

Locks are taken in this order: the clerk's seat at the window (shared), the ticket, its
appointment, the window's journal. See docs/locking.md.
"""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from services import appointments
from services.appointments import AppointmentStatus
from services.kernel.actor import Actor
from services.kernel.unit_of_work import current, unit_of_work
from services.queue.errors import NothingToUndo, TicketMoved, UndoneTooLate, WindowPaused
from services.queue.journal import note
from services.queue.rules import UNDO_WITHIN
from services.queue.sittings import own_window
from services.queue.states import Act, TicketStatus
from services.queue.stints import forget_stint
from services.queue.tickets import COLUMNS, Ticket, from_row, ticket

APPOINTMENT_STEPS: Mapping[Act, tuple[AppointmentStatus, AppointmentStatus]] = {
    Act.FINISHED: (AppointmentStatus.CHECKED_IN, AppointmentStatus.COMPLETED),
    Act.SKIPPED: (AppointmentStatus.CHECKED_IN, AppointmentStatus.NO_SHOW),
    Act.WITHDRAWN: (AppointmentStatus.CHECKED_IN, AppointmentStatus.COMPLETED),
    Act.CAME_BACK: (AppointmentStatus.NO_SHOW, AppointmentStatus.CHECKED_IN),
}
"""What each act did to the appointment: from, to. The other acts leave it alone."""

_RESTORED = """line, status, order_at, in_line_at, window_id, called_by, called_at, recalled_at,
               call_count, returned_at, started_at, parked_at, ended_at, note, outcome,
               for_window_id"""


async def undo(actor: Actor, window_id: UUID, now: datetime) -> Ticket:
    """Take back the last act of this window, within UNDO_WITHIN of it.

    Raises:
        NothingToUndo: The window has done nothing, or it was another clerk.
        UndoneTooLate: The time is over.
        TicketMoved: Somebody has acted on the ticket since.
        WindowPaused: The ticket would come back to a window that is on a break.
        NotAtWindow: The clerk does not sit there.
    """
    async with unit_of_work() as uow:
        await own_window(uow, actor, window_id)
        last = await uow.fetchrow(
            """
            SELECT ticket_id, act, acted_at, before, before->>'status' AS status, version
              FROM window_act WHERE window_id = $1 AND acted_by = $2
            """,
            window_id,
            actor.id,
        )
        if last is None:
            raise NothingToUndo
        if now - last["acted_at"] > UNDO_WITHIN:
            raise UndoneTooLate
        if TicketStatus(last["status"]) in TicketStatus.at_window() and await uow.fetchval(
            "SELECT 1 FROM window_pause WHERE window_id = $1 AND ended_at IS NULL", window_id
        ):
            raise WindowPaused
        restored = await _restore(last["ticket_id"], last["before"], last["version"])
        await forget_stint(uow, restored.id, last["version"])
        act = Act(last["act"])
        if restored.appointment_id and act in APPOINTMENT_STEPS:
            before, after = APPOINTMENT_STEPS[act]
            await appointments.step_back(actor, restored.appointment_id, after, before, now)
        await uow.execute("DELETE FROM window_act WHERE window_id = $1", window_id)
        await note(actor, "queue.undone", restored, now, act=act.value)
        return restored


async def _restore(ticket_id: UUID, before: str, version: int) -> Ticket:
    row = await current().fetchrow(
        f"""
        UPDATE ticket
           SET ({_RESTORED}) =
               (SELECT {_RESTORED} FROM jsonb_populate_record(NULL::ticket, $2::jsonb))
         WHERE id = $1 AND version = $3
        RETURNING {COLUMNS}
        """,  # noqa: S608 - both are constants
        ticket_id,
        before,
        version,
    )
    if row is None:
        found = await ticket(ticket_id)
        raise TicketMoved(number=found.number, status=found.status)
    return from_row(row)
