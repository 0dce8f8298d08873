"""Whole days at a glance: how much room each has, at one office or at all."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta

from msgspec import Struct

from services import catalog
from services.appointments.facts import RULE_OF
from services.appointments.rules import DEFAULT, shares_to_try
from services.appointments.seats import CLAIMABLE
from services.appointments.states import Share
from services.kernel import database
from services.kernel.clock import local_date, local_moment

MIDNIGHT = time()


class OfficeDay(Struct, frozen=True, kw_only=True):
    """One day of one office: its seats online that have not begun, and how many can be had.

    Before `released_at` none can.
    """

    office_code: str
    day: date
    capacity: int
    left: int
    released_at: datetime


# One reading for any number of days and offices. Slots that are closed, over, or too near to be
# booked online count for nothing.
_DAYS = f"""
    SELECT slot.office_code, (slot.starts_at AT TIME ZONE 'Asia/Shanghai')::date AS day,
           count(*) AS capacity,
           count(*) FILTER (WHERE {CLAIMABLE.format(now="$4")}) AS left,
           min(slot.released_at) AS released_at
      FROM slot {RULE_OF.format(of="slot")}
      JOIN seat ON seat.slot_id = slot.id AND seat.share = ANY($5::text[])
       AND seat.state <> 'withdrawn'
     WHERE slot.line = $1 AND slot.starts_at >= $2 AND slot.starts_at < $3
       AND slot.starts_at > $4 AND slot.closed_at IS NULL
       AND (slot.starts_at AT TIME ZONE 'Asia/Shanghai')::date
           >= $7::date + coalesce(rule.days_before, {DEFAULT.days_before})
       AND ($6::text[] IS NULL OR slot.office_code = ANY($6::text[]))
     GROUP BY 1, 2 ORDER BY 2, 1
"""  # noqa: S608 - constants only


async def days(
    item_code: str,
    first: date,
    last: date,
    now: datetime,
    *,
    office_codes: Sequence[str] | None = None,
) -> list[OfficeDay]:
    """The days from `first` to `last` on which an item can be done, by day and office.

    Of all offices, or of those named. A day without times is left out. Raises ItemUnknown.
    """
    item = await catalog.item(item_code)
    rows = await database.fetch(
        _DAYS,
        item.line,
        local_moment(first, MIDNIGHT),
        local_moment(last + timedelta(days=1), MIDNIGHT),
        now,
        shares_to_try(Share.ONLINE),
        None if office_codes is None else list(office_codes),
        local_date(now),
    )
    return [OfficeDay(**{name: row[name] for name in OfficeDay.__struct_fields__}) for row in rows]


async def first_room(
    item_code: str, office_codes: Sequence[str], first: date, last: date, now: datetime
) -> OfficeDay | None:
    """The first released day with a free seat, or the first that is full; None if none is open."""
    found = await days(item_code, first, last, now, office_codes=office_codes)
    released = [one for one in found if one.released_at <= now]
    return next((one for one in released if one.left), next(iter(released), None))


def by_day(found: Sequence[OfficeDay]) -> Mapping[date, list[OfficeDay]]:
    """The same days, each with its offices."""
    grouped: dict[date, list[OfficeDay]] = {}
    for one in found:
        grouped.setdefault(one.day, []).append(one)
    return grouped
