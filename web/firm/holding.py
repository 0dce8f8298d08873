"""Keeping places for everybody on a firm's list, looking at who comes when, and booking them."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery, URLEncodedBody
from litestar.response import Redirect
from msgspec import Meta, Struct

from services import appointments, catalog, identity
from services.appointments import (
    Arrangement,
    GroupDraft,
    GroupUnknown,
    HeldForOthers,
    HeldSeat,
    HoldExpired,
    HoldLongEnough,
    HoldReleased,
    HoldUsed,
    SlotClosed,
)
from services.kernel.actor import Actor
from services.kernel.errors import (
    DomainError,
    FieldError,
    InvalidInput,
    NotFound,
    RateLimited,
    Unavailable,
)
from services.kernel.i18n import N_
from web.appointments import addresses
from web.appointments.choosing import CHOOSE_A_TIME
from web.appointments.turns import in_turn
from web.appointments.visit_confirming import KEPT_LONGER, KeptAgain
from web.common import flash
from web.common.forms import fresh, refused
from web.common.guards import CurrentActor, Now, citizen, real_name
from web.common.rendering import AnyRequest, partial, wants_partial
from web.firm.firms import FIRM
from web.firm.groups import DRAFT, times_of, to_the_group

HELD = f"{DRAFT}/confirm/{{group_hold_id:uuid}}"
BOOKED = N_("Everybody has an appointment. Each of them gets a message.")


class TimeForm(Struct):
    """When the group comes, and how it sits."""

    slot_id: str = ""
    arrangement: Annotated[str, Meta(pattern=r"^(together|apart)$")] = Arrangement.TOGETHER

    @property
    def carried(self) -> list[tuple[str, str]]:
        """As hidden fields."""
        return [("slot_id", self.slot_id), ("arrangement", self.arrangement)]


def _list_address(draft_id: UUID, form: TimeForm) -> str:
    choices = {"slot_id": form.slot_id, "arrangement": form.arrangement}
    return addresses.with_choices(f"{FIRM}/lists/{draft_id}", choices)


def _held_address(draft_id: UUID, hold_id: UUID, arrangement: str) -> str:
    here = f"{FIRM}/lists/{draft_id}/confirm/{hold_id}"
    return addresses.with_choices(here, {"arrangement": arrangement})


async def _keep(actor: Actor, draft_id: UUID, form: TimeForm, now: datetime) -> HeldSeat:
    slot_id = addresses.read_uuid(form.slot_id)
    if slot_id is None:
        raise InvalidInput(FieldError("slot_id", "missing", CHOOSE_A_TIME))
    apart = form.arrangement == Arrangement.APART
    chosen = Arrangement.APART if apart else Arrangement.TOGETHER
    return await appointments.hold_group(actor, draft_id, slot_id, chosen, now)


@post(f"{DRAFT}/hold", guards=[real_name], status_code=303)
async def hold(
    request: AnyRequest,
    draft_id: FromPath[UUID],
    data: URLEncodedBody[TimeForm],
    actor: CurrentActor,
    now: Now,
) -> Response[Any]:
    """Keep a place for everybody on the list, or say why not."""
    try:
        listed = await appointments.draft(actor, draft_id, now)
    except GroupUnknown:
        return await to_the_group(actor, draft_id)
    try:
        kept = await in_turn(request, lambda at: _keep(actor, draft_id, data, at), now)
    except DomainError as error:
        context = await times_of(
            actor, listed, now, day="", slot_id=data.slot_id, arrangement=data.arrangement
        )
        return refused(request, "firm/draft.html", error, **context)
    return Redirect(_held_address(draft_id, kept.id, data.arrangement), status_code=303)


@get(HELD, guards=[real_name])
async def check(
    request: AnyRequest,
    actor: CurrentActor,
    now: Now,
    *,
    draft_id: FromPath[UUID],
    group_hold_id: FromPath[UUID],
    arrangement: FromQuery[str] = Arrangement.TOGETHER,
) -> Response[Any]:
    """Who comes when, and for how long the places are kept; for htmx the clock alone."""
    try:
        listed = await appointments.draft(actor, draft_id, now)
    except GroupUnknown:
        return await to_the_group(actor, draft_id)
    form = TimeForm(arrangement=arrangement)
    try:
        kept = await appointments.held_seat(actor, group_hold_id, now)
    except (HoldExpired, HoldUsed, SlotClosed) as error:
        if wants_partial(request):
            return partial("booking/_hold_clock.html", kept=None, extend=None, carried=())
        form.slot_id = str(error.data.get("slot_id", ""))
        return _to_the_times(draft_id, form, error)
    if kept.people != len(listed.members) or kept.item_code != listed.item_code:
        return _to_the_times(draft_id, form, HeldForOthers())
    context = await _summary(actor, listed, kept, arrangement)
    if wants_partial(request):
        return partial("booking/_hold_clock.html", **context)
    return fresh("firm/confirm.html", **context)


def _to_the_times(draft_id: UUID, form: TimeForm, error: DomainError) -> Redirect:
    return flash.redirect(_list_address(draft_id, form), error.message, flash.Tone.WARNING)


async def _summary(
    actor: Actor, listed: GroupDraft, kept: HeldSeat, arrangement: str
) -> dict[str, Any]:
    here = f"{FIRM}/lists/{listed.id}/confirm/{kept.id}"
    begins = kept.begins or (kept.starts_at,) * kept.people
    form = TimeForm(slot_id=str(kept.slot_id), arrangement=arrangement)
    return {
        "draft": listed,
        "kept": kept,
        "coming": list(zip(listed.members, begins, strict=True)),
        "firm": await identity.firm(actor, listed.firm_id),
        "item": await catalog.item(listed.item_code),
        "office": await catalog.office(listed.office_code),
        "carried": form.carried,
        "action": here,
        "clock": _held_address(listed.id, kept.id, arrangement),
        "extend": f"{here}/extend",
    }


@post(HELD, guards=[real_name], status_code=303)
async def book(
    request: AnyRequest,
    data: URLEncodedBody[TimeForm],
    actor: CurrentActor,
    now: Now,
    *,
    draft_id: FromPath[UUID],
    group_hold_id: FromPath[UUID],
) -> Response[Any]:
    """Book the kept places for everybody on the list, or for nobody.

    Too late, they are kept anew if they are still free, and else the times are shown again.
    """
    try:
        listed = await appointments.draft(actor, draft_id, now)
    except GroupUnknown:
        return await to_the_group(actor, draft_id)
    try:
        made = await in_turn(
            request,
            lambda at: appointments.book_held_group(actor, draft_id, group_hold_id, at),
            now,
        )
    except (HoldReleased, HoldUsed, HeldForOthers, SlotClosed) as error:
        return _to_the_times(draft_id, data, error)
    except HoldExpired as error:
        return await _keep_again(request, actor, listed, error, now, arrangement=data.arrangement)
    except (NotFound, RateLimited, Unavailable):
        raise
    except DomainError as error:
        kept = await appointments.held_seat(actor, group_hold_id, now)
        context = await _summary(actor, listed, kept, data.arrangement)
        return refused(request, "firm/confirm.html", error, **context)
    return flash.redirect(f"{FIRM}/groups/{made[0].party_id}", BOOKED)


async def _keep_again(
    request: AnyRequest,
    actor: Actor,
    listed: GroupDraft,
    late: HoldExpired,
    now: datetime,
    *,
    arrangement: str,
) -> Response[Any]:
    form = TimeForm(slot_id=str(late.slot_id), arrangement=arrangement)
    try:
        kept = await in_turn(request, lambda at: _keep(actor, listed.id, form, at), now)
    except DomainError:
        return _to_the_times(listed.id, form, late)
    context = await _summary(actor, listed, kept, form.arrangement)
    return refused(request, "firm/confirm.html", KeptAgain(), **context)


@post(f"{HELD}/extend", guards=[citizen], status_code=303)
async def extend(
    request: AnyRequest,
    data: URLEncodedBody[TimeForm],
    actor: CurrentActor,
    now: Now,
    *,
    draft_id: FromPath[UUID],
    group_hold_id: FromPath[UUID],
) -> Response[Any]:
    """Keep the places for longer."""
    here = _held_address(draft_id, group_hold_id, data.arrangement)
    try:
        await appointments.extend_hold(actor, group_hold_id, now)
    except HoldLongEnough as error:
        return flash.redirect(here, error.message, flash.Tone.INFO)
    except (HoldExpired, HoldUsed):
        return Redirect(here, status_code=303)
    return flash.redirect(here, None if wants_partial(request) else KEPT_LONGER)


@post(f"{HELD}/release", guards=[citizen], status_code=303)
async def release(
    draft_id: FromPath[UUID],
    group_hold_id: FromPath[UUID],
    data: URLEncodedBody[TimeForm],
    actor: CurrentActor,
    now: Now,
) -> Redirect:
    """Give the places back and choose again."""
    await appointments.release_hold(actor, group_hold_id, now)
    return Redirect(_list_address(draft_id, data), status_code=303)


HANDLERS = (hold, check, book, extend, release)
