"""/admin/schedules: the weekly schedules of a hall; adding, changing, ending and copying them."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Redirect
from msgspec import Struct

from services import appointments, catalog
from services.appointments import (
    AddSchedule,
    ChangeSchedule,
    CopySchedules,
    EndSchedule,
    Schedule,
    TimetableChange,
)
from services.catalog import Line
from services.identity import Role
from services.kernel.actor import Actor
from services.kernel.clock import local_date
from services.kernel.errors import DomainError
from web.common.forms import fresh, refused
from web.common.guards import CurrentActor, Now
from web.common.rendering import AnyRequest
from web.timetable.fields import Reader, Ticked, ticked
from web.timetable.previews import to_preview
from web.timetable.whose import (
    ADMINISTRATORS,
    ADMINISTRATORS_HERE,
    SCHEDULES,
    own_halls,
    to_own_hall,
)

HALL = f"{SCHEDULES}/{{office:str}}"
ONE = f"{HALL}/{{schedule_id:uuid}}"
WEEK = tuple(range(1, 8))


class FiguresForm(Struct):
    """The figures of a schedule, and the day from which they hold."""

    line: str = Line.HOUSEHOLD
    weekday: str = "1"
    starts: str = "08:30"
    ends: str = "12:00"
    slot_minutes: str = "30"
    seats: str = "2"
    kept_telephone: str = "0"
    kept_green_channel: str = "0"
    kept_on_site: str = "0"
    from_day: str = ""
    until: str = ""


class EndForm(Struct):
    """The last day of a schedule."""

    last_day: str = ""


class CopyForm(Struct):
    """Where a weekday's schedules are to hold as well."""

    from_day: str = ""
    to_offices: Ticked = []
    to_lines: Ticked = []
    to_weekdays: Ticked = []


def _figures(read: Reader, data: FiguresForm) -> dict[str, Any]:
    return {
        "starts": read.clock("starts", data.starts),
        "ends": read.clock("ends", data.ends),
        "slot_minutes": read.number("slot_minutes", data.slot_minutes, 5, 240),
        "seats": read.number("seats", data.seats, 1, 200),
        "kept_telephone": read.number("kept_telephone", data.kept_telephone, 0, 200),
        "kept_green_channel": read.number("kept_green_channel", data.kept_green_channel, 0, 200),
        "kept_on_site": read.number("kept_on_site", data.kept_on_site, 0, 200),
    }


@get(SCHEDULES, guards=[ADMINISTRATORS])
async def lead_on(actor: CurrentActor) -> Redirect:
    """Lead on to one's first hall."""
    return await to_own_hall(actor, SCHEDULES, Role.ADMINISTRATOR)


async def _hall(
    actor: Actor, office_code: str, now: datetime, typed: FiguresForm | None = None
) -> dict[str, Any]:
    today = local_date(now)
    found = await appointments.schedules_of(office_code, today)
    office = await catalog.office(office_code)
    return {
        "office": office,
        "halls": await own_halls(actor, Role.ADMINISTRATOR),
        "week": WEEK,
        "entries": {
            line: {
                day: [one for one in found if (one.line, one.weekday) == (line, day)]
                for day in WEEK
            }
            for line in office.lines
        },
        "today": today,
        "typed": typed or FiguresForm(from_day=str(today)),
    }


@get(HALL, guards=[ADMINISTRATORS_HERE])
async def show_week(actor: CurrentActor, now: Now, office: FromPath[str]) -> Response[Any]:
    """The hall's week by line."""
    return fresh("timetable/week.html", **await _hall(actor, office, now))


@post(HALL, guards=[ADMINISTRATORS_HERE], status_code=303)
async def add(
    request: AnyRequest,
    data: URLEncodedBody[FiguresForm],
    actor: CurrentActor,
    now: Now,
    office: FromPath[str],
) -> Response[Any]:
    """Show what a new schedule would do."""
    read = Reader()
    try:
        change = AddSchedule(
            office_code=office,
            line=read.line("line", data.line),
            weekday=read.number("weekday", data.weekday, 1, 7),
            valid_from=read.day("from_day", data.from_day),
            valid_until=read.day("until", data.until) if data.until else None,
            **_figures(read, data),
        )
        read.check()
        return await to_preview(actor, change, now)
    except DomainError as error:
        return refused(
            request, "timetable/week.html", error, **await _hall(actor, office, now, data)
        )


async def _one(actor: Actor, found: Schedule, now: datetime, **typed: Any) -> dict[str, Any]:
    today = local_date(now)
    figures = FiguresForm(
        starts=f"{found.starts:%H:%M}",
        ends=f"{found.ends:%H:%M}",
        slot_minutes=str(found.slot_minutes),
        seats=str(found.seats),
        kept_telephone=str(found.kept_telephone),
        kept_green_channel=str(found.kept_green_channel),
        kept_on_site=str(found.kept_on_site),
        from_day=str(today),
    )
    return {
        "office": await catalog.office(found.office_code),
        "halls": await own_halls(actor, Role.ADMINISTRATOR),
        "schedule": found,
        "week": WEEK,
        "typed": figures,
        "end": EndForm(last_day=str(today)),
        "copy": CopyForm(
            from_day=str(today), to_offices=[found.office_code], to_lines=[found.line]
        ),
        "form": "",
        **typed,
    }


@get(ONE, guards=[ADMINISTRATORS_HERE])
async def show_schedule(
    actor: CurrentActor, now: Now, office: FromPath[str], schedule_id: FromPath[UUID]
) -> Response[Any]:
    """One schedule, and what can be done with it."""
    found = await appointments.schedule(office, schedule_id)
    return fresh("timetable/schedule.html", **await _one(actor, found, now))


async def _previewed(
    request: AnyRequest,
    actor: Actor,
    now: datetime,
    found: Schedule,
    change: Callable[[Reader], TimetableChange],
    *,
    form: str,
    **typed: Any,
) -> Response[Any]:
    read = Reader()
    try:
        wanted = change(read)
        read.check()
        return await to_preview(actor, wanted, now)
    except DomainError as error:
        context = await _one(actor, found, now, form=form, **typed)
        return refused(request, "timetable/schedule.html", error, **context)


@post(f"{ONE}/change", guards=[ADMINISTRATORS_HERE], status_code=303)
async def change(
    request: AnyRequest,
    data: URLEncodedBody[FiguresForm],
    actor: CurrentActor,
    now: Now,
    *,
    office: FromPath[str],
    schedule_id: FromPath[UUID],
) -> Response[Any]:
    """Show what other figures would do."""
    found = await appointments.schedule(office, schedule_id)
    return await _previewed(
        request,
        actor,
        now,
        found,
        lambda read: ChangeSchedule(
            office_code=office,
            schedule_id=schedule_id,
            from_day=read.day("from_day", data.from_day),
            **_figures(read, data),
        ),
        form="change",
        typed=data,
    )


@post(f"{ONE}/end", guards=[ADMINISTRATORS_HERE], status_code=303)
async def end(
    request: AnyRequest,
    data: URLEncodedBody[EndForm],
    actor: CurrentActor,
    now: Now,
    *,
    office: FromPath[str],
    schedule_id: FromPath[UUID],
) -> Response[Any]:
    """Show what ending it would do."""
    found = await appointments.schedule(office, schedule_id)
    return await _previewed(
        request,
        actor,
        now,
        found,
        lambda read: EndSchedule(
            office_code=office,
            schedule_id=schedule_id,
            last_day=read.day("last_day", data.last_day),
        ),
        form="end",
        end=data,
    )


@post(f"{ONE}/copy", guards=[ADMINISTRATORS_HERE], status_code=303)
async def copy(
    request: AnyRequest,
    data: URLEncodedBody[CopyForm],
    actor: CurrentActor,
    now: Now,
    *,
    office: FromPath[str],
    schedule_id: FromPath[UUID],
) -> Response[Any]:
    """Show what copying this weekday would do."""
    found = await appointments.schedule(office, schedule_id)

    def copying(read: Reader) -> TimetableChange:
        lines, weekdays = ticked(data.to_lines), ticked(data.to_weekdays)
        offices = ticked(data.to_offices)
        read.among("to_weekdays", weekdays, map(str, WEEK))
        read.among("to_lines", lines, set(Line))
        read.some("to_weekdays", weekdays)
        read.some("to_lines", lines)
        read.some("to_offices", offices)
        read.check()
        return CopySchedules(
            office_code=office,
            line=found.line,
            weekday=found.weekday,
            valid_from=read.day("from_day", data.from_day),
            to_offices=tuple(offices),
            to_lines=tuple(Line(one) for one in lines),
            to_weekdays=tuple(int(one) for one in weekdays),
        )

    return await _previewed(request, actor, now, found, copying, form="copy", copy=data)


HANDLERS = (lead_on, show_week, add, show_schedule, change, end, copy)
