"""A list that was read: looked over and given a time; and what became of a group."""

import csv
import io
from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from services import appointments, catalog, identity
from services.appointments import (
    AppointmentStatus,
    Arrangement,
    GroupDraft,
    GroupUnknown,
    Share,
    VisitShape,
)
from services.kernel.actor import Actor
from services.kernel.clock import to_local
from services.kernel.errors import DomainError, NotFound
from services.kernel.i18n import N_
from services.kernel.translations import Language, translate
from web.appointments import addresses
from web.appointments.timetable import opened
from web.common import flash
from web.common.forms import fresh
from web.common.guards import CurrentActor, Now, citizen, real_name
from web.common.rendering import AnyRequest, partial, wants_partial
from web.firm.firms import FIRM
from web.firm.templates import CSV

DRAFT = "/firm/lists/{draft_id:uuid}"
GROUP = "/firm/groups/{party_id:uuid}"
FORGOTTEN = N_("The list is thrown away. Nothing was booked.")
CANCELLED = N_("Everybody's appointment is cancelled.")
LIST_HEAD = (N_("Name"), N_("Reference"), N_("When"), N_("Hall"), N_("State"))
STATES = {
    AppointmentStatus.BOOKED: N_("Booked"),
    AppointmentStatus.CHECKED_IN: N_("Checked in"),
    AppointmentStatus.COMPLETED: N_("Completed"),
    AppointmentStatus.NO_SHOW: N_("Missed"),
    AppointmentStatus.CANCELLED: N_("Cancelled"),
}


async def times_of(
    actor: Actor, kept: GroupDraft, now: datetime, *, day: str, slot_id: str, arrangement: str
) -> dict[str, Any]:
    """The list and the times at which everybody on it fits."""
    apart = arrangement == Arrangement.APART
    shape = VisitShape(people=len(kept.members), apart=apart)
    here = f"/firm/lists/{kept.id}"
    return {
        "draft": kept,
        "firm": await identity.firm(actor, kept.firm_id),
        "item": await catalog.item(kept.item_code),
        "office": await catalog.office(kept.office_code),
        "arrangement": Arrangement.APART if apart else Arrangement.TOGETHER,
        **await opened(
            kept.office_code,
            kept.item_code,
            now,
            day=day,
            picked=addresses.read_uuid(slot_id),
            shape=shape,
            share=Share.GREEN_CHANNEL,
        ),
        "address": addresses.with_choices(here, {"arrangement": arrangement}),
        "here": here,
        "action": f"{here}/hold",
        "keeps": True,
        "people": len(kept.members),
    }


@get(DRAFT, guards=[real_name])
async def look_over(
    request: AnyRequest,
    draft_id: FromPath[UUID],
    actor: CurrentActor,
    now: Now,
    *,
    day: FromQuery[str] = "",
    slot_id: FromQuery[str] = "",
    arrangement: FromQuery[str] = Arrangement.TOGETHER,
) -> Response[Any]:
    """The people of the list, and the times at which they all fit."""
    try:
        kept = await appointments.draft(actor, draft_id, now)
    except GroupUnknown:
        return await to_the_group(actor, draft_id)
    context = await times_of(actor, kept, now, day=day, slot_id=slot_id, arrangement=arrangement)
    status = 404 if context["day_missed"] else 200
    if wants_partial(request):
        return partial(
            "booking/_times.html", status_code=status, errors={}, problem=None, **context
        )
    return fresh("firm/draft.html", status_code=status, **context)


async def to_the_group(actor: Actor, draft_id: UUID) -> Redirect:
    """Where a list leads that has been booked. Raises GroupUnknown for one that has run out."""
    found = await appointments.party(actor, draft_id)
    return Redirect(f"{FIRM}/groups/{found.id}", status_code=303)


@post("/firm/lists/{draft_id:uuid}/forget", guards=[citizen], status_code=303)
async def forget(draft_id: FromPath[UUID], actor: CurrentActor) -> Redirect:
    """Throw the list away."""
    await appointments.forget_draft(actor, draft_id)
    return flash.redirect(FIRM, FORGOTTEN)


@get(GROUP, guards=[citizen])
async def show(party_id: FromPath[UUID], actor: CurrentActor) -> Response[bytes]:
    """Everybody's appointment: the list for the organiser."""
    found = await appointments.party(actor, party_id)
    first = found.appointments[0]
    return fresh(
        "firm/group.html",
        party=found,
        names=await appointments.party_names(actor, found),
        item=await catalog.item(first.item_code),
        office=await catalog.office(first.office_code),
    )


@get(f"{GROUP}/list.csv", guards=[citizen])
async def as_file(party_id: FromPath[UUID], actor: CurrentActor) -> Response[Any]:
    """The same as a file that spreadsheets open."""
    found = await appointments.party(actor, party_id)
    names = await appointments.party_names(actor, found)
    language = Language(actor.language)
    office = await catalog.office(found.appointments[0].office_code)
    written = io.StringIO()
    rows = csv.writer(written)
    rows.writerow([translate(name, language) for name in LIST_HEAD])
    for one in found.appointments:
        starts = f"{to_local(one.starts_at):%Y-%m-%d %H:%M}"
        row = (names.get(one.person_id, ""), one.reference, starts, office.name[language])
        rows.writerow((*row, translate(STATES[one.status], language)))
    headers = {"Content-Disposition": 'attachment; filename="group.csv"'}
    return Response(written.getvalue().encode("utf-8-sig"), media_type=CSV, headers=headers)


@post(f"{GROUP}/cancel", guards=[citizen], status_code=303)
async def cancel(party_id: FromPath[UUID], actor: CurrentActor, now: Now) -> Response[Any]:
    """Cancel everybody's appointment."""
    where = f"{FIRM}/groups/{party_id}"
    try:
        await appointments.cancel_party(actor, party_id, now)
    except NotFound:
        raise
    except DomainError as error:
        return flash.redirect(where, error.message, flash.Tone.WARNING)
    return flash.redirect(where, CANCELLED)


HANDLERS = (look_over, forget, show, as_file, cancel)
