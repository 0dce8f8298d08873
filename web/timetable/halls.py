"""/admin/halls: a hall's data, its ordinary week, its windows."""

from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath, URLEncodedBody
from msgspec import Struct

from services import catalog
from services.catalog import Line, Period, SetOffice, SetWeek, SetWindow
from services.identity import Role
from services.kernel.errors import DomainError, FieldError, InvalidInput
from services.kernel.i18n import N_
from web.common import flash
from web.common.forms import fresh, refused
from web.common.guards import CurrentActor, Now
from web.common.rendering import AnyRequest, page
from web.timetable.fields import Reader, Ticked, ticked
from web.timetable.previews import to_preview
from web.timetable.whose import ADMINISTRATORS, ADMINISTRATORS_HERE, HALLS, own_halls

ONE = f"{HALLS}/{{office:str}}"
TEMPLATE = "timetable/hall.html"
SAVED = N_("The hall's data is saved.")
WINDOW_SAVED = N_("The window is saved.")
WRONG_PERIODS = N_("Please write the hours as 08:30-12:00, several of them with a space between.")
WEEK = tuple(range(1, 8))
LONGEST_ADDRESS = 200


class OfficeForm(Struct):
    """A hall's data in both languages."""

    name_zh: str = ""
    name_en: str = ""
    district_zh: str = ""
    district_en: str = ""
    address_zh: str = ""
    address_en: str = ""
    directions_zh: str = ""
    directions_en: str = ""
    phone: str = ""


class WeekForm(Struct):
    """Each weekday's hours as 08:30-12:00 13:00-17:00; empty when closed."""

    day_1: str = ""
    day_2: str = ""
    day_3: str = ""
    day_4: str = ""
    day_5: str = ""
    day_6: str = ""
    day_7: str = ""


class WindowForm(Struct):
    """A window; a new one without its key."""

    window_id: str = ""
    number: str = ""
    name_zh: str = ""
    name_en: str = ""
    lines: Ticked = []
    in_service: str = ""


@get(HALLS, guards=[ADMINISTRATORS])
async def show_halls(actor: CurrentActor) -> Response[Any]:
    """Every hall that one administers."""
    return page("timetable/halls.html", halls=await own_halls(actor, Role.ADMINISTRATOR))


async def _context(office_code: str, **typed: Any) -> dict[str, Any]:
    office = await catalog.office(office_code)
    weekly = await catalog.weekly_hours(office_code)
    week = WeekForm(
        **{
            f"day_{number}": " ".join(
                f"{one.opens:%H:%M}-{one.closes:%H:%M}" for one in weekly.get(number, ())
            )
            for number in WEEK
        }
    )
    data = OfficeForm(
        name_zh=office.name.zh,
        name_en=office.name.en,
        district_zh=office.district.zh,
        district_en=office.district.en,
        address_zh=office.address.zh,
        address_en=office.address.en,
        directions_zh=office.directions.zh,
        directions_en=office.directions.en,
        phone=office.phone,
    )
    return {
        "office": office,
        "windows": await catalog.all_windows(office_code),
        "lines": list(Line),
        "week": WEEK,
        "hours": week,
        "data": data,
        "window": WindowForm(in_service="yes"),
        **typed,
    }


@get(ONE, guards=[ADMINISTRATORS_HERE])
async def show_hall(office: FromPath[str]) -> Response[Any]:
    """The hall's data, week and windows, each in a form."""
    return fresh(TEMPLATE, **await _context(office))


@post(ONE, guards=[ADMINISTRATORS_HERE], status_code=303)
async def set_office(
    request: AnyRequest,
    data: URLEncodedBody[OfficeForm],
    actor: CurrentActor,
    now: Now,
    office: FromPath[str],
) -> Response[Any]:
    """Change the hall's data."""
    read = Reader()
    try:
        command = SetOffice(
            office_code=office,
            name=read.text("name", data.name_zh, data.name_en, 80),
            district=read.text("district", data.district_zh, data.district_en, 80),
            address=read.text("address", data.address_zh, data.address_en),
            directions=read.text("directions", data.directions_zh, data.directions_en),
            phone=read.words("phone", data.phone, 20),
        )
        read.check()
        await catalog.set_office(actor, command, now)
    except DomainError as error:
        return refused(request, TEMPLATE, error, **await _context(office, data=data))
    return flash.redirect(f"{HALLS}/{office}", SAVED)


@post(f"{ONE}/week", guards=[ADMINISTRATORS_HERE], status_code=303)
async def set_week(
    request: AnyRequest,
    data: URLEncodedBody[WeekForm],
    actor: CurrentActor,
    now: Now,
    office: FromPath[str],
) -> Response[Any]:
    """Show what another ordinary week would do."""
    try:
        change = SetWeek(office_code=office, periods=_periods(data))
        return await to_preview(actor, change, now)
    except DomainError as error:
        return refused(request, TEMPLATE, error, **await _context(office, hours=data))


def _periods(data: WeekForm) -> dict[int, tuple[Period, ...]]:
    """Each weekday's periods. Raises InvalidInput that names the days that cannot be read."""
    found: dict[int, tuple[Period, ...]] = {}
    errors = []
    for number in WEEK:
        read = Reader()
        periods = []
        for one in getattr(data, f"day_{number}").replace("–", "-").split():
            opens, _, closes = one.partition("-")
            periods.append(Period(read.clock("opens", opens), read.clock("closes", closes)))
        try:
            read.check()
        except InvalidInput:
            errors.append(FieldError(f"day_{number}", "periods_malformed", WRONG_PERIODS))
        if periods:
            found[number] = tuple(periods)
    if errors:
        raise InvalidInput(*errors)
    return found


@post(f"{ONE}/windows", guards=[ADMINISTRATORS_HERE], status_code=303)
async def set_window(
    request: AnyRequest,
    data: URLEncodedBody[WindowForm],
    actor: CurrentActor,
    now: Now,
    office: FromPath[str],
) -> Response[Any]:
    """Add a window or change one."""
    read = Reader()
    try:
        command = SetWindow(
            office_code=office,
            window_id=UUID(data.window_id) if data.window_id else None,
            number=read.number("number", data.number, 1, 99),
            name=read.text("window", data.name_zh, data.name_en, 80),
            lines=tuple(line for line in Line if line in ticked(data.lines)),
            in_service=bool(data.in_service),
        )
        read.check()
        await catalog.set_window(actor, command, now)
    except ValueError:
        return refused(
            request, TEMPLATE, catalog.WindowUnknown(), **await _context(office, window=data)
        )
    except DomainError as error:
        return refused(request, TEMPLATE, error, **await _context(office, window=data))
    return flash.redirect(f"{HALLS}/{office}", WINDOW_SAVED)


HANDLERS = (show_halls, show_hall, set_office, set_week, set_window)
