"""Whole days at a glance: how much room each has, at one office or at all."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from itertools import groupby

import asyncpg
from msgspec import Struct

from services import catalog
from services.appointments.rulebook.rows import RULE_OF
from services.appointments.rules import DEFAULT, shares_to_try
from services.appointments.seating.fitting import Room, firsts_that_fit
from services.appointments.seating.seats import CLAIMABLE
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


# One reading for any number of days and offices, and a second where the item is longer than a slot.
# Slots that are closed, over, or too near to be booked online count for nothing.
_DAY = "(slot.starts_at AT TIME ZONE 'Asia/Shanghai')::date"
_SEATS = f"""
    SELECT slot.office_code, {{columns}},
           count(*) FILTER (WHERE {CLAIMABLE.format(now="$4")}) AS left
      FROM slot {RULE_OF.format(of="slot")}
      JOIN seat ON seat.slot_id = slot.id AND seat.share = ANY($5::text[])
       AND seat.state <> 'withdrawn'
     WHERE slot.line = $1 AND slot.starts_at >= $2 AND slot.starts_at < $3
       AND slot.starts_at > $4 AND slot.closed_at IS NULL
       AND {_DAY} >= $7::date + coalesce(rule.days_before, {DEFAULT.days_before})
       AND ($6::text[] IS NULL OR slot.office_code = ANY($6::text[]))
"""  # noqa: S608 - constants only
_DAYS = f"""
    {
    _SEATS.format(
        columns=f"{_DAY} AS day, count(*) AS capacity, min(slot.released_at) AS released_at,"
        " min(slot.ends_at - slot.starts_at) AS shortest"
    )
}
     GROUP BY 1, 2 ORDER BY 2, 1
"""
_ROOMS = f"""
    {_SEATS.format(columns="slot.id, slot.starts_at, slot.ends_at")}
     GROUP BY 1, 2 ORDER BY 1, slot.starts_at
"""


async def days(
    item_code: str,
    first: date,
    last: date,
    now: datetime,
    *,
    office_codes: Sequence[str] | None = None,
) -> list[OfficeDay]:
    """The days from `first` to `last` on which an item can be done, by day and office.

    Of all offices, or of those named. A day without times is left out. Where the item takes several
    adjoining slots, only the places of those in which it can begin are left. Raises ItemUnknown.
    """
    item = await catalog.item(item_code)
    names = None if office_codes is None else list(office_codes)
    asked = (
        item.line,
        local_moment(first, MIDNIGHT),
        local_moment(last + timedelta(days=1), MIDNIGHT),
        now,
        shares_to_try(Share.ONLINE),
    )
    rows = await database.fetch(_DAYS, *asked, names, local_date(now))
    length = timedelta(minutes=item.minutes)
    tight = {(row["office_code"], row["day"]) for row in rows if row["shortest"] < length}
    left: dict[tuple[str, date], int] = {
        (row["office_code"], row["day"]): row["left"] for row in rows
    }
    if tight:
        offices = sorted({office_code for office_code, _ in tight})
        rooms = await database.fetch(_ROOMS, *asked, offices, local_date(now))
        left.update(dict.fromkeys(tight, 0))
        left.update(_left_where_it_begins(rooms, item.minutes))
    return [
        OfficeDay(
            office_code=row["office_code"],
            day=row["day"],
            capacity=row["capacity"],
            left=left[row["office_code"], row["day"]],
            released_at=row["released_at"],
        )
        for row in rows
    ]


def _left_where_it_begins(
    rows: Sequence[asyncpg.Record], minutes: int
) -> Mapping[tuple[str, date], int]:
    """The places left by office and day, of the slots in which so many minutes can begin."""
    left: Counter[tuple[str, date]] = Counter()
    for office_code, of_office in groupby(rows, key=lambda row: row["office_code"]):
        rooms = [
            Room(id=row["id"], starts_at=row["starts_at"], ends_at=row["ends_at"], left=row["left"])
            for row in of_office
        ]
        fitting = firsts_that_fit(rooms, 1, minutes)
        for room in rooms:
            if room.id in fitting:
                left[office_code, local_date(room.starts_at)] += room.left
    return left


async def last_planned(
    item_code: str, now: datetime, office_codes: Sequence[str] | None = None
) -> date | None:
    """The last day that has slots for an item, at these offices or at any; None if none is left.

    Further ahead nothing is planned yet. Raises ItemUnknown.
    """
    item = await catalog.item(item_code)
    latest: datetime | None = await database.fetchval(
        """
        SELECT max(starts_at) FROM slot
         WHERE line = $1 AND starts_at > $2
           AND ($3::text[] IS NULL OR office_code = ANY($3::text[]))
        """,
        item.line,
        now,
        None if office_codes is None else list(office_codes),
    )
    return None if latest is None else local_date(latest)


def by_day(found: Sequence[OfficeDay]) -> Mapping[date, list[OfficeDay]]:
    """The same days, each with its offices."""
    grouped: dict[date, list[OfficeDay]] = {}
    for one in found:
        grouped.setdefault(one.day, []).append(one)
    return grouped
