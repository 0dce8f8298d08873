"""The outbox topics that this area publishes.

Each payload is {"appointment_id": …}, but {"penalty_id": …} for BLOCKED and {"appeal_id": …} for
APPEAL_ANSWERED.
"""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

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


async def publish(topic: str, appointment_id: UUID, now: datetime) -> None:
    """Write the event in the current unit of work."""
    await publish_all(topic, {appointment_id: now})


async def publish_all(topic: str, appointments: Mapping[UUID, datetime]) -> None:
    """Write the event for several appointments, each with the moment at which it came about."""
    await outbox.publish_all(
        topic, [({"appointment_id": str(key)}, at) for key, at in appointments.items()]
    )
