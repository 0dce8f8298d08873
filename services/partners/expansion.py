"""From what happened to what partners are told: one delivery an event and endpoint."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

import msgspec
from msgspec import Struct

from services import appointments, queue
from services.appointments import Appointment, AppointmentStatus
from services.kernel import outbox
from services.kernel.clock import to_local
from services.kernel.ids import new_id
from services.kernel.leases import Event
from services.kernel.unit_of_work import UnitOfWork, current
from services.partners.states import EventType

WEBHOOK_DUE = "partners.webhook_due"

EXPANSIONS: Mapping[str, EventType] = {
    appointments.BOOKED: EventType.BOOKED,
    appointments.CANCELLED: EventType.CANCELLED,
    appointments.RESCHEDULED: EventType.RESCHEDULED,
    appointments.MOVED_BY_HALL: EventType.RESCHEDULED,
    appointments.CANCELLED_BY_HALL: EventType.CANCELLED,
    appointments.CHECKED_IN: EventType.CHECKED_IN,
    appointments.COMPLETED: EventType.COMPLETED,
    appointments.NO_SHOW: EventType.NO_SHOW,
    queue.NUMBER_CALLED: EventType.CALLED,
}
"""The topics that partners are told of, with what each is called there."""


# What was a misclick has been taken back by the time at which these are told.
_STANDS: Mapping[EventType, AppointmentStatus] = {
    EventType.COMPLETED: AppointmentStatus.COMPLETED,
    EventType.NO_SHOW: AppointmentStatus.NO_SHOW,
}


class BookingData(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A booking as its partner knows it, at the moment when the message was written.

    `number` is that of the ticket, when it is called.
    """

    reference: str
    status: str
    item: str
    office: str
    starts_at: datetime
    person_id: UUID
    number: str | None = None


class Body(Struct, frozen=True, kw_only=True):
    """What is sent; `timestamp` is when it happened. A test has no data."""

    type: EventType
    timestamp: datetime
    data: BookingData | dict[str, str]


async def expand(event: Event, now: datetime) -> None:
    """Write a delivery for each endpoint that wants the event, as one of its consumers.

    Nothing is written for bookings that no partner made, nor for a step that was taken back since.
    Raises DeliveryExists when another worker has expanded the event.
    """
    uow = current()
    appointment_id, number = await _subject(event)
    if appointment_id is None:
        return
    event_type = EXPANSIONS[event.topic]
    rows = await uow.fetch(
        """
        SELECT endpoint.id, booking.partner_person_id
          FROM partner_booking booking
          JOIN partner ON partner.id = booking.partner_id AND partner.deactivated_at IS NULL
          JOIN partner_person permit
            ON permit.id = booking.partner_person_id AND permit.withdrawn_at IS NULL
          JOIN webhook_endpoint endpoint
            ON endpoint.partner_id = partner.id AND $2 = ANY(endpoint.event_types)
           AND endpoint.removed_at IS NULL AND endpoint.disabled_at IS NULL
         WHERE booking.appointment_id = $1
        """,
        appointment_id,
        event_type,
    )
    for row in rows:
        appointment = await appointments.appointment(appointment_id)
        if _STANDS.get(event_type, appointment.status) is not appointment.status:
            return
        body = Body(
            type=event_type,
            timestamp=event.created_at,
            data=_data(appointment, row["partner_person_id"], number),
        )
        await write_delivery(uow, row["id"], event.id, body, now)


async def write_delivery(
    uow: UnitOfWork, endpoint_id: UUID, event_id: UUID, body: Body, now: datetime
) -> UUID:
    """Write a delivery and that it is due."""
    delivery_id = new_id()
    await uow.execute(
        """
        INSERT INTO webhook_delivery
               (id, endpoint_id, event_id, event_type, body, status, attempts, created_at)
        VALUES ($1, $2, $3, $4, $5, 'pending', 0, $6)
        """,
        delivery_id,
        endpoint_id,
        event_id,
        body.type,
        msgspec.json.encode(body).decode(),
        now,
    )
    await outbox.publish(WEBHOOK_DUE, {"delivery_id": str(delivery_id)}, now)
    return delivery_id


async def _subject(event: Event) -> tuple[UUID | None, str | None]:
    """The appointment that an event is about, and the number of its ticket if that was called."""
    if event.topic != queue.NUMBER_CALLED:
        return UUID(event.payload["appointment_id"]), None
    ticket = await queue.ticket(UUID(event.payload["ticket_id"]))
    return ticket.appointment_id, ticket.number


def _data(appointment: Appointment, person_id: UUID, number: str | None) -> BookingData:
    return BookingData(
        reference=appointment.reference,
        status=appointment.status,
        item=appointment.item_code,
        office=appointment.office_code,
        starts_at=to_local(appointment.starts_at),
        person_id=person_id,
        number=number,
    )
