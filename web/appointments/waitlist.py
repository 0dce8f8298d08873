"""The waiting list: joining it from a day that is full, what it offers, and leaving it."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery, URLEncodedBody
from litestar.response import Redirect
from msgspec import Struct

from services import appointments, catalog
from services.appointments import (
    AlreadyBooked,
    JoinWaitlist,
    OfferOver,
    WaitingAlready,
    WaitlistEntry,
    WaitlistSettled,
    WaitlistStatus,
)
from services.catalog import Item, Office
from services.kernel.clock import local_date
from services.kernel.errors import DomainError, FieldError, InvalidInput
from services.kernel.i18n import N_
from web.appointments import addresses
from web.appointments.addresses import read_day
from web.appointments.choosing import already_booked
from web.appointments.waits import kept_minutes
from web.common import flash
from web.common.forms import fresh, refused
from web.common.guards import CurrentActor, Now, citizen, real_name
from web.common.rendering import AnyRequest

ONE = f"{addresses.MY_WAITLIST}/{{entry_id:uuid}}"
JOINED = N_("You are on the waiting list. We will tell you by text message when a place is free.")
LEFT = N_("You are no longer on the waiting list.")
TAKEN = N_("The place is yours. A confirmation is on its way to you.")
WHICH_DAYS = N_("Please choose the days as dates.")


class WaitForm(Struct):
    """What one would wait for."""

    item: str = ""
    office: list[str] | str = ""
    first_day: str = ""
    last_day: str = ""


class Entry(Struct, frozen=True, kw_only=True):
    """An entry in a list, with what it is for and where; the offer's office if there is one."""

    entry: WaitlistEntry
    item: Item
    offices: tuple[Office, ...]
    office: Office | None


@get(addresses.WAIT, guards=[real_name])
async def ask(
    now: Now,
    *,
    item: FromQuery[str] = "",
    office: FromQuery[str] = "",
    day: FromQuery[str] = "",
) -> Response[bytes] | Redirect:
    """For which halls and days one would like to wait."""
    if not item:
        return Redirect(addresses.BOOK, status_code=303)
    picked = read_day(day)
    first, last = (picked, picked) if picked else await _open_days(item, now)
    form = WaitForm(
        item=item, office=[office] if office else [], first_day=str(first), last_day=str(last)
    )
    return fresh("booking/wait.html", **await _context(form, now))


async def _open_days(item_code: str, now: datetime) -> tuple[date, date]:
    """The first and the last day that can be booked now."""
    today = local_date(now)
    found = await appointments.days(item_code, today, today + appointments.LONGEST_WAIT, now)
    released = [one.day for one in found if one.released_at <= now]
    return (released[0], released[-1]) if released else (today, today)


async def _context(form: WaitForm, now: datetime) -> dict[str, Any]:
    item = await catalog.item(form.item)
    chosen = [form.office] if isinstance(form.office, str) else form.office
    offices = [one for one in await catalog.offices() if item.line in one.lines]
    return {
        "form": form,
        "item": item,
        "offices": offices,
        "chosen": chosen or [one.code for one in offices],
        "today": local_date(now),
        "kept_minutes": await kept_minutes(item),
        "furthest": local_date(now) + appointments.LONGEST_WAIT,
    }


@post(addresses.WAIT, guards=[real_name], status_code=303)
async def join(
    request: AnyRequest, data: URLEncodedBody[WaitForm], actor: CurrentActor, now: Now
) -> Response[Any]:
    """Join. What cannot be waited for says why, with the choices kept."""
    try:
        await appointments.join_waitlist(actor, _command(data), now)
    except WaitingAlready as error:
        return flash.redirect(addresses.MY_WAITLIST, error.message, flash.Tone.INFO)
    except AlreadyBooked as error:
        return already_booked(error)
    except DomainError as error:
        return refused(request, "booking/wait.html", error, **await _context(data, now))
    return flash.redirect(addresses.MY_WAITLIST, JOINED)


def _command(form: WaitForm) -> JoinWaitlist:
    first, last = read_day(form.first_day), read_day(form.last_day)
    if first is None or last is None:
        raise InvalidInput(FieldError("last_day", "range_wrong", WHICH_DAYS))
    offices = [form.office] if isinstance(form.office, str) else form.office
    return JoinWaitlist(
        item_code=form.item, office_codes=tuple(offices), first_day=first, last_day=last
    )


async def entries(found: list[WaitlistEntry]) -> list[Entry]:
    """The entries with what they are for and where."""
    offices = {one.code: one for one in await catalog.offices()}
    return [
        Entry(
            entry=one,
            item=await catalog.item(one.item_code),
            offices=tuple(offices[code] for code in one.office_codes if code in offices),
            office=offices.get(one.offer.office_code) if one.offer else None,
        )
        for one in found
    ]


@get(addresses.MY_WAITLIST, guards=[citizen])
async def mine(actor: CurrentActor) -> Response[bytes]:
    """What is kept for one, what one waits for, and what is over."""
    found = await entries(await appointments.my_waitlist(actor))
    return fresh(
        "booking/waitlist.html",
        offered=[one for one in found if one.entry.status is WaitlistStatus.OFFERED],
        waiting=[one for one in found if one.entry.status is WaitlistStatus.WAITING],
        over=[one for one in found if one.entry.closed_at is not None],
        alone=False,
    )


@get(ONE, guards=[citizen])
async def show(entry_id: FromPath[UUID], actor: CurrentActor) -> Response[bytes]:
    """One entry alone: the page that a message leads to."""
    [found] = await entries([await appointments.own_entry(actor, entry_id)])
    status = found.entry.status
    return fresh(
        "booking/waitlist.html",
        offered=[found] if status is WaitlistStatus.OFFERED else [],
        waiting=[found] if status is WaitlistStatus.WAITING else [],
        over=[found] if found.entry.closed_at is not None else [],
        alone=True,
    )


@get(addresses.SHORT_WAITLIST, guards=[citizen])
async def lead_on() -> Redirect:
    """The address that stands in text messages, where every character costs."""
    return Redirect(addresses.MY_WAITLIST, status_code=303)


@post(f"{ONE}/take", guards=[real_name], status_code=303)
async def take(entry_id: FromPath[UUID], actor: CurrentActor, now: Now) -> Response[Any]:
    """Book the place that is kept; pressed twice, it leads to the same appointment."""
    try:
        made = await appointments.take_offer(actor, entry_id, now)
    except AlreadyBooked as error:
        return already_booked(error)
    except (OfferOver, WaitlistSettled) as error:
        return flash.redirect(addresses.MY_WAITLIST, error.message, flash.Tone.WARNING)
    return flash.redirect(addresses.own(made.reference), TAKEN)


@post(f"{ONE}/leave", guards=[citizen], status_code=303)
async def leave(entry_id: FromPath[UUID], actor: CurrentActor, now: Now) -> Response[Any]:
    """Leave the line; pressed twice, one has left all the same."""
    try:
        await appointments.leave_waitlist(actor, entry_id, now)
    except WaitlistSettled as error:
        return flash.redirect(addresses.MY_WAITLIST, error.message, flash.Tone.INFO)
    return flash.redirect(addresses.MY_WAITLIST, LEFT)


HANDLERS = (ask, join, mine, show, lead_on, take, leave)
