"""Moving an appointment: the same timetable, and the old time stands until the new one is sure."""

from datetime import datetime
from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery, URLEncodedBody
from msgspec import Struct

from services import appointments, catalog
from services.appointments import (
    Appointment,
    AppointmentSettled,
    AppointmentStatus,
    VisitShape,
)
from services.kernel.actor import Actor
from services.kernel.errors import DomainError, FieldError, InvalidInput
from services.kernel.i18n import N_
from web.appointments import addresses
from web.appointments.addresses import read_sequences, read_uuid
from web.appointments.choosing import CHOOSE_A_TIME, show_times
from web.appointments.timetable import opened
from web.appointments.turns import in_turn
from web.common import flash
from web.common.forms import refused
from web.common.guards import CurrentActor, Now, citizen
from web.common.preferences import preferences
from web.common.rendering import AnyRequest

MOVE = "/my/appointments/{reference:str}/move"
MOVED = N_("Your appointment is moved. The reference number stays the same.")


class MoveForm(Struct):
    """The new time, and the sequence of the appointment as the form shows it."""

    office: str = ""
    slot_id: str = ""
    seen: str = ""


async def _times(
    request: AnyRequest,
    found: Appointment,
    now: datetime,
    *,
    office: str = "",
    day: str = "",
    slot_id: str = "",
) -> dict[str, Any]:
    language = preferences(request.scope).language
    item = await catalog.item(found.item_code)
    hall = await catalog.office(office or found.office_code)
    address = f"{addresses.own(found.reference)}/move"
    return {
        "appointment": found,
        "item": item,
        "office": hall,
        "halls": [
            (one.code, one.name[language])
            for one in await catalog.offices()
            if item.line in one.lines
        ],
        **await opened(
            hall.code,
            item.code,
            now,
            day=day,
            picked=read_uuid(slot_id),
            shape=VisitShape(further_items=found.further_items),
        ),
        "address": addresses.with_choices(address, {"office": hall.code}),
        "action": address,
    }


@get(MOVE, guards=[citizen])
async def choose_again(
    request: AnyRequest,
    actor: CurrentActor,
    now: Now,
    *,
    reference: FromPath[str],
    office: FromQuery[str] = "",
    day: FromQuery[str] = "",
    slot_id: FromQuery[str] = "",
) -> Response[Any]:
    """The times that the appointment could be moved to."""
    found = await appointments.own(actor, reference)
    if found.status is not AppointmentStatus.BOOKED:
        return _settled(found)
    context = await _times(request, found, now, office=office, day=day, slot_id=slot_id)
    return show_times(request, "booking/move.html", context)


@post(MOVE, guards=[citizen], status_code=303)
async def move(
    request: AnyRequest,
    data: URLEncodedBody[MoveForm],
    actor: CurrentActor,
    now: Now,
    *,
    reference: FromPath[str],
) -> Response[Any]:
    """Move. Whatever stands in the way, the old time stays, and the choice is kept."""
    try:
        moved = await in_turn(request, lambda at: _move(actor, reference, data, at), now)
    except DomainError as error:
        found = await appointments.own(actor, reference)
        if isinstance(error, AppointmentSettled):
            return _settled(found)
        context = await _times(request, found, now, office=data.office, slot_id=data.slot_id)
        return refused(request, "booking/move.html", error, **context)
    return flash.redirect(addresses.own(moved.reference), MOVED)


async def _move(actor: Actor, reference: str, form: MoveForm, now: datetime) -> Appointment:
    picked = read_uuid(form.slot_id)
    if picked is None:
        raise InvalidInput(FieldError("slot_id", "missing", CHOOSE_A_TIME))
    seen = read_sequences(form.seen)
    return await appointments.reschedule(
        actor, reference, picked, now, seen=seen[0] if seen else None
    )


def _settled(found: Appointment) -> Response[Any]:
    return flash.redirect(
        addresses.own(found.reference), AppointmentSettled.message, flash.Tone.WARNING
    )


HANDLERS = (choose_again, move)
