"""What the messages about a visit say: the turn is near, or how was it."""

from datetime import datetime
from uuid import UUID

from services import catalog, identity, queue
from services.kernel.clock import local_date
from services.kernel.errors import NotFound
from services.kernel.leases import Event
from services.notices.drafts import Draft
from services.notices.facts import VisitFacts
from services.notices.states import Channel, Kind, Reason
from services.queue import Ticket, TicketStatus

KINDS = frozenset({Kind.TURN_NEAR, Kind.VISIT_OVER})
_WORTH: dict[Kind, TicketStatus] = {
    Kind.TURN_NEAR: TicketStatus.WAITING,
    Kind.VISIT_OVER: TicketStatus.FINISHED,
}


async def turn_near(event: Event) -> list[Draft]:
    """By text message alone: a mail would be read too late."""
    return await _by_sms(Kind.TURN_NEAR, event)


async def visit_over(event: Event) -> list[Draft]:
    """The link to rate the visit."""
    return await _by_sms(Kind.VISIT_OVER, event)


async def _by_sms(kind: Kind, event: Event) -> list[Draft]:
    visit = await queue.ticket(UUID(event.payload["ticket_id"]))
    # Only who came with an appointment is known; the appointment is what the notice speaks of.
    if visit.person_id is None or visit.appointment_id is None:
        return []
    if visit.status is not _WORTH[kind]:
        return []
    if (await identity.contact(visit.person_id)).phone is None:
        return []
    return [
        Draft(
            kind=kind,
            recipient_id=visit.person_id,
            channel=Channel.SMS,
            subject_id=visit.appointment_id,
        )
    ]


async def visit_facts(kind: Kind, appointment_id: UUID, now: datetime) -> VisitFacts | Reason:
    """The facts, or why the message is better not sent any more."""
    visit = await queue.ticket_of_appointment(appointment_id)
    if visit is None:
        raise NotFound
    if visit.status is not _WORTH[kind]:
        return Reason.OVERTAKEN
    if visit.day != local_date(now):
        return Reason.TOO_LATE
    return await _facts(visit)


async def _facts(visit: Ticket) -> VisitFacts:
    waits = visit.status is TicketStatus.WAITING
    return VisitFacts(
        ticket=visit,
        office=await catalog.office(visit.office_code),
        ahead=await queue.people_ahead(visit) if waits else 0,
    )
