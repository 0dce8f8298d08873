"""A visit of several people, items or slots: who comes and for what, and when.

One person with one item takes the shorter way (choosing, confirming). Who has picked a time has
all the places of the visit kept, and confirms them on the next page (visit_confirming).
"""

from datetime import datetime
from typing import Any

from litestar import Response, get, post
from litestar.params import FromQuery
from litestar.response import Redirect

from services import appointments, catalog, identity
from services.appointments import HeldSeat, HoldVisit
from services.identity import RealNameRequired
from services.kernel.actor import Actor
from services.kernel.errors import DomainError, FieldError, InvalidInput, NotSignedIn
from services.kernel.i18n import N_
from web.appointments import addresses
from web.appointments.choosing import CHOOSE_A_TIME
from web.appointments.kept import kept_for
from web.appointments.taken import taken_by
from web.appointments.timetable import opened
from web.appointments.turns import in_turn
from web.appointments.visit_choices import (
    VISIT,
    VisitChoices,
    choices_in_form,
    choices_in_query,
    confirm_address,
    items_of,
)
from web.common import flash
from web.common.detours import CITIZEN_SIGN_IN, NAME_FIRST, PROFILE, with_next
from web.common.forms import fresh, refused
from web.common.guards import CurrentActor, Now, public, real_name
from web.common.rendering import AnyRequest, partial, wants_partial

WHO_COMES = N_("Please choose at least one person who comes.")


@get(VISIT, guards=[real_name])
async def who_and_what(request: AnyRequest, actor: CurrentActor) -> Response[Any]:
    """Who comes along, and what else is to be done on the same visit."""
    chosen = choices_in_query(request)
    if not chosen.is_complete:
        return Redirect(chosen.address(addresses.BOOK), status_code=303)
    item = await catalog.item(chosen.item)
    office = await catalog.office(chosen.office)
    others = [
        one
        for one in await catalog.items()
        if one.bookable and one.line is item.line and one.code != item.code
    ]
    context = {
        "chosen": chosen,
        "item": item,
        "office": office,
        "others": others,
        "people": [one for one in await identity.companions(actor) if not one.waits],
        "back_here": chosen.address(VISIT),
    }
    if not chosen.number:
        nobody = InvalidInput(FieldError("me", "missing", WHO_COMES))
        return refused(request, "booking/visit.html", nobody, **context)
    return fresh("booking/visit.html", **context)


@get(f"{VISIT}/times", opt=public("anyone may see which times are free"))
async def when(
    request: AnyRequest,
    actor: CurrentActor,
    now: Now,
    *,
    day: FromQuery[str] = "",
    slot_id: FromQuery[str] = "",
) -> Response[Any]:
    """The times at which the whole visit fits."""
    chosen = choices_in_query(request)
    if not chosen.is_complete:
        return Redirect(chosen.address(addresses.BOOK), status_code=303)
    if not chosen.number:
        return Redirect(chosen.address(VISIT, slot_id=slot_id), status_code=303)
    context = await _times(chosen, now, day=day, slot_id=slot_id)
    context["held"] = await kept_for(actor, now)
    status = 404 if context["day_missed"] else 200
    if wants_partial(request):
        return partial(
            "booking/_times.html", status_code=status, errors={}, problem=None, **context
        )
    return fresh("booking/visit_times.html", status_code=status, **context)


async def _times(
    chosen: VisitChoices, now: datetime, *, day: str = "", slot_id: str = ""
) -> dict[str, Any]:
    item = await catalog.item(chosen.item)
    office = await catalog.office(chosen.office)
    return {
        "chosen": chosen,
        "taken": None,
        "item": item,
        "items": await items_of(chosen),
        "office": office,
        **await opened(
            office.code,
            item.code,
            now,
            day=day,
            picked=addresses.read_uuid(slot_id),
            shape=chosen.shape,
        ),
        "address": chosen.address(f"{VISIT}/times"),
        "action": f"{VISIT}/hold",
        "keeps": True,
        "giving_up": item.code,
        "people": chosen.number,
    }


@post(
    f"{VISIT}/hold",
    opt=public("who is not signed in is asked to, and led back to the time that was picked"),
    status_code=303,
)
async def hold(request: AnyRequest, actor: CurrentActor, now: Now) -> Response[Any]:
    """Keep places for everybody who comes and go on to the details; or say why not."""
    chosen = await choices_in_form(request)
    if not chosen.is_complete:
        return Redirect(chosen.address(addresses.BOOK), status_code=303)
    if not chosen.number:
        return Redirect(chosen.address(VISIT, slot_id=chosen.slot_id), status_code=303)
    back = chosen.address(f"{VISIT}/times", slot_id=chosen.slot_id)
    try:
        kept = await in_turn(request, lambda at: keep(actor, chosen, at), now)
    except NotSignedIn:
        return Redirect(with_next(CITIZEN_SIGN_IN, back), status_code=303)
    except RealNameRequired:
        return flash.redirect(with_next(PROFILE, back), NAME_FIRST, flash.Tone.INFO)
    except DomainError as error:
        context = await _times(chosen, now, slot_id=chosen.slot_id)
        context["taken"] = await taken_by(actor, error)
        context["held"] = await kept_for(actor, now)
        return refused(request, "booking/visit_times.html", error, **context)
    return Redirect(chosen.address(confirm_address(kept.id)), status_code=303)


async def keep(actor: Actor, chosen: VisitChoices, now: datetime) -> HeldSeat:
    """Hold what was chosen. Raises InvalidInput when no time was."""
    slot_id = addresses.read_uuid(chosen.slot_id)
    if slot_id is None:
        raise InvalidInput(FieldError("slot_id", "missing", CHOOSE_A_TIME))
    command = HoldVisit(
        slot_id=slot_id,
        item_code=chosen.item,
        further_items=chosen.also,
        people=chosen.people,
        myself=chosen.myself,
    )
    return await appointments.hold_visit(actor, command, now)


HANDLERS = (who_and_what, when, hold)
