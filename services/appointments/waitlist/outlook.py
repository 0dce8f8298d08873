"""Whether waiting can lead to anything: what stands in its way, said before and when one joins."""

from collections.abc import Sequence
from datetime import date, datetime

from services.appointments.rulebook.rows import RULE_OF
from services.appointments.rules import DEFAULT
from services.appointments.seating.days import days
from services.appointments.waitlist.errors import (
    NothingReleased,
    NothingReturns,
    RoomNow,
    TooLongToWait,
)
from services.catalog import Item
from services.kernel import database
from services.kernel.clock import local_date
from services.kernel.errors import DomainError


async def hindrance(
    item: Item,
    first: date,
    last: date,
    now: datetime,
    office_codes: Sequence[str] | None = None,
) -> DomainError | None:
    """Why nobody can wait for an item on these days, at these offices or at any; None if one can.

    NothingReturns, NothingReleased or TooLongToWait, or RoomNow, which says where there is room.
    """
    found = await days(item.code, first, last, now, office_codes=office_codes)
    if not found:
        return NothingReturns()
    released = [one for one in found if one.released_at <= now]
    if room := next((one for one in released if one.left), None):
        return RoomNow(office_code=room.office_code, day=room.day)
    if not await _fits(item, first, last, now, office_codes):
        return TooLongToWait()
    return None if released else NothingReleased()


async def _fits(
    item: Item, first: date, last: date, now: datetime, office_codes: Sequence[str] | None
) -> bool:
    """Whether one bookable slot is long enough: several that adjoin are not offered."""
    return bool(
        await database.fetchval(
            f"""
            SELECT EXISTS (
                SELECT FROM slot {RULE_OF.format(of="slot")}
                 WHERE ($1::text[] IS NULL OR slot.office_code = ANY($1::text[]))
                   AND slot.line = $2 AND slot.closed_at IS NULL
                   AND (starts_at AT TIME ZONE 'Asia/Shanghai')::date BETWEEN $4 AND $5
                   AND (starts_at AT TIME ZONE 'Asia/Shanghai')::date
                       >= $3::date + coalesce(rule.days_before, {DEFAULT.days_before})
                   AND starts_at > $7
                   AND ends_at - starts_at >= make_interval(mins => $6))
            """,  # noqa: S608 - constants only
            None if office_codes is None else list(office_codes),
            item.line,
            local_date(now),
            first,
            last,
            item.minutes,
            now,
        )
    )
