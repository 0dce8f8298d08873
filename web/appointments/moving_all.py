"""Moving everybody who comes together: one act, and the old times stand until the new are sure."""

from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery, URLEncodedBody
from msgspec import Struct

from services import appointments, catalog
from services.appointments import (
    AppointmentSettled,
    Arrangement,
    MoveParty,
    Party,
    PartyKind,
    Share,
    VisitShape,
)
from services.kernel.actor import Actor
from services.kernel.errors import DomainError, FieldError, InvalidInput
from services.kernel.i18n import N_
from web.appointments import addresses
from web.appointments.choosing import CHOOSE_A_TIME, show_times
from web.appointments.timetable import opened
from web.appointments.turns import in_turn
from web.common import flash
from web.common.forms import refused
from web.common.guards import CurrentActor, Now, citizen
from web.common.preferences import preferences
from web.common.rendering import AnyRequest

MOVE = f"{addresses.MY}/parties/{{party_id:uuid}}/move"
MOVED = N_("Everybody's appointment is moved. The reference numbers stay the same.")


class MoveForm(Struct):
    """The new time, how a firm's group sits, and the sequences of all whom the form shows."""

    office: str = ""
    slot_id: str = ""
    arrangement: str = Arrangement.TOGETHER
    seen: str = ""


def _home(found: Party) -> str:
    if found.kind is PartyKind.FIRM:
        return f"/firm/groups/{found.id}"
    return addresses.own(found.appointments[0].reference)


async def _context(
    request: AnyRequest, actor: Actor, found: Party, form: MoveForm, now: datetime, *, day: str
) -> dict[str, Any]:
    language = preferences(request.scope).language
    first = found.booked[0]
    item = await catalog.item(first.item_code)
    hall = await catalog.office(form.office or first.office_code)
    of_firm = found.kind is PartyKind.FIRM
    apart = of_firm and form.arrangement == Arrangement.APART
    here = f"{addresses.MY}/parties/{found.id}/move"
    shape = VisitShape(further_items=first.further_items, people=len(found.booked), apart=apart)
    return {
        "party": found,
        "seen": ".".join(str(one.sequence) for one in sorted(found.booked, key=lambda one: one.id)),
        "names": await appointments.names_for(actor, found.booked),
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
            picked=addresses.read_uuid(form.slot_id),
            shape=shape,
            share=Share.GREEN_CHANNEL if of_firm else Share.ONLINE,
        ),
        "arrangement": Arrangement.APART if apart else Arrangement.TOGETHER,
        "of_firm": of_firm,
        "home": _home(found),
        "address": addresses.with_choices(
            here, {"office": hall.code, "arrangement": form.arrangement if of_firm else ""}
        ),
        "action": here,
    }


@get(MOVE, guards=[citizen])
async def choose_for_all(
    request: AnyRequest,
    actor: CurrentActor,
    now: Now,
    *,
    party_id: FromPath[UUID],
    office: FromQuery[str] = "",
    day: FromQuery[str] = "",
    arrangement: FromQuery[str] = Arrangement.TOGETHER,
) -> Response[Any]:
    """The times to which all of them could be moved."""
    found = await appointments.party(actor, party_id)
    if not found.booked:
        return _settled(found)
    form = MoveForm(office=office, arrangement=arrangement)
    context = await _context(request, actor, found, form, now, day=day)
    return show_times(request, "booking/move_party.html", context)


@post(MOVE, guards=[citizen], status_code=303)
async def move_all(
    request: AnyRequest,
    data: URLEncodedBody[MoveForm],
    actor: CurrentActor,
    now: Now,
    *,
    party_id: FromPath[UUID],
) -> Response[Any]:
    """Move all of them, or nobody; the choice is kept."""
    found = await appointments.party(actor, party_id)
    try:
        await in_turn(request, lambda at: _move(actor, found, data, at), now)
    except AppointmentSettled:
        return _settled(found)
    except DomainError as error:
        found = await appointments.party(actor, party_id)
        if not found.booked:
            return _settled(found)
        context = await _context(request, actor, found, data, now, day="")
        return refused(request, "booking/move_party.html", error, **context)
    return flash.redirect(_home(found), MOVED)


async def _move(actor: Actor, found: Party, form: MoveForm, now: datetime) -> None:
    picked = addresses.read_uuid(form.slot_id)
    if picked is None:
        raise InvalidInput(FieldError("slot_id", "missing", CHOOSE_A_TIME))
    apart = found.kind is PartyKind.FIRM and form.arrangement == Arrangement.APART
    seen = addresses.read_sequences(form.seen)
    command = MoveParty(party_id=found.id, slot_id=picked, apart=apart, seen=seen)
    await appointments.move_party(actor, command, now)


def _settled(found: Party) -> Response[Any]:
    return flash.redirect(_home(found), AppointmentSettled.message, flash.Tone.WARNING)


HANDLERS = (choose_for_all, move_all)
