"""A citizen's own overview, and the list of all their appointments."""

from collections.abc import Sequence
from typing import Annotated

from litestar import Response, get
from litestar.params import QueryParameter
from msgspec import Struct

from services import appointments, catalog, identity
from services.appointments import Appointment
from services.catalog import Item, Office
from services.kernel.actor import Actor
from web.appointments import addresses
from web.appointments.kept import kept_for
from web.appointments.slips import slip_code
from web.common.forms import fresh
from web.common.guards import CurrentActor, Now, citizen
from web.common.pagination import DEFAULT_LIMIT, Listing, key_position, listing
from web.standing.parts import pause_anywhere

Cursor = Annotated[str | None, QueryParameter(max_length=200)]


class Entry(Struct, frozen=True, kw_only=True):
    """An appointment in a list; the office is None when it has closed for good.

    `whom` is the companion whose it is, None where it is one's own.
    """

    appointment: Appointment
    item: Item
    office: Office | None
    whom: str | None


async def entries(actor: Actor, found: Sequence[Appointment]) -> list[Entry]:
    """The appointments with what they are for, where, and for which of one's companions."""
    # Whoever is not oneself is there because one has typed in who it is.
    names = await identity.typed_names({one.person_id for one in found} - {actor.person_id()})
    offices = {one.code: one for one in await catalog.offices()}
    return [
        Entry(
            appointment=one,
            item=await catalog.item(one.item_code),
            office=offices.get(one.office_code),
            whom=names.get(one.person_id),
        )
        for one in found
    ]


async def page_of(actor: Actor, cursor: str | None, limit: int) -> Listing[Appointment]:
    """One page of a citizen's appointments, the latest booked first.

    Raises InvalidInput for a cursor that this service did not give out.
    """
    found = await appointments.mine(actor, key_position(cursor), limit + 1)
    return listing(found, limit, keys=[(str(one.id),) for one in found])


@get(addresses.MY, guards=[citizen])
async def overview(actor: CurrentActor, now: Now) -> Response[bytes]:
    """What lies ahead: the next appointment as a slip, the others below."""
    coming = await entries(actor, await appointments.coming(actor, now))
    code = slip_code(coming[0].appointment) if coming else None
    pause = await pause_anywhere(actor, now)
    held = await kept_for(actor, now)
    return fresh("booking/overview.html", coming=coming, code=code, pause=pause, held=held)


@get(addresses.MY_APPOINTMENTS, guards=[citizen])
async def all_of_mine(actor: CurrentActor, cursor: Cursor = None) -> Response[bytes]:
    """Every appointment, also those that are over."""
    shown = await page_of(actor, cursor, DEFAULT_LIMIT)
    following = None
    if shown.next_cursor:
        following = addresses.with_choices(addresses.MY_APPOINTMENTS, {"cursor": shown.next_cursor})
    return fresh(
        "booking/mine.html",
        entries=await entries(actor, shown.items),
        first_href=addresses.MY_APPOINTMENTS if cursor else None,
        next_href=following,
    )


HANDLERS = (overview, all_of_mine)
