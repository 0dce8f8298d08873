"""The firms that somebody acts for, and what was booked for their people."""

from typing import Any

from litestar import Response, get, post
from litestar.params import URLEncodedBody
from msgspec import Struct

from services import appointments, catalog, identity
from services.identity import AddFirm
from services.kernel.actor import Actor
from services.kernel.errors import DomainError
from services.kernel.i18n import N_
from web.common import flash
from web.common.forms import fresh, refused
from web.common.guards import CurrentActor, Now, real_name
from web.common.rendering import AnyRequest

FIRM = "/firm"
ADDED = N_("The firm is on your list. You can book for its people now.")


class FirmForm(Struct):
    """A firm as it was typed in."""

    credit_code: str = ""
    name: str = ""


async def _context(actor: Actor) -> dict[str, Any]:
    firms = await identity.firms(actor)
    found = await appointments.groups(actor)
    return {
        "firms": firms,
        "names": {one.id: one.name for one in firms},
        "groups": found,
        "items": {one.item_code: await catalog.item(one.item_code) for one in found},
        "offices": {one.code: one for one in await catalog.offices()},
    }


@get(FIRM, guards=[real_name])
async def overview(actor: CurrentActor) -> Response[bytes]:
    """One's firms and their groups."""
    return fresh("firm/overview.html", typed=FirmForm(), **await _context(actor))


@post(FIRM, guards=[real_name], status_code=303)
async def add(
    request: AnyRequest, data: URLEncodedBody[FirmForm], actor: CurrentActor, now: Now
) -> Response[Any]:
    """Act for one more firm."""
    command = AddFirm(credit_code=data.credit_code, name=data.name)
    try:
        firm_id = await identity.add_firm(actor, command, now)
    except DomainError as error:
        return refused(request, "firm/overview.html", error, typed=data, **await _context(actor))
    return flash.redirect(f"{FIRM}/{firm_id}/group", ADDED)


HANDLERS = (overview, add)
