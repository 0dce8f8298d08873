"""Choosing another time for what the hall had to cancel, before everybody else."""

from datetime import datetime
from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery, URLEncodedBody
from msgspec import Struct

from services import appointments, catalog
from services.appointments import NoPriority
from services.kernel.actor import Actor
from services.kernel.errors import DomainError, FieldError, InvalidInput
from services.kernel.i18n import N_
from web.appointments import addresses
from web.appointments.addresses import read_uuid
from web.appointments.choosing import CHOOSE_A_TIME
from web.appointments.timetable import open_days
from web.appointments.turns import in_turn
from web.common import flash
from web.common.forms import fresh, refused
from web.common.guards import CurrentActor, Now, citizen
from web.common.rendering import AnyRequest

AGAIN = "/my/appointments/{reference:str}/again"
TEMPLATE = "booking/again.html"
HAS_ITS_TIME = N_("This appointment has its time; it is shown here.")
CHOSEN = N_("Your appointment has its new time. The reference number stays the same.")
ALL_CHOSEN = N_("Everybody has the new time. The reference numbers stay the same.")


class AgainForm(Struct):
    """The new time; `office` is another hall, and `alone` leaves the rest of the party out."""

    slot_id: str = ""
    office: str = ""
    alone: str = ""


async def _context(actor: Actor, reference: str, now: datetime, form: AgainForm) -> dict[str, Any]:
    chosen_for = await appointments.choosing(actor, reference, now, alone=bool(form.alone))
    found = await appointments.own(actor, reference)
    own_hall = await catalog.office(found.office_code)
    hall = await catalog.office(form.office) if form.office else own_hall
    return {
        "appointment": found,
        "item": await catalog.item(found.item_code),
        "own_hall": own_hall,
        "office": hall,
        "people": chosen_for.appointments,
        "names": await appointments.names_for(actor, chosen_for.appointments),
        "days": open_days(await appointments.open_to_choice(chosen_for, now, hall.code)),
        "elsewhere": await appointments.halls_with_room(chosen_for, now),
        "here": f"{addresses.own(found.reference)}/again",
        "form": form,
    }


@get(AGAIN, guards=[citizen])
async def ask_again(
    actor: CurrentActor,
    now: Now,
    *,
    reference: FromPath[str],
    office: FromQuery[str] = "",
    alone: FromQuery[str] = "",
) -> Response[Any]:
    """The times that can be had; an appointment that has one leads back to its page."""
    form = AgainForm(office=office, alone=alone)
    try:
        return fresh(TEMPLATE, **await _context(actor, reference, now, form))
    except NoPriority as error:
        return await _no_choice(actor, reference, error)


@post(AGAIN, guards=[citizen], status_code=303)
async def choose(
    request: AnyRequest,
    data: URLEncodedBody[AgainForm],
    actor: CurrentActor,
    now: Now,
    *,
    reference: FromPath[str],
) -> Response[Any]:
    """Take a time, for everybody of the party whom the hall has cancelled."""
    try:
        picked = read_uuid(data.slot_id)
        if picked is None:
            raise InvalidInput(FieldError("slot_id", "missing", CHOOSE_A_TIME))
        made = await in_turn(
            request,
            lambda at: appointments.choose_anew(
                actor, reference, picked, at, alone=bool(data.alone)
            ),
            now,
        )
    except NoPriority as error:
        return await _no_choice(actor, reference, error)
    except DomainError as error:
        context = await _context(actor, reference, now, data)
        return refused(request, TEMPLATE, error, **context)
    said = CHOSEN if len(made) == 1 else ALL_CHOSEN
    return flash.redirect(addresses.own(made[0].reference), said)


async def _no_choice(actor: Actor, reference: str, error: NoPriority) -> Response[Any]:
    """Back to the appointment: it stands again already, or the time for choosing is over."""
    found = await appointments.own(actor, reference)
    if found.active:
        return flash.redirect(addresses.own(found.reference), HAS_ITS_TIME, flash.Tone.INFO)
    return flash.redirect(addresses.own(found.reference), error.message, flash.Tone.WARNING)


HANDLERS = (ask_again, choose)
