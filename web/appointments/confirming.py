"""Checking the details while the seat is kept, and booking it."""

from typing import Annotated, Any
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Redirect
from msgspec import Meta, Struct

from services import appointments, catalog, identity
from services.appointments import AlreadyBooked, Book, HoldExpired, HoldLongEnough, HoldUsed
from services.kernel.errors import DomainError, NotFound, RateLimited, Unavailable
from services.kernel.i18n import N_
from web.appointments import addresses
from web.appointments.addresses import read_uuid
from web.appointments.choosing import already_booked
from web.common import flash
from web.common.forms import fresh
from web.common.guards import CurrentActor, Now, citizen, real_name
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
    rules = await rules_at(kept.office_code, kept.line, now)
    return fresh(
        "booking/confirm.html",
        rules=rules,
        again=await one_too_many(actor, kept.item_code, rules, now),
        kept=kept,
        item=await catalog.item(kept.item_code),
        office=await catalog.office(kept.office_code),
        person=await identity.person(actor.person_id()),
    )


@post("/book/confirm/{hold_id:uuid}", guards=[real_name], status_code=303)
async def confirm(
    hold_id: FromPath[UUID], data: URLEncodedBody[ConfirmForm], actor: CurrentActor, now: Now
) -> Response[Any]:
    """Book the kept seat. Sent twice, it books once and leads to the same appointment."""
    try:
        made = await appointments.book(actor, Book(item_code=data.item, hold_id=hold_id), now)
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
