"""Coming back into line, leaving it, and the end of the day.

Locks are taken in this order: the ticket, its appointment. See docs/locking.md.
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
from services.queue.sittings import DESK_ROLES
from services.queue.states import TicketStatus, sources
from services.queue.tickets import COLUMNS, Ticket, from_row, ticket


async def come_back(actor: Actor, ticket_id: UUID, now: datetime) -> Ticket:
    """Put somebody who missed the call into line again, by this arrival; once, on the same day.

    Raises ReturnedBefore, TicketMoved or NotFound.
    """
    found = await ticket(ticket_id)
    actor.require_role(*DESK_ROLES, office_code=found.office_code)
    async with unit_of_work() as uow:
        row = await uow.fetchrow(
            f"""
            UPDATE ticket
               SET status = 'waiting', window_id = NULL, called_by = NULL, called_at = NULL,
                   recalled_at = NULL, call_count = 0, ended_at = NULL, returned_at = $2,
                   order_at = $3
             WHERE id = $1 AND status = ANY($4) AND returned_at IS NULL AND day = $5
            RETURNING {COLUMNS}
            """,  # noqa: S608 - the column list is a constant
            ticket_id,
            now,
            place_in_line(now, found.priority),
            list(sources(TicketStatus.WAITING)),
            local_date(now),
        )
        if row is None:
            found = await ticket(ticket_id)
            if found.status is TicketStatus.SKIPPED and found.returned_at is not None:
                raise ReturnedBefore(number=found.number)
            raise TicketMoved(number=found.number, status=found.status)
        if row["appointment_id"]:
            await appointments.check_in(actor, row["appointment_id"], now)
        back = from_row(row)
        await note(actor, "queue.came_back", back, now)
        return back


async def withdraw(actor: Actor, ticket_id: UUID, now: datetime) -> Ticket:
    """Take somebody who leaves out of the line. Whoever came has kept the appointment.

    Raises TicketMoved or NotFound.
    """
    found = await ticket(ticket_id)
    actor.require_role(*DESK_ROLES, office_code=found.office_code)
    async with unit_of_work() as uow:
        row = await uow.fetchrow(
            f"""
            UPDATE ticket SET status = 'cancelled', ended_at = $2
             WHERE id = $1 AND status = 'waiting'
            RETURNING {COLUMNS}
            """,  # noqa: S608 - the column list is a constant
            ticket_id,
            now,
        )
        if row is None:
            found = await ticket(ticket_id)
            raise TicketMoved(number=found.number, status=found.status)
        if row["appointment_id"]:
            await appointments.complete(actor, row["appointment_id"], now)
        gone = from_row(row)
        await note(actor, "queue.withdrawn", gone, now)
        return gone


async def close_days(now: datetime) -> int:
    """End what earlier days left open; the number of tickets ended. The worker runs it at night.

    Whoever was being served is finished; whoever still waited goes home without blame, for their
    appointment counts as kept. Windows that nobody left are given up.
    """
    today = local_date(now)
    async with unit_of_work() as uow:
        await uow.execute(
            "UPDATE window_session SET left_at = $1 WHERE left_at IS NULL AND sat_down_at < $2",
            now,
            local_moment(today, datetime.min.time()),
        )
        rows = await uow.fetch(
            f"""
            UPDATE ticket
               SET ended_at = $1,
                   status = CASE status WHEN 'serving' THEN 'finished' ELSE 'cancelled' END
             WHERE id IN (
                   SELECT id FROM ticket
                    WHERE day < $2 AND status IN ('waiting', 'called', 'serving')
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
