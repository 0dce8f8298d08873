"""The seat that is kept while somebody is on another page, for which they go back to it."""

from datetime import datetime

from msgspec import Struct

from services import appointments, catalog
from services.appointments import HeldSeat
from services.kernel.actor import Actor
from services.kernel.errors import DomainError
from web.appointments import addresses


class Kept(Struct, frozen=True, kw_only=True):
    """A held seat with what it is for and where."""

    seat: HeldSeat
    item: catalog.Item
    office: catalog.Office


async def kept_seat(actor: Actor, where: str, now: datetime) -> Kept | None:
    """The seat whose confirmation `where` leads to, as long as it is kept."""
    hold_id = addresses.held_in(where)
    if hold_id is None:
        return None
    try:
        seat = await appointments.held_seat(actor, hold_id, now)
    except DomainError:
        # What became of it is told where the way leads.
        return None
    return Kept(
        seat=seat,
        item=await catalog.item(seat.item_code),
        office=await catalog.office(seat.office_code),
    )
