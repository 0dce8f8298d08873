"""/admin/changes: what a change would do, and doing it. The change itself stands in the address."""

import base64
import binascii
from typing import Any

import msgspec
from litestar import Response, get, post
from litestar.params import FromQuery, URLEncodedBody
from litestar.response import Redirect
from msgspec import Struct

from services import appointments, catalog
from services.appointments import (
    WITHIN_DAYS,
    ApplyChange,
    ExceptionOverlaps,
    PreviewOutdated,
    TimetableChange,
    Treatment,
)
from services.kernel.actor import Actor
from services.kernel.errors import DomainError, FieldError, InvalidInput
from services.kernel.i18n import N_
from web.common import flash
from web.common.forms import fresh, refused
from web.common.guards import CurrentActor, Now
from web.common.rendering import AnyRequest
from web.timetable import words
from web.timetable.fields import Reader
from web.timetable.whose import CALENDAR, CHANGES, CLOSERS, CLOSURES, home_of

TEMPLATE = "timetable/preview.html"
NO_CHANGE = N_("This change cannot be read. Please enter it again.")
DONE = N_("The timetable is changed.")
STARTED = N_("The timetable is changed. Everybody affected is being dealt with.")
ALREADY = N_("This has been done already. Here is how it stands.")
LONGEST_WAY = 60


class ApplyForm(Struct):
    """A change as it was shown, and what is to be done about those whom it hits."""

    change: str = ""
    digest: str = ""
    treatment: str = Treatment.REBOOK
    within_days: str = str(WITHIN_DAYS)
    note_zh: str = ""
    note_en: str = ""


def address_of(change: TimetableChange) -> str:
    """The page that shows what a change would do."""
    packed = base64.urlsafe_b64encode(msgspec.json.encode(change)).decode().rstrip("=")
    return f"{CHANGES}?change={packed}"


def _change(packed: str) -> TimetableChange:
    try:
        content = base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4))
        found: TimetableChange = msgspec.json.decode(content, type=TimetableChange)
    except (binascii.Error, msgspec.MsgspecError, ValueError, RecursionError):
        raise InvalidInput(FieldError("change", "change_malformed", NO_CHANGE)) from None
    return found


async def to_preview(actor: Actor, change: TimetableChange, now: Any) -> Redirect:
    """Lead on to a change's preview. Raises what the change would be refused with."""
    await appointments.preview_change(actor, change, now)
    return Redirect(address_of(change), status_code=303)


@get(CHANGES, guards=[CLOSERS])
async def show_preview(actor: CurrentActor, now: Now, change: FromQuery[str] = "") -> Response[Any]:
    """What the change would do, day by day, and whom it hits."""
    if not change:
        return Redirect(CALENDAR, status_code=303)
    wanted = _change(change)
    try:
        return fresh(TEMPLATE, **await _context(actor, wanted, now, ApplyForm(change=change)))
    except ExceptionOverlaps:
        return await _already(actor, wanted)


async def _already(actor: Actor, change: TimetableChange) -> Redirect:
    """Lead to what the same change has started before, or to the days that it concerns."""
    office_code = getattr(change, "office_code", None)
    note = appointments.note_of(change)
    for one in await appointments.closures_at(actor, office_code) if office_code else ():
        if one.change == appointments.tag_of(change) and one.note == note:
            return flash.redirect(
                f"{CLOSURES}/{one.office_code}?closure={one.id}", ALREADY, flash.Tone.INFO
            )
    return flash.redirect(home_of(change), ALREADY, flash.Tone.INFO)


async def _context(
    actor: Actor, change: TimetableChange, now: Any, typed: ApplyForm
) -> dict[str, Any]:
    return {
        "shown": await appointments.preview_change(actor, change, now),
        "offices": {office.code: office for office in await catalog.offices()},
        "title": words.CHANGES[appointments.tag_of(change)],
        "asks_why": appointments.note_of(change) is None,
        "back": home_of(change),
        "typed": typed,
        "treatments": words.TREATMENTS,
    }


@post(CHANGES, guards=[CLOSERS], status_code=303)
async def apply_it(
    request: AnyRequest, data: URLEncodedBody[ApplyForm], actor: CurrentActor, now: Now
) -> Response[Any]:
    """Carry the change out as it was shown; when it would do something else, show that."""
    change = _change(data.change)
    try:
        started = await appointments.apply_change(actor, _command(data, change), now)
    except ExceptionOverlaps:
        return await _already(actor, change)
    except DomainError as error:
        shown = await _context(actor, change, now, data)
        if isinstance(error, PreviewOutdated) and not shown["shown"].effects:
            return await _already(actor, change)
        answer = refused(request, TEMPLATE, error, **shown)
        if isinstance(error, PreviewOutdated):
            answer.status_code = 409
        return answer
    if started:
        [first, *_] = [await appointments.closure(actor, one) for one in started]
        return flash.redirect(f"{CLOSURES}/{first.office_code}?closure={first.id}", STARTED)
    return flash.redirect(home_of(change), DONE)


def _command(data: ApplyForm, change: TimetableChange) -> ApplyChange:
    read = Reader()
    within_days = read.number("within_days", data.within_days, 1, LONGEST_WAY)
    note = None
    if appointments.note_of(change) is None and (data.note_zh.strip() or data.note_en.strip()):
        note = read.text("note", data.note_zh, data.note_en)
    read.check()
    known = {str(one): one for one in Treatment}
    return ApplyChange(
        change=change,
        digest=data.digest,
        treatment=known.get(data.treatment, Treatment.REBOOK),
        within_days=within_days,
        note=note,
    )


HANDLERS = (show_preview, apply_it)
