"""How full an office is: seats and those used, by day and by slot."""

from datetime import date, datetime, time, timedelta
from uuid import UUID

from msgspec import Struct

from services.appointments.timetable.closures import CLOSING_ROLES
from services.catalog import Line
from services.kernel import database
from services.kernel.actor import Actor
from services.kernel.clock import local_moment


class DayLoad(Struct, frozen=True, kw_only=True):
    """One day: the seats of its open slots, and how many seats are booked, closed slots' too."""

    day: date
    seats: int
    booked: int


class SlotLoad(Struct, frozen=True, kw_only=True):
    """One slot, open or closed."""

    id: UUID
    line: Line
    starts_at: datetime
    ends_at: datetime
    closed: bool
    seats: int
    booked: int


async def day_loads(actor: Actor, office_code: str, first: date, last: date) -> list[DayLoad]:
    """The days from `first` to `last` that have slots. For those who may close there."""
    actor.require_role(*CLOSING_ROLES, office_code=office_code)
    rows = await database.fetch(
        """
        SELECT (slot.starts_at AT TIME ZONE 'Asia/Shanghai')::date AS day,
               count(*) FILTER (WHERE slot.closed_at IS NULL AND seat.state <> 'withdrawn')
                   AS seats,
               count(*) FILTER (WHERE seat.state = 'booked') AS booked
          FROM slot JOIN seat ON seat.slot_id = slot.id
         WHERE slot.office_code = $1 AND slot.starts_at >= $2 AND slot.starts_at < $3
         GROUP BY 1 ORDER BY 1
        """,
        office_code,
        local_moment(first, time()),
        local_moment(last + timedelta(days=1), time()),
    )
    return [DayLoad(day=row["day"], seats=row["seats"], booked=row["booked"]) for row in rows]


async def slot_loads(actor: Actor, office_code: str, day: date) -> list[SlotLoad]:
    """The slots of one day by line and time; closed ones while somebody has a seat in them."""
    actor.require_role(*CLOSING_ROLES, office_code=office_code)
    rows = await database.fetch(
        """
        SELECT slot.id, slot.line, slot.starts_at, slot.ends_at,
               slot.closed_at IS NOT NULL AS closed,
               count(*) FILTER (WHERE seat.state <> 'withdrawn') AS seats,
               count(*) FILTER (WHERE seat.state = 'booked') AS booked
          FROM slot JOIN seat ON seat.slot_id = slot.id
         WHERE slot.office_code = $1 AND slot.starts_at >= $2 AND slot.starts_at < $3
         GROUP BY slot.id
        HAVING slot.closed_at IS NULL OR count(*) FILTER (WHERE seat.state = 'booked') > 0
         ORDER BY slot.line, slot.starts_at
        """,
        office_code,
        local_moment(day, time()),
        local_moment(day + timedelta(days=1), time()),
    )
    return [
        SlotLoad(
            id=row["id"],
            line=Line(row["line"]),
            starts_at=row["starts_at"],
            ends_at=row["ends_at"],
            closed=row["closed"],
            seats=row["seats"],
            booked=row["booked"],
        )
        for row in rows
    ]
