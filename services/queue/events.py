"""The outbox topics that the queue publishes; each payload is {"ticket_id": …}.

Whoever reads one looks the ticket up: an undo may have come since.
"""

from datetime import datetime

from services.kernel import outbox
from services.queue.rules import UNDO_WITHIN
from services.queue.tickets import Ticket

CALLED = "queue.number_called"
FINISHED = "queue.business_finished"


async def called(ticket: Ticket, now: datetime) -> None:
    """A number was called to a window."""
    await outbox.publish(CALLED, {"ticket_id": str(ticket.id)}, now)


async def finished(ticket: Ticket, now: datetime) -> None:
    """A visit is over; told once it cannot be undone any more."""
    payload = {"ticket_id": str(ticket.id)}
    await outbox.publish(FINISHED, payload, now, not_before=now + UNDO_WITHIN)
