"""Calling tickets to a window.

Locks are taken in this order: the clerk's seat at the window (shared), the ticket. See
docs/locking.md.
"""

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from services.kernel.actor import Actor
from services.kernel.clock import local_date
from services.kernel.unit_of_work import current, unit_of_work
from services.queue import events
from services.queue.assignments import Post, refuse_while_paused, working_post
from services.queue.errors import CalledOften, NotOurLine, TicketMoved
from services.queue.journal import note
from services.queue.order import FIRST
from services.queue.rules import MOST_CALLS
from services.queue.states import Act, ChosenReason, TicketStatus
from services.queue.steps import Changed, change, hold, hold_at_window, remember
from services.queue.tickets import COLUMNS, Ticket, from_row

_CALL_NEXT = f"""
WITH picked AS (
    SELECT * FROM ticket
     WHERE id = {FIRST}
       AND NOT EXISTS (SELECT FROM window_pause WHERE window_id = $1 AND ended_at IS NULL)
       FOR UPDATE),
called AS (
    UPDATE ticket
       SET status = 'called', window_id = $1, called_by = $5, called_at = $6, call_count = 1,
           for_window_id = NULL
      FROM picked WHERE ticket.id = picked.id AND ticket.status = 'waiting'
    RETURNING ticket.*),
kept AS (
    INSERT INTO window_act (window_id, ticket_id, act, acted_by, acted_at, before, version)
    SELECT $1, called.id, 'called', $5, $6, to_jsonb(picked), called.version
      FROM called JOIN picked USING (id)
    ON CONFLICT (window_id) DO UPDATE
       SET (ticket_id, act, acted_by, acted_at, before, version) =
           (excluded.ticket_id, excluded.act, excluded.acted_by, excluded.acted_at,
            excluded.before, excluded.version))
SELECT {COLUMNS} FROM called
"""  # noqa: S608 - constants of this module


class CallChosen(Struct, frozen=True, kw_only=True):
    """Somebody out of order, and why."""

    window_id: UUID
    ticket_id: UUID
    reason: ChosenReason


async def call_next(actor: Actor, window_id: UUID, now: datetime) -> Ticket | None:
    """Call the ticket that the published rule puts first among the window's lines.

    Whoever waits for this very window comes before its lines. Two clerks never get the same
    ticket: the first locks it, the others pass over locked ones. None when nobody waits.

    Raises:
        WindowBusy: The window has a ticket already.
        WindowPaused: The window is on a break or closed.
        NotAtWindow: The clerk does not sit there.
    """
    async with unit_of_work() as uow:
        post = await working_post(uow, actor, window_id, now)
        row = await uow.fetchrow(
            _CALL_NEXT,
            window_id,
            local_date(now),
            post.office_code,
            list(post.lines),
            actor.id,
            now,
        )
        if row is None:
            await refuse_while_paused(uow, window_id)
            return None
        called = from_row(row)
        await events.called(called, now)
        await note(actor, "queue.called", called, now)
        return called


async def call_chosen(actor: Actor, command: CallChosen, now: datetime) -> Ticket:
    """Call one who waits for this window or in one of its lines, whatever their place.

    The audit keeps the reason. A ticket that waits for another window can be chosen as well.

    Raises:
        NotOurLine: The window does not serve the ticket's line.
        TicketMoved: It waits no more.
        WindowBusy, WindowPaused, NotAtWindow, NotFound: As for call_next.
    """
    async with unit_of_work() as uow:
        post = await working_post(uow, actor, command.window_id, now)
        await refuse_while_paused(uow, command.window_id)
        held = await hold(actor, command.ticket_id)
        changed = await _call(post, actor, command.ticket_id, now)
        if changed is None:
            found = held.ticket
            if found.status is TicketStatus.WAITING and found.day == local_date(now):
                raise NotOurLine(number=found.number)
            raise TicketMoved(number=found.number, status=found.status)
        await events.called(changed.ticket, now)
        return await remember(actor, Act.CHOSEN, held, changed, now, reason=command.reason.value)


async def _call(post: Post, actor: Actor, ticket_id: UUID, now: datetime) -> Changed | None:
    row = await current().fetchrow(
        f"""
        UPDATE ticket
           SET status = 'called', window_id = $2, called_by = $3, called_at = $4, call_count = 1,
               for_window_id = NULL
         WHERE id = $1 AND status = 'waiting' AND office_code = $5 AND day = $6
           AND (line = ANY($7) OR for_window_id = $2)
        RETURNING {COLUMNS}, version
        """,  # noqa: S608 - the column list is a constant
        ticket_id,
        post.window_id,
        actor.id,
        now,
        post.office_code,
        local_date(now),
        list(post.lines),
    )
    if row is None:
        return None
    columns = dict(row)
    version = columns.pop("version")
    return Changed(from_row(columns), version)


async def recall(actor: Actor, ticket_id: UUID, now: datetime) -> Ticket:
    """Call a ticket out again, MOST_CALLS times in all.

    Raises CalledOften, TicketMoved, NotAtWindow or NotFound.
    """
    expected = frozenset({TicketStatus.CALLED})
    async with unit_of_work():
        held = await hold_at_window(actor, ticket_id, expected)
        if held.ticket.call_count >= MOST_CALLS:
            raise CalledOften(number=held.ticket.number)
        changed = await change(held, expected, "recalled_at = $3, call_count = call_count + 1", now)
        await note(actor, "queue.recalled", changed.ticket, now)
        return changed.ticket


async def start(actor: Actor, ticket_id: UUID, now: datetime) -> Ticket:
    """The person is at the window. Raises TicketMoved, NotAtWindow or NotFound."""
    expected = frozenset({TicketStatus.CALLED})
    async with unit_of_work():
        held = await hold_at_window(actor, ticket_id, expected)
        changed = await change(held, expected, "status = 'serving', started_at = $3", now)
        return await remember(actor, Act.STARTED, held, changed, now)
