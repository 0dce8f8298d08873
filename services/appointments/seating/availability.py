"""Which slots have room, for one person or for a visit."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from itertools import groupby
from uuid import UUID

import asyncpg
from msgspec import structs

from services import catalog
from services.appointments.rulebook.settings import rule_for
from services.appointments.rules import DEFAULT, first_bookable_day, shares_to_try
from services.appointments.seating.fitting import Room, VisitShape, firsts_that_fit
from services.appointments.seating.seats import CLAIMABLE
from services.appointments.states import Share
from services.appointments.views import SlotView
from services.kernel import database
from services.kernel.clock import local_date, local_moment

MIDNIGHT = time()

# Each slot's seats are counted by its own key: joined as a whole, every seat that there ever was
# would be read for those of a month.
_SLOTS = f"""
    SELECT slot.id, slot.office_code, slot.starts_at, slot.ends_at, slot.released_at,
           counted.capacity, counted.left
      FROM slot CROSS JOIN LATERAL (
           SELECT count(*) AS seats,
                  count(*) FILTER (WHERE seat.state <> 'withdrawn') AS capacity,
                  count(*) FILTER (WHERE {CLAIMABLE.format(now="$4")}) AS left
             FROM seat WHERE seat.slot_id = slot.id AND seat.share = ANY($5::text[])) counted
     WHERE {{where}} AND slot.line = $1 AND slot.starts_at >= $2 AND slot.starts_at < $3
       AND slot.starts_at > $4 AND slot.closed_at IS NULL AND counted.seats > 0
"""  # noqa: S608 - constants only


# Released, and not too near for the rule of the slot's place; without one, the default holds.
_BOOKABLE_NOW = f"""
    slot.released_at <= $4
    AND (slot.starts_at AT TIME ZONE 'Asia/Shanghai')::date
        >= ($4 AT TIME ZONE 'Asia/Shanghai')::date + coalesce((
           SELECT r.days_before FROM booking_rule r
            WHERE coalesce(r.office_code, slot.office_code) = slot.office_code
              AND coalesce(r.line, slot.line) = slot.line
            ORDER BY r.office_code NULLS LAST, r.line NULLS LAST LIMIT 1), {DEFAULT.days_before})
"""  # noqa: S608 - constants only


async def availability(
    office_code: str,
    item_code: str,
    first: date,
    last: date,
    now: datetime,
    *,
    share: Share = Share.ONLINE,
    shape: VisitShape | None = None,
) -> list[SlotView]:
    """The slots for an item at an office from `first` to `last` that have not begun, in order.

    Closed slots are left out; unreleased ones are there, with their release. Online, so are those
    of days that are too near to be booked. Counts the seats that a booking from `share` may take.
    A slot in which a visit of that `shape` cannot begin has none left; so do all when its items
    are dealt with at different windows. Raises ItemUnknown or OfficeUnknown.
    """
    item = await catalog.item(item_code)
    office = await catalog.office(office_code)
    if share is Share.ONLINE:
        first = max(first, first_bookable_day(now, await rule_for(office.code, item.line)))
    rows = await database.fetch(
        _SLOTS.format(where="slot.office_code = $6") + "ORDER BY slot.starts_at",
        item.line,
        local_moment(first, MIDNIGHT),
        local_moment(last + timedelta(days=1), MIDNIGHT),
        now,
        shares_to_try(share),
        office.code,
    )
    return await _narrowed([_slot(row) for row in rows], item, shape or VisitShape())


async def _narrowed(slots: list[SlotView], item: catalog.Item, shape: VisitShape) -> list[SlotView]:
    """The slots with nothing left where the visit does not fit; as they are, where one slot is."""
    further = [await catalog.item(code) for code in shape.further_items]
    if any(one.line is not item.line for one in further):
        return [structs.replace(one, left=0) for one in slots]
    minutes = item.minutes + sum(one.minutes for one in further)
    if shape.people == 1 and all(
        one.ends_at - one.starts_at >= timedelta(minutes=minutes) for one in slots
    ):
        return slots
    rooms = [
        Room(id=one.id, starts_at=one.starts_at, ends_at=one.ends_at, left=one.left)
        for one in slots
    ]
    fitting = firsts_that_fit(rooms, shape.people, minutes, apart=shape.apart)
    return [one if one.id in fitting else structs.replace(one, left=0) for one in slots]


async def next_free(
    item_code: str, now: datetime, *, shape: VisitShape | None = None
) -> Mapping[str, SlotView]:
    """The first slot in which a citizen, or a visit of that shape, can begin an item, by office.

    Raises ItemUnknown.
    """
    item = await catalog.item(item_code)
    asked = (item.line, now, now + timedelta(days=90), now, shares_to_try(Share.ONLINE))
    rows = await database.fetch(
        f"""
        SELECT DISTINCT ON (office_code) *
          FROM ({_SLOTS.format(where=_BOOKABLE_NOW)}) bookable
         WHERE bookable.left > 0 ORDER BY office_code, starts_at
        """,  # noqa: S608 - constants only
        *asked,
    )
    length = timedelta(minutes=item.minutes)
    alone = shape is None or shape == VisitShape()
    tight = [
        row["office_code"]
        for row in rows
        if not alone or row["ends_at"] - row["starts_at"] < length
    ]
    found = {row["office_code"]: _slot(row) for row in rows if row["office_code"] not in tight}
    if tight:
        rows = await database.fetch(
            _SLOTS.format(where=f"{_BOOKABLE_NOW} AND slot.office_code = ANY($6::text[])")
            + "ORDER BY slot.office_code, slot.starts_at",
            *asked,
            tight,
        )
        for office_code, of_office in groupby(rows, key=lambda row: row["office_code"]):
            slots = [_slot(row) for row in of_office]
            narrowed = await _narrowed(slots, item, shape or VisitShape())
            first = next((one for one in narrowed if one.left), None)
            if first is not None:
                found[office_code] = first
    return found


def _slot(row: asyncpg.Record) -> SlotView:
    return SlotView(**{name: row[name] for name in SlotView.__struct_fields__})


async def visit_slot(
    office_code: str, item_code: str, slot_id: UUID, shape: VisitShape, now: datetime
) -> SlotView | None:
    """The slot, if a visit of this shape can begin in it now; else None.

    Raises ItemUnknown, OfficeUnknown.
    """
    starts_at = await database.fetchval("SELECT starts_at FROM slot WHERE id = $1", slot_id)
    if starts_at is None:
        return None
    day = local_date(starts_at)
    for slot in await availability(office_code, item_code, day, day, now, shape=shape):
        if slot.id == slot_id and slot.left and slot.released_at <= now:
            return slot
    return None
