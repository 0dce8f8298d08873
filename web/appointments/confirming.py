"""Checking the details while the seat is kept, and booking it."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Redirect
from msgspec import Meta, Struct

from services import appointments, catalog, identity
from services.appointments import (
    AlreadyBooked,
    Appointment,
    Book,
    BookVisit,
    HeldSeat,
    HoldExpired,
    HoldLongEnough,
    HoldUsed,
    Need,
    Wishes,
)
from services.kernel.actor import Actor
from services.kernel.errors import DomainError, InvalidInput, NotFound, RateLimited, Unavailable
from services.kernel.i18n import N_
from web.appointments import addresses
from web.appointments.addresses import read_uuid
from web.appointments.choosing import already_booked
from web.appointments.visit_choices import VisitChoices, choices_in_form
from web.common import flash
from web.common.forms import fresh, refused
from web.common.guards import CurrentActor, Now, citizen, real_name
from web.common.rendering import AnyRequest
from web.standing.parts import one_too_many, rules_at

BOOKED = N_("Your appointment is booked. A confirmation is on its way to you.")
KEPT_LONGER = N_("We keep the place for you a little longer.")

Code = Annotated[str, Meta(max_length=60, pattern=r"^[a-z0-9-]*$")]


class ConfirmForm(Struct):
    """The choices that led here, so that they are kept whatever happens."""

    item: Code = ""
    office: Code = ""
    slot_id: str = ""


def _back(form: ConfirmForm) -> str:
    return addresses.times(form.item, form.office, slot_id=read_uuid(form.slot_id))


def _to_the_booked(error: HoldUsed) -> Redirect:
    return flash.redirect(addresses.own(error.reference), error.message, flash.Tone.INFO)


@get("/book/confirm/{hold_id:uuid}", guards=[real_name])
async def check_details(
    hold_id: FromPath[UUID], actor: CurrentActor, now: Now
) -> Response[bytes] | Redirect:
    """What will be booked, for whom, and for how long the seat is kept."""
    try:
        kept = await appointments.held_seat(actor, hold_id, now)
    except HoldUsed as error:
        return _to_the_booked(error)
    except HoldExpired as error:
        back = addresses.times(error.item_code, error.office_code, slot_id=error.slot_id)
        return flash.redirect(back, error.message, flash.Tone.WARNING)
    nothing = VisitChoices(item=kept.item_code, office=kept.office_code)
    context = await _details(actor, kept, nothing, now)
    return fresh("booking/confirm.html", **context)


async def _details(
    actor: Actor, kept: HeldSeat, wanted: VisitChoices, now: datetime
) -> dict[str, Any]:
    rules = await rules_at(kept.office_code, kept.line, now)
    person_id = actor.person_id()
    return {
        "rules": rules,
        "again": await one_too_many(actor, kept.item_code, rules, now),
        "kept": kept,
        "item": await catalog.item(kept.item_code),
        "office": await catalog.office(kept.office_code),
        "person": await identity.person(person_id),
        "name": (await identity.contact(person_id)).name,
        "number": (await identity.number_ends([person_id])).get(person_id),
        "needs": list(Need),
        "wanted": wanted,
    }


async def _book(
    actor: Actor, item_code: str, hold_id: UUID, wishes: Wishes, now: datetime
) -> Appointment:
    """Whoever wishes nothing shares a transaction with others who book in the same moment."""
    if not wishes:
        return await appointments.book(actor, Book(item_code=item_code, hold_id=hold_id), now)
    visit = BookVisit(item_code=item_code, hold_id=hold_id, wishes=wishes)
    [made] = await appointments.book_visit(actor, visit, now)
    return made


@post("/book/confirm/{hold_id:uuid}", guards=[real_name], status_code=303)
async def confirm(
    request: AnyRequest,
    hold_id: FromPath[UUID],
    data: URLEncodedBody[ConfirmForm],
    actor: CurrentActor,
    now: Now,
) -> Response[Any]:
    """Book the kept seat. Sent twice, it books once and leads to the same appointment."""
    wanted = await choices_in_form(request)
    try:
        wishes = appointments.wishes_from(wanted.wishes, wanted.language)
        made = await _book(actor, data.item, hold_id, wishes, now)
    except InvalidInput as error:
        kept = await appointments.held_seat(actor, hold_id, now)
        context = await _details(actor, kept, wanted, now)
        return refused(request, "booking/confirm.html", error, **context)
    except AlreadyBooked as error:
        reference = error.data.get("reference")
        if reference is None:
            return already_booked(error)
        made = await appointments.own(actor, str(reference))
        if made.slot_id != read_uuid(data.slot_id):
            return already_booked(error)
    except HoldUsed as error:
        return _to_the_booked(error)
    except (NotFound, RateLimited, Unavailable):
        raise
    except DomainError as error:
        return flash.redirect(_back(data), error.message, flash.Tone.WARNING)
    return flash.redirect(addresses.own(made.reference), BOOKED)


@post("/book/confirm/{hold_id:uuid}/extend", guards=[citizen], status_code=303)
async def extend(hold_id: FromPath[UUID], actor: CurrentActor, now: Now) -> Response[Any]:
    """Keep the seat for longer; pressed in two tabs, it is prolonged once, and both show it."""
    try:
        await appointments.extend_hold(actor, hold_id, now)
    except HoldLongEnough as error:
        return flash.redirect(addresses.confirm(hold_id), error.message, flash.Tone.INFO)
    except (HoldExpired, HoldUsed):
        return Redirect(addresses.confirm(hold_id), status_code=303)
    return flash.redirect(addresses.confirm(hold_id), KEPT_LONGER)


@post("/book/confirm/{hold_id:uuid}/release", guards=[citizen], status_code=303)
async def release(
    hold_id: FromPath[UUID], data: URLEncodedBody[ConfirmForm], actor: CurrentActor, now: Now
) -> Redirect:
    """Give the seat back and choose again."""
    await appointments.release_hold(actor, hold_id, now)
    return Redirect(_back(data), status_code=303)


HANDLERS = (check_details, confirm, extend, release)
