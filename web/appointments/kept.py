"""The time that somebody has picked or is kept, while they are on another page."""

from datetime import datetime
from urllib.parse import parse_qsl, urlsplit

from msgspec import Struct

from services import appointments, catalog
from services.appointments import HeldSeat, VisitShape
from services.kernel.actor import Actor, ActorKind
from services.kernel.errors import DomainError
from web.appointments import addresses
from web.appointments.visit_choices import VISIT, VisitChoices, confirm_address


class Kept(Struct, frozen=True, kw_only=True):
    """A held seat with what it is for and where, and the addresses to go on and to give it back."""

    seat: HeldSeat
    item: catalog.Item
    office: catalog.Office
    go_on: str
    give_back: str


async def kept_for(actor: Actor, now: datetime) -> list[Kept]:
    """Everything that is kept for a citizen now; nothing for anybody else."""
    if actor.kind is not ActorKind.CITIZEN:
        return []
    return [await _shown(actor, one, now) for one in await appointments.live_holds(actor, now)]


async def _shown(actor: Actor, seat: HeldSeat, now: datetime) -> Kept:
    go_on = here = addresses.confirm(seat.id)
    draft_id = await appointments.draft_of(actor, seat, now)
    visit = VisitChoices(
        item=seat.item_code,
        office=seat.office_code,
        also=seat.further_items,
        slot_id=str(seat.slot_id),
    )
    if draft_id is not None:
        go_on = here = f"/firm/lists/{draft_id}/confirm/{seat.id}"
    elif seat.people > 1:
        # Who comes is not kept with the places: it is asked again, and the same places are found.
        here = confirm_address(seat.id)
        go_on = visit.address(VISIT, slot_id=visit.slot_id)
    elif seat.further_items:
        here = confirm_address(seat.id)
        go_on = visit.address(here)
    return Kept(
        seat=seat,
        item=await catalog.item(seat.item_code),
        office=await catalog.office(seat.office_code),
        go_on=go_on,
        give_back=f"{here}/release",
    )


class Picked(Struct, frozen=True, kw_only=True):
    """A time that was picked and is not kept yet."""

    starts_at: datetime
    item: catalog.Item
    office: catalog.Office


async def picked_time(where: str, now: datetime) -> Picked | None:
    """The time with which `where` goes on after signing in, if it can still be had."""
    asked = urlsplit(where)
    choices = dict(parse_qsl(asked.query))
    slot_id = addresses.read_uuid(choices.get("slot_id"))
    if slot_id is None or not asked.path.startswith(f"{addresses.BOOK}/"):
        return None
    try:
        item = await catalog.item(choices.get("item", ""))
        office = await catalog.office(choices.get("office", ""))
        slot = await appointments.visit_slot(office.code, item.code, slot_id, VisitShape(), now)
    except DomainError:
        return None
    return Picked(starts_at=slot.starts_at, item=item, office=office) if slot else None


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
    return await _shown(actor, seat, now)
