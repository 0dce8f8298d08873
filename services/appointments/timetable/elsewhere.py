"""Other halls for those for whom their own has no other time.

They are only offered: nobody is sent to another hall without their word.
"""

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from services import catalog
from services.appointments.seating.availability import next_free
from services.appointments.timetable.errors import NoPriority
from services.appointments.timetable.priority import Choosing, open_to_choice, open_with
from services.appointments.views import Appointment, SlotView
from services.catalog import Office

MOST = 5


class HallWithRoom(Struct, frozen=True, kw_only=True):
    """A hall, the first time there that can be booked now, and how far it is from one's own."""

    office: Office
    first: SlotView
    kilometres: float | None


async def halls_with_room(
    chosen_for: Choosing, now: datetime, most: int = MOST
) -> list[HallWithRoom]:
    """The other halls at which they can be received together, the nearest first."""
    first = chosen_for.first
    free = await next_free(first.item_code, now, shape=chosen_for.shape)
    own = await catalog.office(first.office_code)
    found = [
        HallWithRoom(
            office=office,
            first=free[office.code],
            kilometres=catalog.kilometres_between(own, office),
        )
        for office in await catalog.offices()
        if office.code in free and office.code != own.code
    ]
    return sorted(found, key=_how_far)[:most]


def _how_far(one: HallWithRoom) -> tuple[bool, float, datetime]:
    return one.kilometres is None, one.kilometres or 0.0, one.first.starts_at


async def halls_instead(
    cancelled: Appointment, recipient_id: UUID, now: datetime, most: int
) -> list[HallWithRoom]:
    """The halls to tell somebody of whose own hall has no time for what it has cancelled.

    None while it has one, or when another time may not be chosen (any more).
    """
    try:
        chosen_for = await open_with(cancelled, now, recipient_id)
    except NoPriority:
        return []
    if await open_to_choice(chosen_for, now):
        return []
    return await halls_with_room(chosen_for, now, most)
