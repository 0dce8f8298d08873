"""A text message when one's turn is near, for whoever asked: once a ticket."""

from datetime import datetime
from uuid import UUID

from services import audit
from services.kernel import database, outbox
from services.kernel.actor import Actor
from services.kernel.clock import local_date
from services.kernel.ids import new_id
from services.kernel.unit_of_work import unit_of_work
from services.queue.errors import NobodyToTell, TicketMoved
from services.queue.states import TicketStatus
from services.queue.tickets import ticket

NEAR = "queue.turn_near"
"""The topic; its payload is {"ticket_id": …}."""

NEARLY_THERE = 3
"""So many people ahead or fewer count as near."""


async def ask_for_nudge(actor: Actor, ticket_id: UUID, now: datetime) -> None:
    """Keep the wish. Whoever holds the ticket may; the message goes to its person's phone alone.

    Raises:
        AskedBefore: It is kept already.
        NobodyToTell: The number was taken without an appointment, so no phone is known.
        TicketMoved, NotFound.
    """
    found = await ticket(ticket_id)
    if found.person_id is None:
        raise NobodyToTell
    if found.status is not TicketStatus.WAITING:
        raise TicketMoved(number=found.number, status=found.status)
    async with unit_of_work() as uow:
        await uow.execute(
            "INSERT INTO ticket_nudge (id, ticket_id, asked_at) VALUES ($1, $2, $3)",
            new_id(),
            ticket_id,
            now,
        )
        await audit.record(
            actor,
            "queue.nudge_asked",
            subject="ticket",
            subject_id=ticket_id,
            office_code=found.office_code,
            now=now,
        )


async def nudge_asked(ticket_id: UUID) -> bool:
    """Whether a message was asked for."""
    return bool(
        await database.fetchval("SELECT 1 FROM ticket_nudge WHERE ticket_id = $1", ticket_id)
    )


async def send_nudges(now: datetime) -> int:
    """Tell everybody whose turn is near, each once; how many. A worker runs it all the time."""
    async with unit_of_work() as uow:
        rows = await uow.fetch(
            """
            UPDATE ticket_nudge n SET sent_at = $1 FROM ticket t
             WHERE n.ticket_id = t.id AND n.sent_at IS NULL
               AND t.status = 'waiting' AND t.day = $2
               AND (SELECT count(*) FROM ticket o
                     WHERE o.office_code = t.office_code AND o.day = t.day AND o.line = t.line
                       AND o.status = 'waiting' AND (o.order_at, o.id) < (t.order_at, t.id)) <= $3
            RETURNING t.id
            """,
            now,
            local_date(now),
            NEARLY_THERE,
        )
        for row in rows:
            await outbox.publish(NEAR, {"ticket_id": str(row["id"])}, now)
    return len(rows)
