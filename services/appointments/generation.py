"""Making slots ahead of time, and keeping them in step with rules, calendar and opening hours."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from itertools import groupby
from uuid import UUID

import asyncpg
from msgspec import Struct

from services import audit, catalog
from services.appointments.facts import RULE_COLUMNS, RULE_OF, rule_from
from services.appointments.rules import (
    Rule,
    Stretch,
    is_within,
    release_moment,
    shares_of_seats,
    stretches,
    weekday_kept,
)
from services.appointments.states import Share
from services.kernel import database
from services.kernel.actor import SYSTEM
from services.kernel.clock import local_date, local_moment, to_local
from services.kernel.ids import new_id
from services.kernel.unit_of_work import UnitOfWork, unit_of_work

# Working days beyond the last bookable one that get slots too, to be shown with their release.
SHOWN_AHEAD = 2
# Far enough back to count the days ahead of any rule, and forward over any holiday.
_LOOK_BACK = timedelta(days=180)
_WORKING_DAYS = 300
# One generator an office at a time; any constant that nothing else uses.
_LOCK = 0x736C6F74

OpenAt = Mapping[date, list[tuple[time, time]]]


class Calendar(Struct, frozen=True):
    """The working days around today, in order."""

    today: date
    working_days: tuple[date, ...]

    def works(self, day: date) -> bool:
        """Whether `day` is worked."""
        return day in self.working_days

    def last_shown(self, rule: Rule) -> date:
        """The last day that gets slots under `rule`."""
        ahead = [day for day in self.working_days if day > self.today]
        return ahead[rule.days_ahead + SHOWN_AHEAD - 1]


class Hall(Struct, frozen=True, kw_only=True):
    """What holds at one office: each line's rule, and when the doors are open on each day."""

    code: str
    rules: Mapping[str, Rule]
    open_at: OpenAt

    def is_open(self, starts_at: datetime, ends_at: datetime) -> bool:
        """Whether the doors are open for the whole of a slot."""
        starts, ends = to_local(starts_at), to_local(ends_at)
        periods = self.open_at.get(starts.date(), [])
        return is_within(Stretch(starts.time(), ends.time()), periods)


class PlannedSlot(Struct, frozen=True, kw_only=True):
    """A slot that a schedule asks for."""

    line: str
    starts_at: datetime
    ends_at: datetime
    released_at: datetime
    shares: list[Share]


async def generate_slots(now: datetime) -> int:
    """Make the slots that the schedules ask for from `now` on; the number made.

    Slots that are there already stay. Their release follows a changed rule, and they close when
    the calendar or the opening hours say that the office will be closed, and open again when it
    will not. Run as often as one likes; an office at which another worker is busy is left to it.
    """
    today = local_date(now)
    working_days = await catalog.working_days_ahead(today - _LOOK_BACK, _WORKING_DAYS)
    calendar = Calendar(today, working_days)
    rows = await database.fetch(
        f"""
        SELECT s.*, {RULE_COLUMNS} FROM schedule s {RULE_OF.format(of="s")}
         WHERE s.valid_until IS NULL OR s.valid_until >= $1
         ORDER BY s.office_code, s.line, s.weekday, s.starts
        """,  # noqa: S608 - constants only
        today,
    )
    made = 0
    for office_code, schedules in groupby(rows, key=lambda row: str(row["office_code"])):
        made += await _generate_for(office_code, list(schedules), calendar, now)
    return made


async def _generate_for(
    office_code: str, schedules: Sequence[asyncpg.Record], calendar: Calendar, now: datetime
) -> int:
    rules = {row["line"]: rule_from(row) for row in schedules}
    last = max(calendar.last_shown(rule) for rule in rules.values())
    days = [calendar.today + timedelta(days=n) for n in range((last - calendar.today).days + 1)]
    open_at = {
        day: [
            (period.opens, period.closes)
            for period in await catalog.opening_periods(office_code, day)
        ]
        for day in days
    }
    hall = Hall(code=office_code, rules=rules, open_at=open_at)
    planned = [
        slot
        for row in schedules
        for day in days
        if day <= calendar.last_shown(rules[row["line"]])
        for slot in _planned(row, rules[row["line"]], day, calendar)
        if slot.starts_at > now and hall.is_open(slot.starts_at, slot.ends_at)
    ]
    async with unit_of_work() as uow:
        alone = await uow.fetchval(
            "SELECT pg_try_advisory_xact_lock($1, hashtext($2))", _LOCK, office_code
        )
        if not alone:
            return 0
        made = await _insert(uow, office_code, planned)
        mended = await _mend(uow, hall, calendar, now)
        if made or mended:
            await audit.record(
                SYSTEM,
                "appointment.slots_generated",
                subject="office",
                subject_id=office_code,
                office_code=office_code,
                data={"made": made, "mended": mended},
                now=now,
            )
    return made


def _planned(row: asyncpg.Record, rule: Rule, day: date, calendar: Calendar) -> list[PlannedSlot]:
    if weekday_kept(day, works=calendar.works(day)) != row["weekday"]:
        return []
    if day < row["valid_from"] or (row["valid_until"] and day > row["valid_until"]):
        return []
    shares = shares_of_seats(
        row["seats"],
        telephone=row["kept_telephone"],
        green_channel=row["kept_green_channel"],
        on_site=row["kept_on_site"],
    )
    released_at = release_moment(day, rule, calendar.working_days)
    return [
        PlannedSlot(
            line=row["line"],
            starts_at=local_moment(day, stretch.starts),
            ends_at=local_moment(day, stretch.ends),
            released_at=released_at,
            shares=shares,
        )
        for stretch in stretches(row["starts"], row["ends"], row["slot_minutes"])
    ]


async def _insert(uow: UnitOfWork, office_code: str, planned: Sequence[PlannedSlot]) -> int:
    by_id = {new_id(): slot for slot in planned}
    rows = await uow.fetch(
        """
        INSERT INTO slot (id, office_code, line, starts_at, ends_at, released_at)
        SELECT id, $1, line, starts_at, ends_at, released_at
          FROM unnest($2::uuid[], $3::text[], $4::timestamptz[], $5::timestamptz[],
                      $6::timestamptz[]) AS new (id, line, starts_at, ends_at, released_at)
            ON CONFLICT DO NOTHING
        RETURNING id
        """,
        office_code,
        list(by_id),
        [slot.line for slot in planned],
        [slot.starts_at for slot in planned],
        [slot.ends_at for slot in planned],
        [slot.released_at for slot in planned],
    )
    seats: list[tuple[UUID, UUID, int, Share]] = [
        (new_id(), row["id"], number, share)
        for row in rows
        for number, share in enumerate(by_id[row["id"]].shares, start=1)
    ]
    await uow.execute(
        """
        INSERT INTO seat (id, slot_id, number, share, state)
        SELECT id, slot_id, number, share, 'free'
          FROM unnest($1::uuid[], $2::uuid[], $3::smallint[], $4::text[])
               AS new (id, slot_id, number, share)
        """,
        *([list(column) for column in zip(*seats, strict=True)] or [[], [], [], []]),
    )
    return len(rows)


async def _mend(uow: UnitOfWork, hall: Hall, calendar: Calendar, now: datetime) -> int:
    """Bring the release and the closing of slots that lie ahead up to date; the number changed."""
    rows = await uow.fetch(
        """
        SELECT id, line, starts_at, ends_at, released_at, closed_at FROM slot
         WHERE office_code = $1 AND starts_at > $2 AND line = ANY($3::text[])
        """,
        hall.code,
        now,
        list(hall.rules),
    )
    changed = []
    for row in rows:
        day = local_date(row["starts_at"])
        if day not in hall.open_at:
            continue
        opened = hall.is_open(row["starts_at"], row["ends_at"])
        closed_at = None if opened else row["closed_at"] or now
        released_at = release_moment(day, hall.rules[row["line"]], calendar.working_days)
        if (closed_at, released_at) != (row["closed_at"], row["released_at"]):
            changed.append((row["id"], closed_at, released_at))
    await uow.connection.executemany(
        "UPDATE slot SET closed_at = $2, released_at = $3 WHERE id = $1", changed
    )
    return len(changed)
