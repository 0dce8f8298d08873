"""What every act on a ticket leaves behind: an audit record, and a word to the live pages."""

from datetime import datetime

from services import audit
from services.kernel import live
from services.kernel.actor import Actor
from services.queue.tickets import Ticket


async def note(actor: Actor, action: str, ticket: Ticket, now: datetime, **more: object) -> None:
    """Record `action` (`queue.verb`) with `more` and announce it, in the current unit of work.

    `more` holds codes and ids, never what somebody typed.
    """
    await audit.record(
        actor,
        action,
        subject="ticket",
        subject_id=ticket.id,
        office_code=ticket.office_code,
        data={"number": ticket.number, "priority": ticket.priority, **more},
        now=now,
    )
    live.announce(live.office_topic(ticket.office_code))
