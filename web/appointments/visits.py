"""A visit of several people, items or slots: who comes and for what, when, and booking it.

One person with one item takes the shorter way (choosing, confirming). Nothing is held here: who
has picked a time confirms it on the next page, and is told if it was taken meanwhile.
"""

from datetime import datetime
from typing import Any

from litestar import Response, get, post
from litestar.params import FromQuery
from litestar.response import Redirect

from services import appointments, catalog, identity
from services.appointments import Appointment, Need
from services.kernel.actor import Actor
from services.kernel.errors import DomainError
from services.kernel.i18n import N_
from web.appointments import addresses
from web.appointments.timetable import opened
from web.appointments.turns import in_turn
from web.appointments.visit_choices import (
    VISIT,
    VISIT_CONFIRM,
    VisitChoices,
    choices_in_form,
    choices_in_query,
)
from web.common import flash
from web.common.forms import fresh, refused
from web.common.guards import CurrentActor, Now, public, real_name
from web.common.rendering import AnyRequest, partial, wants_partial

BOOKED = N_("Your appointment is booked. A confirmation is on its way to you.")
ALL_BOOKED = N_("Everybody has an appointment. A confirmation is on its way to you.")


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
    return fresh(
        "booking/visit.html",
        chosen=chosen,
        item=item,
        office=office,
        others=others,
        people=await identity.companions(actor),
        myself=await identity.person(actor.person_id()),
        back_here=chosen.address(VISIT),
    )


@get(f"{VISIT}/times", opt=public("anyone may see which times are free"))
async def when(
    request: AnyRequest, now: Now, *, day: FromQuery[str] = "", slot_id: FromQuery[str] = ""
) -> Response[Any]:
    """The times at which the whole visit fits."""
    chosen = choices_in_query(request)
    if not chosen.is_complete:
        return Redirect(chosen.address(addresses.BOOK), status_code=303)
    context = await _times(chosen, now, day=day, slot_id=slot_id)
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
        "item": item,
        "items": await _items(chosen),
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
        "action": VISIT_CONFIRM,
    }


async def _items(chosen: VisitChoices) -> list[catalog.Item]:
    return [await catalog.item(code) for code in (chosen.item, *chosen.also)]


@get(VISIT_CONFIRM, guards=[real_name])
async def check(
    request: AnyRequest, actor: CurrentActor, now: Now, *, slot_id: FromQuery[str] = ""
) -> Response[Any]:
    """What will be booked and for whom, and what the hall should prepare."""
    chosen = choices_in_query(request)
    if not chosen.is_complete:
        return Redirect(chosen.address(addresses.BOOK), status_code=303)
    picked = await _picked(chosen, slot_id, now)
    if picked is None:
        address = chosen.address(f"{VISIT}/times", slot_id=slot_id)
        return flash.redirect(address, appointments.VisitDoesNotFit.message, flash.Tone.WARNING)
    return fresh("booking/visit_confirm.html", **await _summary(actor, chosen, picked))


async def _picked(
    chosen: VisitChoices, slot_id: str, now: datetime
) -> appointments.SlotView | None:
    """The slot that was picked, if the whole visit still fits."""
    key = addresses.read_uuid(slot_id)
    if key is None:
        return None
    return await appointments.visit_slot(chosen.office, chosen.item, key, chosen.shape, now)


async def _summary(
    actor: Actor, chosen: VisitChoices, slot: appointments.SlotView | None
) -> dict[str, Any]:
    person = await identity.person(actor.person_id())
    coming = [
        one.name for one in await identity.companions(actor) if one.person_id in chosen.people
    ]
    return {
        "chosen": chosen,
        "slot": slot,
        "item": await catalog.item(chosen.item),
        "items": await _items(chosen),
        "office": await catalog.office(chosen.office),
        "myself": person.name if chosen.myself or not coming else None,
        "companions": coming,
        "needs": list(Need),
        "action": VISIT,
        "times": chosen.address(f"{VISIT}/times"),
    }


@post(VISIT, guards=[real_name], status_code=303)
async def book(request: AnyRequest, actor: CurrentActor, now: Now) -> Response[Any]:
    """Book for everybody who comes, or for nobody; what was chosen is kept."""
    chosen = await choices_in_form(request)
    try:
        made = await in_turn(request, lambda at: _book(actor, chosen, at), now)
    except DomainError as error:
        picked = await _picked(chosen, chosen.slot_id, now)
        context = await _summary(actor, chosen, picked)
        return refused(request, "booking/visit_confirm.html", error, **context)
    message = BOOKED if len(made) == 1 else ALL_BOOKED
    return flash.redirect(addresses.own(made[0].reference), message)


async def _book(actor: Actor, chosen: VisitChoices, now: datetime) -> list[Appointment]:
    return await appointments.book_visit(
        actor,
        appointments.BookVisit(
            item_code=chosen.item,
            further_items=chosen.also,
            slot_id=addresses.read_uuid(chosen.slot_id),
            people=chosen.people,
            myself=chosen.myself,
            wishes=appointments.wishes_from(chosen.wishes, chosen.language),
        ),
        now,
    )


HANDLERS = (who_and_what, when, check, book)
