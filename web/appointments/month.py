"""A month at a glance: on which days there is room for an item, at one hall or at all."""

from calendar import Calendar
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum

from babel.dates import format_date
from msgspec import Struct

from services import appointments
from services.appointments import OfficeDay
from services.kernel.clock import local_date
from services.kernel.translations import Language
from web.appointments import addresses

LITTLE = 5
# A day of the month before or after says which.
ELSEWHERE = {Language.CHINESE: "M/d", Language.ENGLISH: "d MMM"}
TITLES = {Language.CHINESE: "y年M月", Language.ENGLISH: "LLLL y"}
# Further ahead no times are made.
FURTHEST = timedelta(days=100)


class DayState(StrEnum):
    """What a day has: the same words at one hall and at all."""

    ROOM = "room"
    LITTLE = "little"
    FULL = "full"
    LATER = "later"
    CLOSED = "closed"


class NoTimes(StrEnum):
    """Why a day has no times although the hall may be open: it is over, or lies too far ahead."""

    OVER = "over"
    UNPLANNED = "unplanned"


class Cell(Struct, frozen=True, kw_only=True):
    """One day of the calendar; `href` leads to its times, `inside` says that it is of the month."""

    day: date
    label: str
    inside: bool
    state: DayState | NoTimes
    left: int
    released_at: datetime | None
    href: str | None


class Month(Struct, frozen=True, kw_only=True):
    """Whole weeks that are not over, Monday first, with the way to the month before and after.

    `missed` says that the address asked for another, or for none that there is.
    """

    first: date
    title: str
    weekdays: tuple[str, ...]
    weeks: tuple[tuple[Cell, ...], ...]
    before: str | None
    after: str | None
    missed: bool


async def month_of(
    item_code: str,
    office_code: str | None,
    now: datetime,
    *,
    asked: str,
    otherwise: date,
    language: Language,
) -> Month:
    """The month that is `asked` for, as 2025-07, or that of a day, of one hall or of all (None).

    A month that is over or too far ahead gives the nearest that is not.
    """
    today = local_date(now)
    wanted = read_month(asked) or otherwise
    first = min(max(wanted, today), today + FURTHEST).replace(day=1)
    weeks = [
        week for week in Calendar().monthdatescalendar(first.year, first.month) if week[-1] >= today
    ]
    found = await appointments.days(
        item_code,
        max(weeks[0][0], today),
        weeks[-1][-1],
        now,
        office_codes=None if office_code is None else [office_code],
    )
    by_day = appointments.by_day(found)
    planned = await appointments.last_planned(
        item_code, now, None if office_code is None else [office_code]
    )
    query = {"item": item_code, "office": office_code}

    def to_month(day: date) -> str:
        return addresses.with_choices(addresses.BOOK, {**query, "month": f"{day:%Y-%m}"}) + "#month"

    following = (first + timedelta(days=31)).replace(day=1)
    return Month(
        first=first,
        title=format_date(first, TITLES[language], locale=language.value),
        weekdays=tuple(format_date(day, "EEEEEE", locale=language.value) for day in weeks[0]),
        weeks=tuple(
            tuple(
                _cell(day, first, by_day, query, now, planned=planned, language=language)
                for day in week
            )
            for week in weeks
        ),
        before=to_month(first - timedelta(days=1)) if first > today else None,
        after=to_month(following) if following <= today + FURTHEST else None,
        missed=asked not in ("", f"{first:%Y-%m}"),
    )


def _cell(
    day: date,
    first: date,
    by_day: Mapping[date, Sequence[OfficeDay]],
    query: Mapping[str, str | None],
    now: datetime,
    *,
    planned: date | None,
    language: Language,
) -> Cell:
    offices = by_day.get(day, ())
    state, left = state_of(offices, now)
    shown = state is not DayState.CLOSED
    inside = (day.year, day.month) == (first.year, first.month)
    return Cell(
        day=day,
        label=str(day.day)
        if inside
        else format_date(day, ELSEWHERE[language], locale=language.value),
        inside=inside,
        state=state if shown else _without_times(day, now, planned),
        left=left,
        released_at=min((one.released_at for one in offices), default=None),
        href=addresses.with_choices(addresses.BOOK, {**query, "day": day}) if shown else None,
    )


def _without_times(day: date, now: datetime, planned: date | None) -> DayState | NoTimes:
    """Why there is no time on a day; today's are over, or booked at the hall alone."""
    if day <= local_date(now):
        return NoTimes.OVER
    return DayState.CLOSED if planned and day <= planned else NoTimes.UNPLANNED


def state_of(offices: Sequence[OfficeDay], now: datetime) -> tuple[DayState, int]:
    """What a day has over all of `offices`, and how many places can be had."""
    released = [one for one in offices if one.released_at <= now]
    left = sum(one.left for one in released)
    if not offices:
        return DayState.CLOSED, 0
    if not released:
        return DayState.LATER, 0
    if not left:
        return DayState.FULL, 0
    return (DayState.LITTLE if left <= LITTLE else DayState.ROOM), left


def read_month(text: str) -> date | None:
    """The first day of a month in a query, `2025-07`; None for anything that is none."""
    return addresses.read_day(f"{text}-01") if text else None
