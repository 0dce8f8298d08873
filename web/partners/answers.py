"""What the interface for partners takes and answers; moments as the halls' clocks say."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct

from services.appointments import AppointmentStatus
from services.identity import IdType
from services.kernel.clock import to_local
from services.kernel.i18n import N_
from services.partners import (
    Delivery,
    DeliveryStatus,
    DisabledReason,
    Endpoint,
    EventType,
    PartnerAppointment,
)
from web.appointments.answers import ItemCode, Key, Moment, OfficeCode, Reference, SlotId

PersonKey = Annotated[
    UUID,
    Meta(
        description=N_("The id that registering the person answered with; yours alone."),
        examples=["0197e2c4-7d3a-7c55-9d0e-3f6a1b2c4d5e"],
    ),
]
EventTypes = Annotated[
    list[EventType],
    Meta(
        description=N_("What to be told of."),
        examples=[["appointment.booked", "appointment.cancelled"]],
        min_length=1,
        max_length=20,
    ),
]


class PersonRequest(Struct, forbid_unknown_fields=True):
    """A person as their document has them, who has agreed."""

    name: Annotated[
        str, Meta(description=N_("As on the document."), examples=["李四"], max_length=100)
    ]
    id_type: Annotated[
        IdType, Meta(description=N_("The kind of document."), examples=["resident_id"])
    ]
    id_number: Annotated[
        str,
        Meta(
            description=N_("The document's number."), examples=["110105194912310038"], max_length=60
        ),
    ]
    phone: Annotated[
        str,
        Meta(
            description=N_("A mainland mobile number, to which notices go."),
            examples=["13800000043"],
            max_length=32,
        ),
    ]
    consent: Annotated[
        bool,
        Meta(description=N_("That the person has agreed that you book for them."), examples=[True]),
    ]


class PersonAnswer(Struct, frozen=True, kw_only=True):
    """By which id the person is known to this platform from now on."""

    person_id: PersonKey


class BookForRequest(Struct, forbid_unknown_fields=True):
    """For whom, what and when."""

    person_id: PersonKey
    item: ItemCode
    slot_id: SlotId


class PartnerAppointmentAnswer(Struct, frozen=True, kw_only=True):
    """An appointment that this platform has made. `sequence` counts its moves."""

    reference: Reference
    status: Annotated[AppointmentStatus, Meta(examples=["booked"])]
    person_id: PersonKey
    item: ItemCode
    office: OfficeCode
    slot_id: SlotId
    starts_at: Moment
    ends_at: Moment
    sequence: Annotated[int, Meta(examples=[0])]
    booked_at: Moment
    cancelled_at: Annotated[datetime | None, Meta(examples=[None])]


class EndpointRequest(Struct, forbid_unknown_fields=True):
    """Where to send which events."""

    url: Annotated[
        str,
        Meta(
            description=N_("A public https address."),
            examples=["https://example.com/webhooks"],
            max_length=500,
        ),
    ]
    event_types: EventTypes


class SecretAnswer(Struct, frozen=True, kw_only=True):
    """An endpoint and the secret that its messages are signed with. It is told this once."""

    id: Key
    secret: Annotated[str, Meta(examples=["whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"])]


class EndpointAnswer(Struct, frozen=True, kw_only=True):
    """An endpoint, and why nothing is sent to it if nothing is."""

    id: Key
    url: Annotated[str, Meta(examples=["https://example.com/webhooks"])]
    event_types: EventTypes
    created_at: Moment
    succeeded_at: Annotated[datetime | None, Meta(examples=["2025-07-08T09:30:00+08:00"])]
    resting_until: Annotated[datetime | None, Meta(examples=[None])]
    disabled_at: Annotated[datetime | None, Meta(examples=[None])]
    disabled_reason: Annotated[DisabledReason | None, Meta(examples=[None])]


class DeliveryAnswer(Struct, frozen=True, kw_only=True):
    """One message, and what came of the last try."""

    id: Key
    endpoint_id: Key
    type: Annotated[EventType, Meta(examples=["appointment.booked"])]
    status: Annotated[DeliveryStatus, Meta(examples=["delivered"])]
    attempts: Annotated[int, Meta(examples=[1])]
    response_status: Annotated[int | None, Meta(examples=[204])]
    duration_ms: Annotated[int | None, Meta(examples=[41])]
    error: Annotated[str | None, Meta(examples=[None])]
    created_at: Moment
    attempted_at: Annotated[datetime | None, Meta(examples=["2025-07-08T09:30:00+08:00"])]


def appointment_answer(one: PartnerAppointment) -> PartnerAppointmentAnswer:
    """One appointment."""
    found = one.appointment
    return PartnerAppointmentAnswer(
        reference=found.reference,
        status=found.status,
        person_id=one.person_id,
        item=found.item_code,
        office=found.office_code,
        slot_id=found.slot_id,
        starts_at=to_local(found.starts_at),
        ends_at=to_local(found.ends_at),
        sequence=found.sequence,
        booked_at=to_local(found.booked_at),
        cancelled_at=_local(found.cancelled_at),
    )


def endpoint_answer(one: Endpoint) -> EndpointAnswer:
    """One endpoint."""
    return EndpointAnswer(
        id=one.id,
        url=one.url,
        event_types=one.event_types,
        created_at=to_local(one.created_at),
        succeeded_at=_local(one.succeeded_at),
        resting_until=_local(one.resting_until),
        disabled_at=_local(one.disabled_at),
        disabled_reason=one.disabled_reason,
    )


def delivery_answer(one: Delivery) -> DeliveryAnswer:
    """One delivery."""
    return DeliveryAnswer(
        id=one.id,
        endpoint_id=one.endpoint_id,
        type=one.event_type,
        status=one.status,
        attempts=one.attempts,
        response_status=one.response_status,
        duration_ms=one.duration_ms,
        error=one.error,
        created_at=to_local(one.created_at),
        attempted_at=_local(one.attempted_at),
    )


def _local(moment: datetime | None) -> datetime | None:
    return to_local(moment) if moment else None
