"""Choosing what, where and when. Anyone may look; picking a time asks who it is."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromQuery, URLEncodedBody
from litestar.response import Redirect

from services import appointments, catalog
from services.appointments import AlreadyBooked, Hold
from services.catalog import Item, Line
from services.kernel.actor import Actor
from services.kernel.clock import local_date
from services.kernel.errors import DomainError, FieldError, InvalidInput, NotFound, NotSignedIn
from services.kernel.i18n import N_
from web.appointments import addresses, picks
from web.appointments.addresses import read_uuid
from web.appointments.closings import closings_between
from web.appointments.halls import choose_office
from web.appointments.kept import kept_for
from web.appointments.month import month_of
from web.appointments.picks import TimeForm
from web.appointments.timetable import opened
from web.appointments.turns import in_turn
from web.appointments.visit_choices import VISIT, VisitChoices
from web.common import flash
from web.common.detours import CITIZEN_SIGN_IN, PROFILE, with_next
from web.common.forms import fresh, refused
from web.common.guards import CurrentActor, Now, is_named, public
from web.common.preferences import preferences
from web.common.rendering import AnyRequest, partial, wants_partial
from web.standing.parts import pause_of, rules_at

ANYONE = "anyone may see which times are free"
LONGEST_QUERY = 80
GIVEN_BACK = N_("The time that we kept for you before has been given back.")
CHOOSE_A_TIME = N_("Please choose a time.")


@get(addresses.BOOK, opt=public(ANYONE))
async def choose(
    request: AnyRequest,
    actor: CurrentActor,
    now: Now,
    *,
    item: FromQuery[str] = "",
    office: FromQuery[str] = "",
    day: FromQuery[str] = "",
    slot_id: FromQuery[str] = "",
    line: FromQuery[str] = "",
    q: FromQuery[str] = "",
    month: FromQuery[str] = "",
    order: FromQuery[str] = "",
) -> Response[bytes] | Redirect:
    """The first thing that is not chosen yet: the item, the hall, or the time."""
    if not item:
        return await _choose_item(actor, now, office, line, q.strip()[:LONGEST_QUERY])
    found = await catalog.item(item)
    if not found.bookable:
        return flash.redirect(
            f"/items/{found.code}", appointments.ItemNotBookable.message, flash.Tone.INFO
        )
    if not office:
        return await choose_office(request, found, now, day=day, month=month, order=order)
    context = await _times(found, office, now, day=day, slot_id=slot_id)
    if not wants_partial(request):
        context["pause"] = await pause_of(actor, context["rules"], now)
        context["held"] = await kept_for(actor, now)
        days = context["table"].days
        if days:
            context["closings"] = await closings_between(
                office, found.line, local_date(now), days[-1].day
            )
        context["month"] = await month_of(
            found.code,
            office,
            now,
            asked=month,
            otherwise=_shown_day(context) or local_date(now),
            language=preferences(request.scope).language,
        )
    return show_times(request, "booking/times.html", context)


def show_times(request: AnyRequest, template: str, context: dict[str, Any]) -> Response[bytes]:
    """The times, as a page or for htmx; 404 when the day that was asked for cannot be booked."""
    status = NotFound.status if context["day_missed"] else 200
    if wants_partial(request):
        template = "booking/_times.html"
        return partial(template, status_code=status, errors={}, problem=None, **context)
    return fresh(template, status_code=status, **context)


async def _choose_item(
    actor: Actor, now: datetime, office_code: str, line: str, query: str
) -> Response[bytes]:
    """What can be booked: what a search finds, or one line of business."""
    office = await catalog.office(office_code) if office_code else None
    lines = office.lines if office else tuple(Line)
    shown = next((one for one in lines if one == line), lines[0])
    found = await catalog.search_items(
        query, line=None if query else shown, mode=catalog.Mode.BOOKED
    )
    return fresh(
        "booking/items.html",
        office=office,
        query=query,
        found=[one for one in found if one.line in lines],
        lines=[
            (one, addresses.with_choices(addresses.BOOK, {"office": office_code, "line": one}))
            for one in lines
        ],
        shown=None if query else shown,
        held=await kept_for(actor, now),
        left_out=line not in ("", *lines),
    )


async def _times(
    item: Item, office_code: str, now: datetime, *, day: str = "", slot_id: str = ""
) -> dict[str, Any]:
    office = await catalog.office(office_code)
    return {
        "item": item,
        "office": office,
        **await opened(office.code, item.code, now, day=day, picked=read_uuid(slot_id)),
        "address": addresses.times(item.code, office.code),
        "action": f"{addresses.BOOK}/hold",
        "keeps": True,
        "left_out": bool(slot_id) and read_uuid(slot_id) is None,
        "visit": VisitChoices(item=item.code, office=office.code).address(VISIT),
        "other": None,
        "month": None,
        "closings": (),
        "rules": await rules_at(office.code, item.line, now),
        "pause": None,
        "held": [],
        "giving_up": item.code,
    }


def _shown_day(context: dict[str, Any]) -> date | None:
    """The day that the times are open at."""
    shown = context["table"].shown
    return shown.day if shown else None


@post(
    f"{addresses.BOOK}/hold",
    opt=public("who is not signed in is asked to, and led back to the time that was picked"),
    status_code=303,
)
async def hold_seat(
    request: AnyRequest, data: URLEncodedBody[TimeForm], actor: CurrentActor, now: Now
) -> Response[Any]:
    """Keep a seat of the slot and go on to the details; or say why not, choices kept."""
    return await _hold(request, data, actor, now)


@get(
    f"{addresses.BOOK}/picked",
    opt=public("only what this session's own form has picked is held, and once"),
)
async def hold_picked(
    request: AnyRequest,
    actor: CurrentActor,
    now: Now,
    *,
    item: FromQuery[str] = "",
    office: FromQuery[str] = "",
    slot_id: FromQuery[str] = "",
) -> Response[Any]:
    """Go on with the time that was picked before signing in; or show it, to be picked again."""
    form = TimeForm(item=item, office=office, slot_id=slot_id)
    if not picks.take(request, form, now):
        back = addresses.times(item, office, slot_id=read_uuid(slot_id))
        return Redirect(back, status_code=303)
    return await _hold(request, form, actor, now)


async def _hold(request: AnyRequest, form: TimeForm, actor: Actor, now: datetime) -> Response[Any]:
    item = await catalog.item(form.item)
    slot_id = read_uuid(form.slot_id)
    go_on = addresses.picked(form.item, form.office, slot_id)
    try:
        wanted = _wanted(slot_id, item.code)
        before = await kept_for(actor, now)
        kept = await in_turn(request, lambda at: appointments.hold(actor, wanted, at), now)
    except NotSignedIn:
        picks.keep(request, form, now)
        return Redirect(with_next(CITIZEN_SIGN_IN, go_on), status_code=303)
    except AlreadyBooked as error:
        return already_booked(error)
    except DomainError as error:
        context = await _times(item, form.office, now, slot_id=form.slot_id)
        context["pause"] = await pause_of(actor, context["rules"], now)
        context["held"] = await kept_for(actor, now)
        context["other"] = error.data.get("reference")
        return refused(request, "booking/times.html", error, **context)
    where = addresses.confirm(kept.id)
    if not is_named(request):
        where = with_next(PROFILE, where)
    instead = any(one.item.code == item.code and one.seat.id != kept.id for one in before)
    return flash.redirect(where, GIVEN_BACK if instead else None, flash.Tone.INFO)


def _wanted(slot_id: UUID | None, item_code: str) -> Hold:
    if slot_id is None:
        raise InvalidInput(FieldError("slot_id", "missing", CHOOSE_A_TIME))
    return Hold(slot_id=slot_id, item_code=item_code)


def already_booked(error: AlreadyBooked) -> Redirect:
    """To the appointment that there is, where it can be moved or cancelled."""
    reference = error.data.get("reference")
    where = addresses.own(str(reference)) if reference else addresses.MY_APPOINTMENTS
    return flash.redirect(where, error.message, flash.Tone.WARNING)


HANDLERS = (choose, hold_seat, hold_picked)
