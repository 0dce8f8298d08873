"""From what happened to who is told: an event becomes notices, one a recipient and channel."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from uuid import UUID

from services import appointments, identity, queue
from services.appointments import Appointment
from services.kernel import outbox
from services.kernel.ids import new_id
from services.kernel.leases import Event
from services.kernel.unit_of_work import unit_of_work
from services.notices import joinings, visits, waiting
from services.notices.drafts import Draft
from services.notices.rules import REMINDERS, channels_for, lane_of
from services.notices.states import Channel, Kind, NoticeStatus

Expansion = Callable[[Event], Awaitable[list[Draft]]]


def _about_appointment(kind: Kind) -> Expansion:
    async def drafts(event: Event) -> list[Draft]:
        appointment = await appointments.appointment(UUID(event.payload["appointment_id"]))
        return await _of_appointment(kind, appointment)

    return drafts


async def _of_appointment(kind: Kind, appointment: Appointment) -> list[Draft]:
    """For who comes; for who arranged it where that person cannot be reached: a child, say."""
    contact = await identity.contact(appointment.person_id)
    phone = contact.phone or await appointments.told_phone(appointment.id)
    channels = channels_for(has_email=contact.email is not None, has_phone=phone is not None)
    if appointment.party_id is not None and not channels:
        organiser_id = await appointments.organiser_of(appointment.party_id)
        return await _by_every_channel(kind, organiser_id, appointment.id)
    return [
        Draft(
            kind=kind,
            recipient_id=appointment.person_id,
            channel=channel,
            subject_id=appointment.id,
        )
        for channel in channels
    ]


async def _by_every_channel(kind: Kind, person_id: UUID, subject_id: UUID) -> list[Draft]:
    contact = await identity.contact(person_id)
    return [
        Draft(kind=kind, recipient_id=person_id, channel=channel, subject_id=subject_id)
        for channel in channels_for(
            has_email=contact.email is not None, has_phone=contact.phone is not None
        )
    ]


async def _sign_in_code(event: Event) -> list[Draft]:
    # The code's own record is the recipient: whose phone it is may be known to nobody.
    code_id = UUID(event.payload["code_id"])
    return [
        Draft(kind=Kind.SIGN_IN_CODE, recipient_id=code_id, channel=Channel.SMS, subject_id=code_id)
    ]


async def _booking_paused(event: Event) -> list[Draft]:
    penalty = await appointments.penalty_by_id(UUID(event.payload["penalty_id"]))
    return await _by_every_channel(Kind.BOOKING_PAUSED, penalty.person_id, penalty.id)


async def _appeal_answered(event: Event) -> list[Draft]:
    appeal = await appointments.appeal_by_id(UUID(event.payload["appeal_id"]))
    return await _by_every_channel(Kind.APPEAL_ANSWERED, appeal.person_id, appeal.id)


async def _reminder(event: Event) -> list[Draft]:
    """For who wants to be reminded, of an appointment that stands as it did."""
    appointment = await appointments.appointment(UUID(event.payload["appointment_id"]))
    contact = await identity.contact(appointment.person_id)
    if not contact.reminders or appointment.sequence != int(event.payload["sequence"]):
        return []
    reminder = appointments.Reminder(event.payload["reminder"])
    kind = next(kind for kind, meant in REMINDERS.items() if meant is reminder)
    return await _of_appointment(kind, appointment)


def _about_waiting(kind: Kind) -> Expansion:
    async def drafts(event: Event) -> list[Draft]:
        entry = await appointments.waitlist_entry(UUID(event.payload["entry_id"]))
        return await _by_every_channel(kind, entry.person_id, entry.id)

    return drafts


EXPANSIONS: Mapping[str, Expansion] = {
    identity.CODE_REQUESTED: _sign_in_code,
    identity.COMPANION_ASKED: joinings.companion_asked,
    identity.RECORD_JOINED: joinings.record_joined,
    appointments.BOOKED: _about_appointment(Kind.APPOINTMENT_BOOKED),
    appointments.RESCHEDULED: _about_appointment(Kind.APPOINTMENT_RESCHEDULED),
    appointments.CANCELLED: _about_appointment(Kind.APPOINTMENT_CANCELLED),
    appointments.NO_SHOW_WARNED: _about_appointment(Kind.NO_SHOW_WARNING),
    appointments.BLOCKED: _booking_paused,
    appointments.APPEAL_ANSWERED: _appeal_answered,
    appointments.REMINDER_DUE: _reminder,
    appointments.SEAT_OFFERED: _about_waiting(Kind.WAITLIST_OFFERED),
    appointments.OFFER_WITHDRAWN: waiting.withdrawn,
    appointments.WAIT_OVER: _about_waiting(Kind.WAITLIST_OVER),
    appointments.MOVED_BY_HALL: _about_appointment(Kind.APPOINTMENT_MOVED_BY_HALL),
    appointments.CANCELLED_BY_HALL: _about_appointment(Kind.APPOINTMENT_CANCELLED_BY_HALL),
    queue.TURN_NEAR: visits.turn_near,
    queue.BUSINESS_FINISHED: visits.visit_over,
}
"""The topics that people are told of, with what each becomes."""


async def expand(event: Event, now: datetime) -> None:
    """Write the event's notices, in the transaction that completes it.

    Each notice is due by an event of its own, so that one that cannot be sent holds up no other.
    Raises NoticeExists when another worker has expanded the event.
    """
    drafts = await EXPANSIONS[event.topic](event)
    async with unit_of_work() as uow:
        for draft in drafts:
            notice_id = new_id()
            await uow.execute(
                """
                INSERT INTO notice (id, event_id, kind, recipient_id, channel, subject_id, status,
                                    created_at)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
                """,
                notice_id,
                event.id,
                draft.kind,
                draft.recipient_id,
                draft.channel,
                draft.subject_id,
                NoticeStatus.PENDING,
                now,
            )
            topic = lane_of(draft.kind, draft.channel).topic
            await outbox.publish(topic, {"notice_id": str(notice_id)}, now)
