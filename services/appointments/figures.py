"""How well a hall's bookable time was used, and where people found none."""

from collections.abc import Mapping
from datetime import date

from msgspec import Struct

from services.catalog import Line
from services.kernel import database


class BookingFigures(Struct, frozen=True, kw_only=True):
    """One line, or (`line` None) all of them, in a period of days that have begun.

    `seats` were open to booking, `used` of them were booked and not given back; of the appointments
    `kept` were kept, `missed` missed and `cancelled` cancelled.
    """

    line: Line | None
    seats: int
    used: int
    kept: int
    missed: int
    cancelled: int

    @property
    def used_share(self) -> float | None:
        """The share of the seats that was used; None without any seat."""
        return self.used / self.seats if self.seats else None

    @property
    def missed_share(self) -> float | None:
        """The share of those expected who did not come; None when nobody was."""
        expected = self.kept + self.missed
        return self.missed / expected if expected else None


class FullHour(Struct, frozen=True):
    """`people` found every place taken at this hour of the week (1 is Monday), for a line."""

    line: Line
    weekday: int
    hour: int
    people: int


_BY_LINE = """
    WITH slots AS (
        SELECT id, line FROM slot
         WHERE office_code = $1 AND closed_at IS NULL
           AND (starts_at AT TIME ZONE 'Asia/Shanghai')::date BETWEEN $2 AND $3),
    seats AS (
        SELECT slots.line, count(*) AS seats, count(*) FILTER (WHERE seat.state = 'booked') AS used
          FROM slots JOIN seat ON seat.slot_id = slots.id
         GROUP BY slots.line),
    outcomes AS (
        SELECT line,
               count(*) FILTER (WHERE status IN ('checked_in', 'completed')) AS kept,
               count(*) FILTER (WHERE status = 'no_show') AS missed,
               count(*) FILTER (WHERE status = 'cancelled') AS cancelled
          FROM appointment WHERE office_code = $1 AND day BETWEEN $2 AND $3
         GROUP BY line)
    SELECT line, sum(seats)::int AS seats, sum(used)::int AS used,
           coalesce(sum(kept), 0)::int AS kept, coalesce(sum(missed), 0)::int AS missed,
           coalesce(sum(cancelled), 0)::int AS cancelled
      FROM seats LEFT JOIN outcomes USING (line)
     GROUP BY GROUPING SETS ((line), ())
     ORDER BY line NULLS FIRST
"""

_FULL = """
    SELECT slot.line, extract(isodow FROM slot.starts_at AT TIME ZONE 'Asia/Shanghai')::int
               AS weekday,
           extract(hour FROM slot.starts_at AT TIME ZONE 'Asia/Shanghai')::int AS hour,
           sum(unmet_demand.people)::int AS people
      FROM unmet_demand JOIN slot ON slot.id = unmet_demand.slot_id
     WHERE slot.office_code = $1
       AND (slot.starts_at AT TIME ZONE 'Asia/Shanghai')::date BETWEEN $2 AND $3
     GROUP BY 1, 2, 3
"""

_WAITED = """
    SELECT line, count(*) AS people
      FROM waitlist_entry JOIN waitlist_office ON entry_id = waitlist_entry.id
     WHERE office_code = $1 AND first_day <= $3 AND last_day >= $2
     GROUP BY line
"""


async def booking_figures(office_code: str, first: date, last: date) -> tuple[BookingFigures, ...]:
    """All lines together, then each; empty for an office without slots in these days.

    The caller has authorised the reader for the office.
    """
    rows = await database.fetch(_BY_LINE, office_code, first, last)
    return tuple(
        BookingFigures(**{**dict(row), "line": Line(row["line"]) if row["line"] else None})
        for row in rows
        if row["seats"] is not None
    )


async def full_hours(office_code: str, first: date, last: date) -> tuple[FullHour, ...]:
    """At which hours how many people found every place taken."""
    rows = await database.fetch(_FULL, office_code, first, last)
    return tuple(
        FullHour(Line(row["line"]), row["weekday"], row["hour"], row["people"]) for row in rows
    )


async def waitlist_demand(office_code: str, first: date, last: date) -> Mapping[Line, int]:
    """How many people put themselves on the waiting list for these days, by line."""
    rows = await database.fetch(_WAITED, office_code, first, last)
    return {Line(row["line"]): row["people"] for row in rows}
