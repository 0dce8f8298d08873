"""Checking the details of a visit while its places are kept, and booking it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect
from msgspec import structs

from services import appointments, catalog, identity
from services.appointments import (
    Appointment,
    HeldForOthers,
    HeldSeat,
    HoldExpired,
    HoldLongEnough,
    HoldReleased,
    HoldUsed,
    Need,
    SlotClosed,
)
from services.kernel.actor import Actor
from services.kernel.errors import DomainError, NotFound, RateLimited, Unavailable
from services.kernel.i18n import N_
from web.appointments import addresses
from web.appointments.taken import taken_by
from web.appointments.turns import in_turn
from web.appointments.visit_choices import (
    VISIT,
    VisitChoices,
    choices_in_form,
    choices_in_query,
    confirm_address,
    items_of,
)
from web.appointments.visits import keep
from web.common import flash
from web.common.forms import fresh, refused
from web.common.guards import CurrentActor, Now, citizen, real_name
from web.common.rendering import AnyRequest, partial, wants_partial
from web.standing.parts import one_too_many, rules_at

CONFIRM = f"{VISIT}/confirm/{{hold_id:uuid}}"
BOOKED = N_("Your appointment is booked. A confirmation is on its way to you.")
ALL_BOOKED = N_("Everybody has an appointment. A confirmation is on its way to you.")
KEPT_LONGER = N_("We keep the places for you a little longer.")


class KeptAgain(DomainError):
    """Too late, but the same places were still free: they are kept anew, to be confirmed."""

    code = "kept_again"
    message = N_(
        "The time we kept for you had run out. It was still free, so we keep it for you again: "
        "please check it and confirm."
    )


@get(CONFIRM, guards=[real_name])
async def check(
    request: AnyRequest, hold_id: FromPath[UUID], actor: CurrentActor, now: Now
) -> Response[Any]:
    """What will be booked and for whom, and for how long the places are kept.

    htmx asks for the clock alone, once it has run out: what one has typed stays.
    """
    chosen = choices_in_query(request)
    try:
        kept = await appointments.held_seat(actor, hold_id, now)
    except HoldUsed as error:
        return _to_the_booked(error)
    except HoldExpired as error:
        if wants_partial(request):
            return partial("booking/_hold_clock.html", kept=None, extend=None, carried=())
        slot_id = str(error.slot_id)
        back = _back(_completed(chosen, error.item_code, error.office_code), slot_id)
        return flash.redirect(back, error.message, flash.Tone.WARNING)
    chosen = _completed(chosen, kept.item_code, kept.office_code)
    if (chosen.number, set(chosen.also)) != (kept.people, set(kept.further_items)):
        back = _back(chosen, str(kept.slot_id))
        return flash.redirect(back, HeldForOthers.message, flash.Tone.WARNING)
    context = await _summary(actor, chosen, kept, now)
    if wants_partial(request):
        return partial("booking/_hold_clock.html", **context)
    return fresh("booking/visit_confirm.html", **context)


def _completed(chosen: VisitChoices, item_code: str, office_code: str) -> VisitChoices:
    return structs.replace(chosen, item=item_code, office=office_code)


def _back(chosen: VisitChoices, slot_id: str = "") -> str:
    return chosen.address(f"{VISIT}/times", slot_id=slot_id)


def _to_the_booked(error: HoldUsed) -> Redirect:
    return flash.redirect(addresses.own(error.reference), error.message, flash.Tone.INFO)


async def _summary(
    actor: Actor, chosen: VisitChoices, kept: HeldSeat, now: datetime
) -> dict[str, Any]:
    rules = await rules_at(kept.office_code, kept.line, now)
    myself = actor.person_id()
    names = {one.person_id: one.name for one in await identity.companions(actor)}
    names[myself] = (await identity.contact(myself)).name or ""
    who = [*([myself] if chosen.myself else []), *chosen.people]
    # The address may name anybody: of others than one's companions, nothing is told.
    numbers = await identity.number_ends(names.keys() & set(who))
    # With one seat, nobody begins at another time than it does.
    begins = kept.begins or (kept.starts_at,) * kept.people
    here = confirm_address(kept.id)
    return {
        "rules": rules,
        "taken": None,
        "again": await one_too_many(actor, kept.item_code, rules, now),
        "chosen": chosen,
        "carried": [*chosen.carried, ("slot_id", str(kept.slot_id))],
        "kept": kept,
        "coming": [
            (names.get(key, ""), numbers.get(key, ""), key == myself, starts)
            for key, starts in zip(who, begins, strict=True)
        ],
        "item": await catalog.item(chosen.item),
        "items": await items_of(chosen),
        "office": await catalog.office(chosen.office),
        "needs": list(Need),
        "action": here,
        "clock": chosen.address(here),
        "extend": f"{here}/extend",
    }


@post(CONFIRM, guards=[real_name], status_code=303)
async def book(
    request: AnyRequest, hold_id: FromPath[UUID], actor: CurrentActor, now: Now
) -> Response[Any]:
    """Book the kept places for everybody, or for nobody; what was typed is kept.

    Sent twice, it books once and leads to the same appointment. Too late, the places are kept
    anew if they are still free, and else the times are shown again.
    """
    chosen = await choices_in_form(request)
    try:
        made = await in_turn(request, lambda at: _book(actor, hold_id, chosen, at), now)
    except HoldUsed as error:
        return _to_the_booked(error)
    except (HoldReleased, SlotClosed, HeldForOthers) as error:
        return flash.redirect(_back(chosen, chosen.slot_id), error.message, flash.Tone.WARNING)
    except HoldExpired as error:
        return await _keep_again(request, actor, chosen, error, now)
    except (NotFound, RateLimited, Unavailable):
        raise
    except DomainError as error:
        kept = await appointments.held_seat(actor, hold_id, now)
        context = await _summary(actor, chosen, kept, now)
        context["taken"] = await taken_by(actor, error)
        return refused(request, "booking/visit_confirm.html", error, **context)
    message = BOOKED if len(made) == 1 else ALL_BOOKED
    return flash.redirect(addresses.own(made[0].reference), message)


async def _book(
    actor: Actor, hold_id: UUID, chosen: VisitChoices, now: datetime
) -> list[Appointment]:
    visit = appointments.BookVisit(
        item_code=chosen.item,
        further_items=chosen.also,
        hold_id=hold_id,
        people=chosen.people,
        myself=chosen.myself,
        wishes=appointments.wishes_from(chosen.wishes, chosen.language),
    )
    return await appointments.book_visit(actor, visit, now)


async def _keep_again(
    request: AnyRequest, actor: Actor, chosen: VisitChoices, late: HoldExpired, now: datetime
) -> Response[Any]:
    again = structs.replace(chosen, slot_id=str(late.slot_id))
    try:
        kept = await in_turn(request, lambda at: keep(actor, again, at), now)
    except DomainError:
        return flash.redirect(_back(chosen, str(late.slot_id)), late.message, flash.Tone.WARNING)
    context = await _summary(actor, chosen, kept, now)
    return refused(request, "booking/visit_confirm.html", KeptAgain(), **context)


@post(f"{CONFIRM}/extend", guards=[citizen], status_code=303)
async def extend(
    request: AnyRequest, hold_id: FromPath[UUID], actor: CurrentActor, now: Now
) -> Response[Any]:
    """Keep the places for longer; pressed in two tabs, once, and both show it."""
    here = (await choices_in_form(request)).address(confirm_address(hold_id))
    try:
        await appointments.extend_hold(actor, hold_id, now)
    except HoldLongEnough as error:
        return flash.redirect(here, error.message, flash.Tone.INFO)
    except (HoldExpired, HoldUsed):
        return Redirect(here, status_code=303)
    # htmx shows the clock again, which says it.
    return flash.redirect(here, None if wants_partial(request) else KEPT_LONGER)


@post(f"{CONFIRM}/release", guards=[citizen], status_code=303)
async def release(
    request: AnyRequest, hold_id: FromPath[UUID], actor: CurrentActor, now: Now
) -> Redirect:
    """Give the places back and choose again."""
    chosen = await choices_in_form(request)
    await appointments.release_hold(actor, hold_id, now)
    return Redirect(_back(chosen, chosen.slot_id), status_code=303)


HANDLERS = (check, book, extend, release)
