"""Four weeks of numbers that were called and served, so that the statistics have something to say.

Written straight into the table: a month of mornings through the operations would take minutes, and
every row passes the constraints that the operations stand on.
"""

import random
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from banshi.demo.identity import HALL
from services import catalog, identity
from services.catalog import Line
from services.kernel.clock import local_date, local_moment
from services.kernel.ids import new_id
from services.kernel.unit_of_work import unit_of_work

DAYS = 28
# People an hour from eight o'clock on, by line: the morning is the rush.
ARRIVALS = {
    Line.HOUSEHOLD: (12, 20, 16, 8, 0, 0, 9, 12, 7),
    Line.VEHICLE: (5, 8, 7, 4, 0, 0, 4, 5, 3),
    Line.EXIT_ENTRY: (3, 4, 4, 2, 0, 0, 3, 3, 1),
}
LETTERS = {Line.HOUSEHOLD: "H", Line.VEHICLE: "V", Line.EXIT_ENTRY: "E"}
OPENS = 8
MONDAYS_MORE = 1.7
MISSED, LEFT = 0.04, 0.03

_INSERT = """
    INSERT INTO ticket (id, office_code, line, day, number, kind, priority, status, checked_in_at,
                        order_at, in_line_at, window_id, called_by, called_at, call_count,
                        started_at, ended_at, outcome, version)
    VALUES ($1, $2, $3, $4, $5, 'walk_in', 'normal', $6, $7, $7, $7, $8, $9, $10, $11, $12, $13,
            CASE WHEN $6 = 'finished' THEN 'done' END, 0)
"""


async def seed(now: datetime) -> None:
    """Add the past weeks, unless they are there."""
    today = local_date(now)
    days = [today - timedelta(days=back) for back in range(DAYS, 0, -1)]
    async with unit_of_work() as uow:
        if await uow.fetchval("SELECT EXISTS (SELECT FROM ticket WHERE day < $1)", today):
            return
        clerks = [await identity.staff_by_username(name) for name in ("clerk", "clerk2")]
        for day in days:
            if await catalog.opening_periods(HALL, day):
                for line in ARRIVALS:
                    windows = [
                        window.id
                        for window in await catalog.office_windows(HALL)
                        if line in window.lines
                    ]
                    rows = _day(day, line, windows, [one.id for one in clerks])
                    await uow.connection.executemany(_INSERT, rows)


def _day(
    day: date, line: Line, windows: Sequence[UUID], clerks: Sequence[UUID]
) -> Iterator[tuple[object, ...]]:
    """One line's day: whoever comes is called when a window is free, in the order of arrival."""
    chance = random.Random(f"{day}{line}")  # noqa: S311 - the same demonstration every time
    opening = local_moment(day, datetime.min.time())
    more = MONDAYS_MORE if day.isoweekday() == 1 else 1.0
    arrivals = sorted(
        opening + timedelta(hours=OPENS + hour, seconds=chance.randrange(3600))
        for hour, people in enumerate(ARRIVALS[line])
        for _ in range(round(people * more * chance.uniform(0.7, 1.2)))
    )
    free_at = [arrivals[0]] * len(windows)
    for count, arrived in enumerate(arrivals, start=1):
        place = min(range(len(windows)), key=free_at.__getitem__)
        called = max(arrived, free_at[place]) + timedelta(seconds=chance.randrange(5, 40))
        number, fate = f"{LETTERS[line]}{count:03}", chance.random()
        key = (new_id(), HALL, line, day, number)
        caller = (windows[place], clerks[place % len(clerks)], called)
        if fate < LEFT:
            left = arrived + timedelta(minutes=chance.randrange(5, 40))
            yield (*key, "cancelled", arrived, None, None, None, 0, None, left)
        elif fate < LEFT + MISSED:
            free_at[place] = called + timedelta(minutes=2)
            yield (*key, "skipped", arrived, *caller, 3, None, free_at[place])
        else:
            started = called + timedelta(seconds=chance.randrange(20, 90))
            free_at[place] = started + timedelta(minutes=chance.lognormvariate(2.1, 0.5))
            yield (*key, "finished", arrived, *caller, 1, started, free_at[place])
