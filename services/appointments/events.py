"""The outbox topics that this area publishes; each payload is {"appointment_id": …}."""

from datetime import datetime
from uuid import UUID

from services.kernel import outbox

BOOKED = "appointments.booked"
CANCELLED = "appointments.cancelled"
RESCHEDULED = "appointments.rescheduled"


async def publish(topic: str, appointment_id: UUID, now: datetime) -> None:
    """Write the event in the current unit of work."""
    await outbox.publish(topic, {"appointment_id": str(appointment_id)}, now)
