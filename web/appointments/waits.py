"""What pages say about the waiting list before one joins: whether it can work, and for how long."""

from datetime import date, datetime

from services import appointments, catalog
from services.catalog import Item
from services.kernel.clock import local_date


async def can_wait(
    item_code: str, now: datetime, day: date | None = None, office_code: str | None = None
) -> bool:
    """Whether one can wait for an item: on a day or on any, at a hall or at any."""
    first = day or local_date(now)
    last = day or first + appointments.LONGEST_WAIT
    offices = None if office_code is None else [office_code]
    item = await catalog.item(item_code)
    return await appointments.hindrance(item, first, last, now, offices) is None


async def kept_minutes(item: Item) -> int:
    """For how many minutes an offered place is kept, at least: halls have rules of their own."""
    rules = [
        await appointments.rule_for(one.code, item.line)
        for one in await catalog.offices()
        if item.line in one.lines
    ]
    return min((one.offer_minutes for one in rules), default=appointments.DEFAULT.offer_minutes)
