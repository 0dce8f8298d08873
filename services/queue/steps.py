"""How an act on one ticket goes: hold it, change it, keep what it was, say so.

Locks are taken in this order: the clerk's seat at a window (shared), the ticket. See
docs/locking.md.
"""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from msgspec import Struct

from services.kernel.actor import Actor
from services.kernel.crypto import keyring
from services.kernel.errors import NotFound
from services.kernel.unit_of_work import current
from services.queue.errors import NotAtWindow, TicketMoved
from services.queue.journal import note
from services.queue.rules import LONGEST_NOTE
from services.queue.sittings import DESK_ROLES
from services.queue.states import Act, TicketStatus
from services.queue.tickets import COLUMNS, Ticket, from_row

# A ticket that goes back into line is at no window and has not been called.
BACK_IN_LINE = """status = 'waiting', window_id = NULL, called_by = NULL, called_at = NULL,
                  recalled_at = NULL, call_count = 0, started_at = NULL, parked_at = NULL,
                  ended_at = NULL"""

# By the act, as the audit names it.
ACTIONS: Mapping[Act, str] = {
    Act.CALLED: "queue.called",
    Act.CHOSEN: "queue.chosen",
    Act.STARTED: "queue.started",
    Act.FINISHED: "queue.finished",
    Act.SKIPPED: "queue.skipped",
    Act.PARKED: "queue.parked",
    Act.TRANSFERRED: "queue.transferred",
    Act.RESUMED: "queue.resumed",
    Act.CAME_BACK: "queue.came_back",
    Act.WITHDRAWN: "queue.withdrawn",
}

REMEMBER = """
INSERT INTO window_act (window_id, ticket_id, act, acted_by, acted_at, before, version)
VALUES ($1, $2, $3, $4, $5, $6::jsonb, $7)
ON CONFLICT (window_id) DO UPDATE
   SET (ticket_id, act, acted_by, acted_at, before, version) =
       (excluded.ticket_id, excluded.act, excluded.acted_by, excluded.acted_at, excluded.before,
        excluded.version)
"""


class Held(Struct, frozen=True, kw_only=True):
    """A locked ticket: as it is, as the journal keeps it, and the window of who acts, if any."""

    ticket: Ticket
    before: str
    window_id: UUID | None


class Changed(Struct, frozen=True):
    """A ticket after a change, and the count of its changes."""

    ticket: Ticket
    version: int


async def hold(actor: Actor, ticket_id: UUID) -> Held:
    """Lock a ticket of the actor's office. Raises NotFound or Forbidden."""
    uow = current()
    window_id = await uow.fetchval(
        "SELECT window_id FROM window_session WHERE staff_id = $1 AND left_at IS NULL FOR SHARE",
        actor.id,
    )
    row = await uow.fetchrow(
        f"""
        SELECT {COLUMNS}, to_jsonb(ticket)::text AS before
          FROM ticket WHERE id = $1 FOR UPDATE
        """,  # noqa: S608 - the column list is a constant
        ticket_id,
    )
    if row is None:
        raise NotFound
    columns = dict(row)
    before = columns.pop("before")
    held = Held(ticket=from_row(columns), before=before, window_id=window_id)
    actor.require_role(*DESK_ROLES, office_code=held.ticket.office_code)
    return held


async def hold_at_window(actor: Actor, ticket_id: UUID, expected: frozenset[TicketStatus]) -> Held:
    """Lock a ticket that is at the actor's own window.

    Raises TicketMoved when it is in no state of `expected`, NotAtWindow, NotFound or Forbidden.
    """
    held = await hold(actor, ticket_id)
    if held.ticket.status not in expected:
        raise TicketMoved(number=held.ticket.number, status=held.ticket.status)
    if held.window_id is None or held.ticket.window_id != held.window_id:
        raise NotAtWindow
    return held


async def change(
    held: Held, expected: frozenset[TicketStatus], assignments: str, *values: object
) -> Changed:
    """Write `assignments`, whose values begin at $3, if the ticket is in a state of `expected`.

    Raises TicketMoved.
    """
    row = await current().fetchrow(
        f"""
        UPDATE ticket SET {assignments} WHERE id = $1 AND status = ANY($2)
        RETURNING {COLUMNS}, version
        """,  # noqa: S608 - both are constants of the callers
        held.ticket.id,
        list(expected),
        *values,
    )
    if row is None:
        raise TicketMoved(number=held.ticket.number, status=held.ticket.status)
    columns = dict(row)
    version = columns.pop("version")
    return Changed(from_row(columns), version)


async def remember(
    actor: Actor, act: Act, held: Held, changed: Changed, now: datetime, **more: object
) -> Ticket:
    """Keep what the ticket was for an undo at the actor's window; record and announce the act."""
    if held.window_id is not None:
        await current().execute(
            REMEMBER,
            held.window_id,
            held.ticket.id,
            act,
            actor.id,
            now,
            held.before,
            changed.version,
        )
    await note(actor, ACTIONS[act], changed.ticket, now, **more)
    return changed.ticket


def sealed_note(ticket_id: UUID, text: str) -> bytes | None:
    """What one clerk leaves for the next, sealed; None for nothing.

    The edge has refused what is longer than LONGEST_NOTE; the rest is cut off here.
    """
    text = text.strip()[:LONGEST_NOTE]
    return keyring().seal(text, "ticket", "note", ticket_id) if text else None
