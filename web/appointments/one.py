"""One appointment of one's own: its page, its slip on paper, its calendar file, and cancelling."""

from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from services import appointments, catalog, identity
from services.appointments import (
    Appointment,
    AppointmentSettled,
    AppointmentStatus,
    AppointmentUnknown,
    GroupUnknown,
    Need,
    Party,
)
from services.kernel.actor import Actor
from services.kernel.errors import DomainError
from services.kernel.i18n import N_
from services.kernel.ids import normalise_reference
from web.appointments import addresses
from web.appointments.slips import calendar_answer, slip_code
from web.appointments.visit_choices import choices_in_form
from web.common import flash
from web.common.forms import fresh, refused
from web.common.guards import CurrentActor, Now, citizen
from web.common.rendering import AnyRequest

ONE = "/my/appointments/{reference:str}"
ALL_CANCELLED = N_("Everybody's appointment is cancelled.")
CANCELLED = N_("Your appointment is cancelled. The place goes to somebody else.")
HELP_SAVED = N_("Saved. The hall knows what to prepare.")
LOOK_UP = N_(
    "Did somebody else book this for you? Look it up here. To move or cancel it, enter your name "
    "and document in your profile."
)


async def context_of(found: Appointment, actor: Actor, now: datetime) -> dict[str, Any]:
    """What the pages of one appointment show."""
    until = await appointments.change_until(found)
    wishes = await appointments.wishes_of(actor, found.reference)
    party = await _party(found, actor)
    together = party is not None and len(party.booked) > 1
    return {
        "party": party,
        "counts": await appointments.if_cancelled(actor, found, now) if together else None,
        "wishes": wishes,
        "all_needs": tuple(Need),
        "typed_needs": wishes.needs,
        "typed_language": wishes.language,
        "names": await appointments.names_for(actor, party.appointments if party else (found,)),
        "further": [await catalog.item(code) for code in found.further_items],
        "appointment": found,
        "item": await catalog.item(found.item_code),
        "office": await catalog.office(found.office_code),
        "person": await identity.person(found.person_id),
        "until": until,
        "changeable": found.status is AppointmentStatus.BOOKED and now <= until,
        "code": slip_code(found) if found.active else None,
        "displaced": await appointments.displacement(found.id),
        "now": now,
    }


async def _party(found: Appointment, actor: Actor) -> Party | None:
    """With whom one comes, for who has arranged it; the others see their own appointment."""
    if found.party_id is None:
        return None
    try:
        return await appointments.party(actor, found.party_id)
    except GroupUnknown:
        return None


@get(ONE, guards=[citizen])
async def show(reference: FromPath[str], actor: CurrentActor, now: Now) -> Response[bytes]:
    """The appointment with everything one needs on the day, and what can still be done."""
    found = await appointments.own(actor, reference)
    return fresh("booking/appointment.html", **await context_of(found, actor, now))


@get(f"{addresses.SHORT}/{{reference:str}}", guards=[citizen])
async def lead_on(reference: FromPath[str], actor: CurrentActor) -> Redirect:
    """The address that stands in text messages, where every character costs.

    Who was booked by somebody else, and is not known by their document yet, can look it up.
    """
    try:
        found = await appointments.own(actor, reference)
    except AppointmentUnknown:
        if normalise_reference(reference) is None:
            raise
        wanted = addresses.with_choices(addresses.TRACK, {"reference": reference})
        return flash.redirect(wanted, LOOK_UP, flash.Tone.INFO)
    return Redirect(addresses.own(found.reference), status_code=303)


@get(f"{ONE}/slip", guards=[citizen])
async def paper(reference: FromPath[str], actor: CurrentActor, now: Now) -> Response[Any]:
    """The slip alone, to be printed; there is none for a visit that is over or cancelled."""
    found = await appointments.own(actor, reference)
    if not found.active:
        return _settled(found)
    return fresh("booking/slip.html", **await context_of(found, actor, now))


@get(f"{ONE}/calendar.ics", guards=[citizen])
async def calendar(reference: FromPath[str], actor: CurrentActor, now: Now) -> Response[bytes]:
    """The calendar file; of a cancelled appointment, one that takes the entry away."""
    return await calendar_answer(actor, await appointments.own(actor, reference), now)


@get(f"{addresses.MY}/parties/{{party_id:uuid}}/slips", guards=[citizen])
async def papers(party_id: FromPath[UUID], actor: CurrentActor, now: Now) -> Response[Any]:
    """Everybody's slip, each on a page of its own, for who has arranged it."""
    found = await appointments.party(actor, party_id)
    active = [one for one in found.appointments if one.active]
    if not active:
        return _settled(found.appointments[0])
    people = {one.person_id: await identity.person(one.person_id) for one in active}
    first = active[0]
    return fresh(
        "booking/slips.html",
        found=active,
        names=await appointments.names_for(actor, active),
        people=people,
        codes={one.id: slip_code(one) for one in active},
        item=await catalog.item(first.item_code),
        further=[await catalog.item(code) for code in first.further_items],
        office=await catalog.office(first.office_code),
        now=now,
    )


def _settled(found: Appointment) -> Response[Any]:
    return flash.redirect(
        addresses.own(found.reference), AppointmentSettled.message, flash.Tone.WARNING
    )


@post(f"{ONE}/help", guards=[citizen], status_code=303)
async def ask_for_help(
    request: AnyRequest, reference: FromPath[str], actor: CurrentActor, now: Now
) -> Response[Any]:
    """Ask for other help at the hall, or for none any more."""
    found = await appointments.own(actor, reference)
    typed = await choices_in_form(request)
    try:
        wishes = appointments.wishes_from(typed.wishes, typed.language)
        await appointments.change_wishes(actor, reference, wishes, now)
    except DomainError as error:
        context = await context_of(found, actor, now)
        context |= {"typed_needs": typed.wishes, "typed_language": typed.language}
        return refused(request, "booking/appointment.html", error, **context)
    return flash.redirect(addresses.own(found.reference), HELP_SAVED)


@get(f"{ONE}/cancel", guards=[citizen])
async def ask_to_cancel(reference: FromPath[str], actor: CurrentActor, now: Now) -> Response[Any]:
    """The question before the deed; what cannot be cancelled any more leads back."""
    found = await appointments.own(actor, reference)
    context = await context_of(found, actor, now)
    if found.status is not AppointmentStatus.BOOKED:
        return _settled(found)
    context["counts"] = await appointments.if_cancelled(actor, found, now)
    return fresh("booking/cancel.html", **context)


@post(f"{ONE}/cancel", guards=[citizen], status_code=303)
async def cancel(
    request: AnyRequest, reference: FromPath[str], actor: CurrentActor, now: Now
) -> Response[Any]:
    """Cancel. Sent twice, it says that it is cancelled both times."""
    try:
        gone = await appointments.cancel(actor, reference, now)
    except AppointmentSettled as error:
        gone = await appointments.own(actor, reference)
        if gone.status is not AppointmentStatus.CANCELLED:
            return flash.redirect(addresses.own(gone.reference), error.message, flash.Tone.WARNING)
    except DomainError as error:
        found = await appointments.own(actor, reference)
        context = await context_of(found, actor, now)
        return refused(request, "booking/appointment.html", error, **context)
    return flash.redirect(addresses.own(gone.reference), CANCELLED)


@post(f"{addresses.MY}/parties/{{party_id:uuid}}/cancel", guards=[citizen], status_code=303)
async def cancel_all(party_id: FromPath[UUID], actor: CurrentActor, now: Now) -> Response[Any]:
    """Cancel for everybody who comes together."""
    found = await appointments.party(actor, party_id)
    where = addresses.own(found.appointments[0].reference)
    try:
        await appointments.cancel_party(actor, party_id, now)
    except DomainError as error:
        return flash.redirect(where, error.message, flash.Tone.WARNING)
    return flash.redirect(where, ALL_CANCELLED)


HANDLERS = (show, lead_on, paper, papers, calendar, ask_for_help, ask_to_cancel, cancel, cancel_all)
