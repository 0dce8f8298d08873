"""The outbox topics that this area publishes.

Each payload is {"appointment_id": …}, for a reminder with its kind and the appointment's sequence;
but {"penalty_id": …} for BLOCKED, {"appeal_id": …} for APPEAL_ANSWERED, {"entry_id": …} for
SEAT_OFFERED, WAIT_OVER and OFFER_WITHDRAWN (this with the moment of the offer), {"slot_id": …} for
SEAT_BACK and {"closure_id": …} for CLOSURE_DUE.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from services.appointments.states import Reminder
from services.kernel import outbox

BOOKED = "appointments.booked"
CANCELLED = "appointments.cancelled"
RESCHEDULED = "appointments.rescheduled"
NO_SHOW_WARNED = "appointments.no_show_warned"
BLOCKED = "appointments.booking_blocked"
APPEAL_ANSWERED = "appointments.appeal_answered"
CHECKED_IN = "appointments.checked_in"
COMPLETED = "appointments.completed"
NO_SHOW = "appointments.no_show"
SEAT_OFFERED = "appointments.seat_offered"
OFFER_WITHDRAWN = "appointments.offer_withdrawn"
WAIT_OVER = "appointments.wait_over"
SEAT_BACK = "appointments.seat_back"
REMINDER_DUE = "appointments.reminder_due"
MOVED_BY_HALL = "appointments.moved_by_hall"
CANCELLED_BY_HALL = "appointments.cancelled_by_hall"
CLOSURE_DUE = "appointments.closure_due"


async def publish(topic: str, appointment_id: UUID, now: datetime) -> None:
    """Write the event in the current unit of work."""
    await publish_all(topic, {appointment_id: now})


async def publish_all(topic: str, appointments: Mapping[UUID, datetime]) -> None:
    """Write the event for several appointments, each with the moment at which it came about."""
    await outbox.publish_all(
        topic, [({"appointment_id": str(key)}, at) for key, at in appointments.items()]
    )


async def remind(appointment_id: UUID, sequence: int, kind: Reminder, now: datetime) -> None:
    """Remind the person, unless the appointment is moved again before that."""
    payload = {
        "appointment_id": str(appointment_id),
        "sequence": str(sequence),
        "reminder": kind,
    }
    await outbox.publish(REMINDER_DUE, payload, now)


async def announce_offer(entry_id: UUID, now: datetime) -> None:
    """Tell the person that a seat is kept for them."""
    await outbox.publish(SEAT_OFFERED, {"entry_id": str(entry_id)}, now)


async def withdraw_offers(offered: Mapping[UUID, datetime], now: datetime) -> None:
    """Tell people, if they know of their offers (entry, when it was made), that they are gone."""
    await outbox.publish_all(
        OFFER_WITHDRAWN,
        [
            ({"entry_id": str(key), "offered_at": at.isoformat()}, now)
            for key, at in offered.items()
        ],
    )


async def end_waits(entry_ids: Iterable[UUID], now: datetime, *, not_before: datetime) -> None:
    """Tell people that they wait no longer, as nothing can be offered to them any more."""
    await outbox.publish_all(
        WAIT_OVER, [({"entry_id": str(key)}, now) for key in entry_ids], not_before=not_before
    )


async def announce_seat(slot_id: UUID, now: datetime, *, not_before: datetime) -> None:
    """Let a worker look for whoever waits, once the seat is back."""
    await outbox.publish(SEAT_BACK, {"slot_id": str(slot_id)}, now, not_before=not_before)


async def publish_closure(closure_id: UUID, now: datetime) -> None:
    """Let the next appointment of a closure be dealt with."""
    await outbox.publish(CLOSURE_DUE, {"closure_id": str(closure_id)}, now)
