"""Reading what decides about an office's slots, and the slots as they are."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

import asyncpg

from services import catalog
from services.appointments.rulebook.rows import RULE_COLUMNS, RULE_OF, rule_from
from services.appointments.rules import Rule
from services.appointments.states import AppointmentStatus, ExceptionKind, SeatState, Share
from services.appointments.timetable.planner import Plan, SeatNow, Sitter, SlotNow, plan
from services.appointments.timetable.wanted import Calendar, Deviation, Hall, Template, wanted_slots
from services.kernel import database
from services.kernel.clock import local_date

# Working days beyond the last bookable one that get slots too, to be shown with their release.
SHOWN_AHEAD = 2
# Far enough back to count the days ahead of any rule, and forward over any holiday.
_LOOK_BACK = timedelta(days=180)
_WORKING_DAYS = 300


async def plan_for(office_code: str, now: datetime) -> Plan:
    """What has to be done at one office, as things stand in the current transaction."""
    calendar = await _calendar(now)
    rules = await _rules(office_code)
    present = await slots_now(office_code, list(rules), now)
    if not rules:
        return Plan(made=(), steps=())
    shown = max(calendar.last_shown(rule) for rule in rules.values())
    last = max([shown, *(local_date(slot.starts_at) for slot in present)])
    days = [calendar.today + timedelta(days=n) for n in range((last - calendar.today).days + 1)]
    hall = await _hall(office_code, rules, days)
    begun = await _begun(office_code, now)
    wanted = (
        slot
        for slot in wanted_slots(hall, calendar, days, now)
        if slot.starts_at >= begun.get(slot.line, now)
    )
    return plan(wanted, present, hall.receives)


async def _begun(office_code: str, now: datetime) -> Mapping[str, datetime]:
    """Until when each line is busy with the slot that has begun; nothing may lie across it."""
    rows = await database.fetch(
        """
        SELECT line, max(ends_at) AS until FROM slot
         WHERE office_code = $1 AND starts_at <= $2 AND ends_at > $2 AND closed_at IS NULL
         GROUP BY line
        """,
        office_code,
        now,
    )
    return {row["line"]: row["until"] for row in rows}


async def _calendar(now: datetime) -> Calendar:
    today = local_date(now)
    working_days = await catalog.working_days_ahead(today - _LOOK_BACK, _WORKING_DAYS)
    return Calendar(today, working_days, SHOWN_AHEAD)


async def _rules(office_code: str) -> Mapping[str, Rule]:
    """The rule of each line that has, or ever had, a schedule: the others' slots are left alone."""
    rows = await database.fetch(
        f"""
        SELECT s.line, {RULE_COLUMNS}
          FROM (SELECT $1::text AS office_code, line FROM schedule WHERE office_code = $1
                UNION SELECT $1, line FROM schedule_exception
                 WHERE office_code = $1 AND kind = 'hours') s
          {RULE_OF.format(of="s")}
        """,  # noqa: S608 - constants only
        office_code,
    )
    return {row["line"]: rule_from(row) for row in rows}


async def _hall(office_code: str, rules: Mapping[str, Rule], days: Sequence[date]) -> Hall:
    opening = await catalog.opening_days(office_code, days[0], days[-1])
    schedules = await database.fetch(
        "SELECT * FROM schedule WHERE office_code = $1 AND coalesce(valid_until, $2) >= $2"
        " ORDER BY line, weekday, starts",
        office_code,
        days[0],
    )
    exceptions = await database.fetch(
        "SELECT * FROM schedule_exception WHERE office_code = $1 AND last_day >= $2"
        " ORDER BY kind, first_day, starts",
        office_code,
        days[0],
    )
    windows: defaultdict[str, set[UUID]] = defaultdict(set)
    for window in await catalog.office_windows(office_code):
        for line in window.lines:
            windows[line].add(window.id)
    return Hall(
        code=office_code,
        rules=rules,
        open_at={
            day: [(period.opens, period.closes) for period in periods]
            for day, periods in opening.items()
        },
        weekly=[_template(row, row["weekday"], "valid_from", "valid_until") for row in schedules],
        special=[
            _template(row, None, "first_day", "last_day")
            for row in exceptions
            if row["kind"] == ExceptionKind.HOURS
        ],
        deviations=[_deviation(row) for row in exceptions if row["kind"] != ExceptionKind.HOURS],
        windows={line: frozenset(ids) for line, ids in windows.items()},
    )


def _template(row: asyncpg.Record, weekday: int | None, first: str, last: str) -> Template:
    return Template(
        line=row["line"],
        weekday=weekday,
        starts=row["starts"],
        ends=row["ends"],
        slot_minutes=row["slot_minutes"],
        seats=row["seats"],
        kept_telephone=row["kept_telephone"],
        kept_green_channel=row["kept_green_channel"],
        kept_on_site=row["kept_on_site"],
        valid_from=row[first],
        valid_until=row[last],
    )


def _deviation(row: asyncpg.Record) -> Deviation:
    return Deviation(
        kind=ExceptionKind(row["kind"]),
        line=row["line"],
        window_id=row["window_id"],
        first_day=row["first_day"],
        last_day=row["last_day"],
        starts=row["starts"],
        ends=row["ends"],
        seats_change=row["seats_change"],
    )


async def slots_now(office_code: str, lines: Sequence[str], now: datetime) -> list[SlotNow]:
    """The slots of some lines that have not begun, with their seats and who sits on them."""
    rows = await database.fetch(
        """
        SELECT slot.id AS slot_id, slot.line, slot.starts_at, slot.ends_at, slot.released_at,
               slot.closed_at, seat.id, seat.number, seat.share, seat.state, seat.leaving,
               a.id AS appointment_id, a.reference, a.booked_at, a.status,
               EXISTS (SELECT FROM displacement d
                        WHERE d.appointment_id = a.id
                          AND (d.status = 'waiting'
                               OR d.status = 'stuck' AND d.from_slot_id = a.slot_id)) AS waiting
          FROM slot
          LEFT JOIN seat ON seat.slot_id = slot.id
          LEFT JOIN appointment lead
            ON lead.seat_id = seat.id AND lead.status IN ('booked', 'checked_in')
          LEFT JOIN appointment a
            ON a.id = coalesce(lead.id, seat.extra_of) AND a.status IN ('booked', 'checked_in')
         WHERE slot.office_code = $1 AND slot.line = ANY($2::text[]) AND slot.starts_at > $3
         ORDER BY slot.starts_at, slot.line, slot.id, seat.number
        """,
        office_code,
        list(lines),
        now,
    )
    seats: defaultdict[UUID, list[SeatNow]] = defaultdict(list)
    slots: dict[UUID, asyncpg.Record] = {}
    for row in rows:
        slots[row["slot_id"]] = row
        if row["id"] is not None:
            seats[row["slot_id"]].append(_seat(row))
    return [
        SlotNow(
            id=slot_id,
            line=row["line"],
            starts_at=row["starts_at"],
            ends_at=row["ends_at"],
            released_at=row["released_at"],
            closed=row["closed_at"] is not None,
            seats=tuple(seats[slot_id]),
        )
        for slot_id, row in slots.items()
    ]


def _seat(row: asyncpg.Record) -> SeatNow:
    sitter = None
    if row["appointment_id"] is not None:
        sitter = Sitter(
            appointment_id=row["appointment_id"],
            reference=row["reference"],
            booked_at=row["booked_at"],
            movable=row["status"] == AppointmentStatus.BOOKED,
            waiting=row["waiting"],
        )
    return SeatNow(
        id=row["id"],
        number=row["number"],
        share=Share(row["share"]),
        state=SeatState(row["state"]),
        leaving=row["leaving"],
        sitter=sitter,
    )
