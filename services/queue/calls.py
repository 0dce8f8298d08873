"""Calling tickets to a window, and what happens to them there.

Locks are taken in this order: the clerk's seat at the window (shared), the ticket, its
appointment. See docs/locking.md.
"""

from datetime import datetime
from uuid import UUID

import asyncpg

from services import appointments
from services.kernel.actor import Actor
from services.kernel.clock import local_date
from services.kernel.unit_of_work import current, unit_of_work
from services.queue.errors import CalledOften, NotAtWindow, TicketMoved
from services.queue.journal import note
from services.queue.rules import MOST_CALLS
from services.queue.sittings import DESK_ROLES, own_window
from services.queue.states import TicketStatus, sources
from services.queue.tickets import COLUMNS, Ticket, from_row, ticket


async def call_next(actor: Actor, window_id: UUID, now: datetime) -> Ticket | None:
    """Call the ticket that the published rule puts first among the window's lines.

    Two clerks never get the same ticket: the first locks it, the others pass over locked ones.
    None when nobody waits.

    Raises:
        WindowBusy: The window has a ticket already.
        NotAtWindow: The clerk does not sit there.
    """
    async with unit_of_work() as uow:
        window = await own_window(uow, actor, window_id)
        row = await uow.fetchrow(
            f"""
            UPDATE ticket
               SET status = 'called', window_id = $1, called_by = $2, called_at = $3, call_count = 1
             WHERE status = 'waiting' AND id = (
                   SELECT id FROM ticket
                    WHERE office_code = $4 AND day = $5 AND status = 'waiting' AND line = ANY($6)
                    ORDER BY order_at, id LIMIT 1
                      FOR UPDATE SKIP LOCKED)
            RETURNING {COLUMNS}
            """,  # noqa: S608 - the column list is a constant
            window_id,
            actor.id,
            now,
            window.office_code,
            local_date(now),
            list(window.lines),
        )
        if row is None:
            return None
        called = from_row(row)
        await note(actor, "queue.called", called, now)
        return called


async def recall(actor: Actor, ticket_id: UUID, now: datetime) -> Ticket:
    """Call a ticket out again, MOST_CALLS times in all.

    Raises CalledOften, TicketMoved, NotAtWindow or NotFound.
    """
    async with unit_of_work() as uow:
        row = await uow.fetchrow(
            f"""
            UPDATE ticket SET recalled_at = $3, call_count = call_count + 1
             WHERE id = $1 AND status = 'called' AND call_count < $4 AND {_AT_OWN_WINDOW}
            RETURNING {COLUMNS}
            """,  # noqa: S608 - both are constants
            ticket_id,
            actor.id,
            now,
            MOST_CALLS,
        )
        if row is None:
            found = await ticket(ticket_id)
            if found.status is TicketStatus.CALLED and found.call_count >= MOST_CALLS:
                raise CalledOften(number=found.number)
            raise await _refusal(actor, ticket_id, frozenset({TicketStatus.CALLED}))
        return await _done(actor, "queue.recalled", row, now)


async def start(actor: Actor, ticket_id: UUID, now: datetime) -> Ticket:
    """The person is at the window. Raises TicketMoved, NotAtWindow or NotFound."""
    async with unit_of_work():
        row = await _step(actor, ticket_id, TicketStatus.SERVING, "started_at = $5", now)
        return await _done(actor, "queue.started", row, now)


async def finish(actor: Actor, ticket_id: UUID, now: datetime) -> Ticket:
    """The business is done; so is the appointment. Raises TicketMoved, NotAtWindow or NotFound."""
    async with unit_of_work():
        row = await _step(actor, ticket_id, TicketStatus.FINISHED, "ended_at = $5", now)
        if row["appointment_id"]:
            await appointments.complete(actor, row["appointment_id"], now)
        return await _done(actor, "queue.finished", row, now)


async def skip(actor: Actor, ticket_id: UUID, now: datetime) -> Ticket:
    """Nobody answered the calls; the appointment counts as missed unless they come back today.

    Raises TicketMoved, NotAtWindow or NotFound.
    """
    async with unit_of_work():
        row = await _step(actor, ticket_id, TicketStatus.SKIPPED, "ended_at = $5", now)
        if row["appointment_id"]:
            await appointments.mark_no_show(actor, row["appointment_id"], now)
        return await _done(actor, "queue.skipped", row, now)


_AT_OWN_WINDOW = """window_id = (
                   SELECT window_id FROM window_session
                    WHERE staff_id = $2 AND left_at IS NULL FOR SHARE)"""


async def _step(
    actor: Actor, ticket_id: UUID, to: TicketStatus, change: str, now: datetime
) -> asyncpg.Record:
    """Step into `to` at the clerk's own window, in the current unit of work."""
    expected = sources(to) & TicketStatus.at_window()
    row = await current().fetchrow(
        f"""
        UPDATE ticket SET status = $3, {change}
         WHERE id = $1 AND status = ANY($4) AND {_AT_OWN_WINDOW}
        RETURNING {COLUMNS}
        """,  # noqa: S608 - all three are constants of this module
        ticket_id,
        actor.id,
        to,
        list(expected),
        now,
    )
    if row is None:
        raise await _refusal(actor, ticket_id, expected)
    return row


async def _refusal(
    actor: Actor, ticket_id: UUID, expected: frozenset[TicketStatus]
) -> NotAtWindow | TicketMoved:
    found = await ticket(ticket_id)
    actor.require_role(*DESK_ROLES, office_code=found.office_code)
    if found.status not in expected:
        return TicketMoved(number=found.number, status=found.status)
    return NotAtWindow()


async def _done(actor: Actor, action: str, row: asyncpg.Record, now: datetime) -> Ticket:
    done = from_row(row)
    actor.require_role(*DESK_ROLES, office_code=done.office_code)
    await note(actor, action, done, now)
    return done
