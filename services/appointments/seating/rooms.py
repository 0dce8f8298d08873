"""The slots of one line and day with the seats left in them: what visits are fitted into."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from services.appointments.seating.fitting import Room
from services.appointments.seating.seats import CLAIMABLE
from services.appointments.states import Share
from services.kernel.unit_of_work import UnitOfWork

_AFTER = """
    SELECT slot.id, slot.starts_at, slot.ends_at
      FROM slot first
      JOIN slot ON slot.office_code = first.office_code AND slot.line = first.line
               AND slot.starts_at >= first.starts_at AND slot.closed_at IS NULL
               AND (slot.starts_at AT TIME ZONE 'Asia/Shanghai')::date
                 = (first.starts_at AT TIME ZONE 'Asia/Shanghai')::date
     WHERE first.id = $1 ORDER BY slot.starts_at FOR NO KEY UPDATE OF slot
"""
_LEFT = f"""
    SELECT slot_id, count(*) AS left FROM seat
     WHERE slot_id = ANY($1::uuid[]) AND share = ANY($2::text[]) AND {CLAIMABLE.format(now="$3")}
     GROUP BY slot_id
"""  # noqa: S608 - constants only


async def lock_rooms(
    uow: UnitOfWork, slot_id: UUID, shares: Sequence[Share], now: datetime
) -> list[Room]:
    """The slot and those of its line after it that day, with the seats of `shares` in them.

    Locks the slots, in order of time, so that of two visits that want the last seats one gets them
    all, rather than each some. A booking of a single seat takes no such lock and does not wait.
    """
    rows = await uow.fetch(_AFTER, slot_id)
    # Counted once the slots are locked: before, another visit may still be taking seats.
    return await with_left(uow, rows, shares, now)


async def with_left(
    uow: UnitOfWork, rows: Sequence[asyncpg.Record], shares: Sequence[Share], now: datetime
) -> list[Room]:
    """Slots (id, starts_at, ends_at) with the seats that can be had of `shares`."""
    counted = await uow.fetch(_LEFT, [row["id"] for row in rows], list(shares), now)
    left = {row["slot_id"]: row["left"] for row in counted}
    return [Room(**dict(row), left=left.get(row["id"], 0)) for row in rows]
