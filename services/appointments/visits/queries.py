"""Whether a visit still fits where it was picked."""

from datetime import datetime
from uuid import UUID

from services.appointments.booking.queries import availability
from services.appointments.seating.fitting import VisitShape
from services.appointments.views import SlotView
from services.kernel import database
from services.kernel.clock import local_date


async def visit_slot(
    office_code: str, item_code: str, slot_id: UUID, shape: VisitShape, now: datetime
) -> SlotView | None:
    """The slot, if a visit of this shape can begin in it now; else None.

    Raises ItemUnknown, OfficeUnknown.
    """
    starts_at = await database.fetchval("SELECT starts_at FROM slot WHERE id = $1", slot_id)
    if starts_at is None:
        return None
    day = local_date(starts_at)
    for slot in await availability(office_code, item_code, day, day, now, shape=shape):
        if slot.id == slot_id and slot.left and slot.released_at <= now:
            return slot
    return None
