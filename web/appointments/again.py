"""Choosing another time for what the hall had to cancel, before everybody else."""

from datetime import datetime
from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath, URLEncodedBody
from msgspec import Struct

from services import appointments, catalog
from services.appointments import NoPriority
from services.kernel.actor import Actor
from services.kernel.errors import DomainError, FieldError, InvalidInput
from services.kernel.i18n import N_
from web.appointments import addresses
from web.appointments.addresses import read_uuid
from web.appointments.choosing import CHOOSE_A_TIME
from web.common import flash
from web.common.forms import fresh, refused
from web.common.guards import CurrentActor, Now, citizen
from web.common.rendering import AnyRequest

AGAIN = "/my/appointments/{reference:str}/again"
TEMPLATE = "booking/again.html"
CHOSEN = N_("Your appointment has its new time. The reference number stays the same.")


class AgainForm(Struct):
    """The new time."""

    slot_id: str = ""


async def _context(actor: Actor, reference: str, now: datetime, picked: str) -> dict[str, Any]:
    found = await appointments.own(actor, reference)
    return {
        "appointment": found,
        "item": await catalog.item(found.item_code),
        "office": await catalog.office(found.office_code),
        "slots": await appointments.open_to_choice(actor, reference, now),
        "picked": picked,
    }


@get(AGAIN, guards=[citizen])
async def ask_again(actor: CurrentActor, now: Now, reference: FromPath[str]) -> Response[Any]:
    """The times that can be had; an appointment that has one leads back to its page."""
    try:
        return fresh(TEMPLATE, **await _context(actor, reference, now, ""))
    except NoPriority as error:
        found = await appointments.own(actor, reference)
        return flash.redirect(addresses.own(found.reference), error.message, flash.Tone.INFO)


@post(AGAIN, guards=[citizen], status_code=303)
async def choose(
    request: AnyRequest,
    data: URLEncodedBody[AgainForm],
    actor: CurrentActor,
    now: Now,
    *,
    reference: FromPath[str],
) -> Response[Any]:
    """Take a time."""
    found = await appointments.own(actor, reference)
    try:
        picked = read_uuid(data.slot_id)
        if picked is None:
            raise InvalidInput(FieldError("slot_id", "missing", CHOOSE_A_TIME))
        await appointments.choose_anew(actor, reference, picked, now)
    except NoPriority as error:
        return flash.redirect(addresses.own(found.reference), error.message, flash.Tone.WARNING)
    except DomainError as error:
        context = await _context(actor, reference, now, data.slot_id)
        return refused(request, TEMPLATE, error, **context)
    return flash.redirect(addresses.own(found.reference), CHOSEN)


HANDLERS = (ask_again, choose)
