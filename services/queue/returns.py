"""Coming back into line, leaving it, and the end of the day.

Locks are taken in this order: the clerk's seat at a window (shared), the ticket, its appointment.
See docs/locking.md.
"""

from datetime import datetime
from uuid import UUID

from services import appointments
from services.kernel.actor import SYSTEM, Actor
from services.kernel.clock import local_date, local_moment
from services.kernel.unit_of_work import unit_of_work
from services.queue.errors import ReturnedBefore, TicketMoved
from services.queue.journal import note
from services.queue.rules import place_in_line
from services.queue.states import Act, TicketStatus
from services.queue.steps import BACK_IN_LINE, change, hold, remember
from services.queue.stints import keep_stint
from services.queue.tickets import COLUMNS, Ticket, from_row


async def come_back(actor: Actor, ticket_id: UUID, now: datetime) -> Ticket:
    """Put somebody who missed the call into line again, by this arrival; once, on the same day.

    Raises ReturnedBefore, TicketMoved or NotFound.
    """
    expected = frozenset({TicketStatus.SKIPPED})
    async with unit_of_work():
        held = await hold(actor, ticket_id)
        found = held.ticket
        if found.status not in expected or found.day != local_date(now):
            raise TicketMoved(number=found.number, status=found.status)
        if found.returned_at is not None:
            raise ReturnedBefore(number=found.number)
        await keep_stint(held, now)
        changed = await change(
            held,
            expected,
            f"{BACK_IN_LINE}, returned_at = $3, in_line_at = $3, order_at = $4",
            now,
            place_in_line(now, found.priority),
        )
        if found.appointment_id:
            await appointments.check_in(actor, found.appointment_id, now)
        return await remember(actor, Act.CAME_BACK, held, changed, now)


async def withdraw(actor: Actor, ticket_id: UUID, now: datetime) -> Ticket:
    """Take somebody who leaves out of the line. Whoever came has kept the appointment.

    The same for somebody who fetches a paper and does not come back. Raises TicketMoved or
    NotFound.
    """
    expected = frozenset({TicketStatus.WAITING, TicketStatus.PARKED})
    async with unit_of_work():
        held = await hold(actor, ticket_id)
        changed = await change(
            held, expected, "status = 'cancelled', ended_at = $3, for_window_id = NULL", now
        )
        if changed.ticket.appointment_id:
            await appointments.complete(actor, changed.ticket.appointment_id, now)
        return await remember(actor, Act.WITHDRAWN, held, changed, now)


async def close_days(now: datetime) -> int:
    """End what earlier days left open; the number of tickets ended. The worker runs it at night.

    Whoever was being served is finished; whoever still waited goes home without blame, for their
    appointment counts as kept. Windows that nobody left are given up, breaks end, and what could
    have been undone is forgotten.
    """
    today = local_date(now)
    async with unit_of_work() as uow:
        await uow.execute(
            "UPDATE window_session SET left_at = $1 WHERE left_at IS NULL AND sat_down_at < $2",
            now,
            begun := local_moment(today, datetime.min.time()),
        )
        await uow.execute(
            """
            UPDATE window_pause SET ended_at = $1
             WHERE ended_at IS NULL AND reason <> 'closed' AND began_at < $2
            """,
            now,
            begun,
        )
        await uow.execute("DELETE FROM window_act WHERE acted_at < $1", begun)
        rows = await uow.fetch(
            f"""
            UPDATE ticket
               SET ended_at = $1, for_window_id = NULL,
                   status = CASE status WHEN 'serving' THEN 'finished' ELSE 'cancelled' END,
                   outcome = CASE status WHEN 'serving' THEN 'unrecorded' END
             WHERE id IN (
                   SELECT id FROM ticket
                    WHERE day < $2 AND status IN ('waiting', 'called', 'serving', 'parked')
                    ORDER BY id FOR UPDATE)
            RETURNING {COLUMNS}
            """,  # noqa: S608 - the column list is a constant
            now,
            today,
        )
        for row in rows:
            if row["appointment_id"]:
                await appointments.complete(SYSTEM, row["appointment_id"], now)
            await note(SYSTEM, "queue.day_closed", from_row(row), now)
    return len(rows)
