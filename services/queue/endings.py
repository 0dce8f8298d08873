"""How the business at a window ends.

Locks are taken in this order: the clerk's seat at the window (shared), the ticket, its
appointment. See docs/locking.md.
"""

from datetime import datetime
from uuid import UUID

from services import appointments
from services.kernel.actor import Actor
from services.kernel.unit_of_work import unit_of_work
from services.queue import events
from services.queue.states import Act, Outcome, TicketStatus
from services.queue.steps import change, hold_at_window, remember, sealed_note
from services.queue.tickets import Ticket


async def finish(
    actor: Actor, ticket_id: UUID, now: datetime, *, outcome: Outcome = Outcome.DONE, note: str = ""
) -> Ticket:
    """The visit is over, and so is the appointment, whatever it came to.

    `note` is for whoever sees the ticket later the same day; it names nobody.

    Raises TicketMoved, NotAtWindow or NotFound.
    """
    expected = frozenset({TicketStatus.SERVING})
    async with unit_of_work():
        held = await hold_at_window(actor, ticket_id, expected)
        changed = await change(
            held,
            expected,
            "status = 'finished', ended_at = $3, outcome = $4, note = coalesce($5, note)",
            now,
            outcome,
            sealed_note(ticket_id, note),
        )
        if changed.ticket.appointment_id:
            await appointments.complete(actor, changed.ticket.appointment_id, now)
        await events.finished(changed.ticket, now)
        return await remember(actor, Act.FINISHED, held, changed, now, outcome=outcome.value)


async def skip(actor: Actor, ticket_id: UUID, now: datetime) -> Ticket:
    """Nobody answered the calls; the appointment counts as missed unless they come back today.

    Raises TicketMoved, NotAtWindow or NotFound.
    """
    expected = frozenset({TicketStatus.CALLED})
    async with unit_of_work():
        held = await hold_at_window(actor, ticket_id, expected)
        changed = await change(held, expected, "status = 'skipped', ended_at = $3", now)
        if changed.ticket.appointment_id:
            await appointments.mark_no_show(actor, changed.ticket.appointment_id, now)
        return await remember(actor, Act.SKIPPED, held, changed, now)
