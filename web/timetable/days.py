"""/admin/calendar/{office}/{day}: closing, seats and special hours of a day, and opening again."""

from datetime import date, datetime, time
from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath, URLEncodedBody
from msgspec import Struct

from services import appointments, catalog
from services.appointments import ChangeSeats, Close, Reopen, SpecialHours, TimetableChange
from services.catalog import Line
from services.identity import Role
from services.kernel.actor import Actor
from services.kernel.errors import DomainError, InvalidInput, NotFound
from web.common.forms import fresh, refused
from web.common.guards import CurrentActor, Now
from web.common.rendering import AnyRequest
from web.timetable import words
from web.timetable.fields import Reader
from web.timetable.previews import to_preview
from web.timetable.whose import ADMINISTRATORS_HERE, CALENDAR, CLOSERS_HERE

DAY = f"{CALENDAR}/{{office:str}}/{{day:str}}"
TEMPLATE = "timetable/day.html"
HALL = "hall"


class CloseForm(Struct):
    """What is closed (`hall`, a line, or a window's key) from when to when, and why."""

    whom: str = HALL
    last_day: str = ""
    starts: str = ""
    ends: str = ""
    note_zh: str = ""
    note_en: str = ""


class SeatsForm(Struct):
    """More or fewer seats a slot."""

    line: str = ""
    seats_change: str = ""
    last_day: str = ""
    starts: str = ""
    ends: str = ""
    note_zh: str = ""
    note_en: str = ""


class HoursForm(Struct):
    """Other slots for a line that day."""

    line: str = ""
    last_day: str = ""
    starts: str = ""
    ends: str = ""
    slot_minutes: str = "30"
    seats: str = ""
    kept_telephone: str = "0"
    kept_green_channel: str = "0"
    kept_on_site: str = "0"
    open_doors: str = ""
    note_zh: str = ""
    note_en: str = ""


class ReopenForm(Struct):
    """The exception that is taken back; without one, the hall's other hours."""

    exception_id: str = ""


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise NotFound from None


async def _context(
    actor: Actor, office_code: str, day: date, form: str = "", typed: Struct | None = None
) -> dict[str, Any]:
    office = await catalog.office(office_code)
    slots = await appointments.slot_loads(actor, office_code, day)
    return {
        "office": office,
        "day": day,
        "kind": (await catalog.day_kinds(day, day))[day],
        "open_periods": await catalog.opening_periods(office_code, day),
        "other_hours": await catalog.exceptions(office_code, day, day),
        "deviating": await appointments.exceptions_between(office_code, day, day),
        "windows": await catalog.office_windows(office_code),
        "slots": {line: [one for one in slots if one.line is line] for line in office.lines},
        "administers": actor.has_role(Role.ADMINISTRATOR, office_code=office_code),
        "form": form,
        "close": typed if isinstance(typed, CloseForm) else CloseForm(last_day=str(day)),
        "seats": typed if isinstance(typed, SeatsForm) else SeatsForm(last_day=str(day)),
        "hours": typed if isinstance(typed, HoursForm) else HoursForm(last_day=str(day)),
        "words": words,
    }


@get(DAY, guards=[CLOSERS_HERE])
async def show_day(actor: CurrentActor, office: FromPath[str], day: FromPath[str]) -> Response[Any]:
    """The day as it stands, and what can be done with it."""
    return fresh(TEMPLATE, **await _context(actor, office, _day(day)))


@post(f"{DAY}/close", guards=[CLOSERS_HERE], status_code=303)
async def close(
    request: AnyRequest,
    data: URLEncodedBody[CloseForm],
    actor: CurrentActor,
    now: Now,
    *,
    office: FromPath[str],
    day: FromPath[str],
) -> Response[Any]:
    """Show what closing would do."""
    read = Reader()

    def change() -> TimetableChange:
        line = Line(data.whom) if data.whom in set(Line) else None
        window_id = None if line or data.whom == HALL else read.key("whom", data.whom or "-")
        found = Close(
            office_code=office,
            first_day=_day(day),
            last_day=read.day("last_day", data.last_day),
            starts=read.clock("starts", data.starts, empty=time.min),
            ends=read.clock("ends", data.ends, empty=time.max),
            note=read.text("note", data.note_zh, data.note_en),
            line=line,
            window_id=window_id,
        )
        read.check()
        return found

    return await _previewed(request, actor, now, (office, _day(day), "close", data), change)


@post(f"{DAY}/seats", guards=[ADMINISTRATORS_HERE], status_code=303)
async def change_seats(
    request: AnyRequest,
    data: URLEncodedBody[SeatsForm],
    actor: CurrentActor,
    now: Now,
    *,
    office: FromPath[str],
    day: FromPath[str],
) -> Response[Any]:
    """Show what more or fewer seats would do."""
    read = Reader()

    def change() -> TimetableChange:
        found = ChangeSeats(
            office_code=office,
            line=read.line("line", data.line),
            first_day=_day(day),
            last_day=read.day("last_day", data.last_day),
            starts=read.clock("starts", data.starts, empty=time.min),
            ends=read.clock("ends", data.ends, empty=time.max),
            seats_change=read.number("seats_change", data.seats_change, -200, 200),
            note=read.text("note", data.note_zh, data.note_en),
        )
        read.check()
        return found

    return await _previewed(request, actor, now, (office, _day(day), "seats", data), change)


@post(f"{DAY}/hours", guards=[ADMINISTRATORS_HERE], status_code=303)
async def keep_special_hours(
    request: AnyRequest,
    data: URLEncodedBody[HoursForm],
    actor: CurrentActor,
    now: Now,
    *,
    office: FromPath[str],
    day: FromPath[str],
) -> Response[Any]:
    """Show what other slots would do."""
    read = Reader()

    def change() -> TimetableChange:
        found = SpecialHours(
            office_code=office,
            line=read.line("line", data.line),
            first_day=_day(day),
            last_day=read.day("last_day", data.last_day),
            starts=read.clock("starts", data.starts),
            ends=read.clock("ends", data.ends),
            slot_minutes=read.number("slot_minutes", data.slot_minutes, 5, 240),
            seats=read.number("seats", data.seats, 1, 200),
            kept_telephone=read.number("kept_telephone", data.kept_telephone, 0, 200),
            kept_green_channel=read.number("kept_green_channel", data.kept_green_channel, 0, 200),
            kept_on_site=read.number("kept_on_site", data.kept_on_site, 0, 200),
            note=read.text("note", data.note_zh, data.note_en),
            open_doors=bool(data.open_doors),
        )
        read.check()
        return found

    return await _previewed(request, actor, now, (office, _day(day), "hours", data), change)


@post(f"{DAY}/reopen", guards=[CLOSERS_HERE], status_code=303)
async def reopen(
    request: AnyRequest,
    data: URLEncodedBody[ReopenForm],
    actor: CurrentActor,
    now: Now,
    *,
    office: FromPath[str],
    day: FromPath[str],
) -> Response[Any]:
    """Show what taking an exception back would do."""
    read = Reader()

    def change() -> TimetableChange:
        exception_id = read.key("exception_id", data.exception_id)
        read.check()
        if exception_id is None:
            return Reopen(office_code=office, day=_day(day))
        return Reopen(office_code=office, exception_id=exception_id)

    return await _previewed(request, actor, now, (office, _day(day), "reopen", data), change)


async def _previewed(
    request: AnyRequest,
    actor: Actor,
    now: datetime,
    typed: tuple[str, date, str, Struct],
    change: Any,
) -> Response[Any]:
    office_code, day, form, data = typed
    try:
        return await to_preview(actor, change(), now)
    except (DomainError, InvalidInput) as error:
        context = await _context(actor, office_code, day, form, data)
        return refused(request, TEMPLATE, error, **context)


HANDLERS = (show_day, close, change_seats, keep_special_hours, reopen)
