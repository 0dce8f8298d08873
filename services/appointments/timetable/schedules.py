"""The weekly schedules that slots are made from: adding, changing, ending and copying them."""

from datetime import date, datetime, time, timedelta
from uuid import UUID

import asyncpg
from msgspec import Struct

from services import audit, catalog
from services.appointments.timetable.errors import ScheduleUnknown, ScheduleWrong
from services.catalog import Line
from services.identity import Role
from services.kernel import database
from services.kernel.actor import Actor, ActorKind
from services.kernel.ids import new_id
from services.kernel.unit_of_work import UnitOfWork, unit_of_work

DAY = timedelta(days=1)


class Figures(Struct, frozen=True, kw_only=True):
    """Equal slots from `starts` to `ends`, local clock times.

    `seats` counts all seats of a slot; the kept ones are among them.
    """

    starts: time
    ends: time
    slot_minutes: int
    seats: int
    kept_telephone: int = 0
    kept_green_channel: int = 0
    kept_on_site: int = 0


class AddSchedule(Figures, frozen=True, kw_only=True, tag="add_schedule"):
    """Equal slots of one line at one office, every such weekday.

    `valid_until` is the last day, None for no end.
    """

    office_code: str
    line: Line
    weekday: int
    valid_from: date
    valid_until: date | None = None


class ChangeSchedule(Figures, frozen=True, kw_only=True, tag="change_schedule"):
    """Other figures for a schedule from a day on; what held before stays as it was."""

    office_code: str
    schedule_id: UUID
    from_day: date


class EndSchedule(Struct, frozen=True, kw_only=True, tag="end_schedule"):
    """Let a schedule end: `last_day` is the last on which it holds."""

    office_code: str
    schedule_id: UUID
    last_day: date


class CopySchedules(Struct, frozen=True, kw_only=True, tag="copy_schedules"):
    """Let other weekdays, lines or offices have the schedules of one weekday and line.

    From `valid_from` on, in place of what they had.
    """

    office_code: str
    line: Line
    weekday: int
    valid_from: date
    to_offices: tuple[str, ...]
    to_lines: tuple[Line, ...]
    to_weekdays: tuple[int, ...]


class Schedule(Figures, frozen=True, kw_only=True):
    """A weekly schedule as it stands."""

    id: UUID
    office_code: str
    line: Line
    weekday: int
    valid_from: date
    valid_until: date | None


async def schedules_of(office_code: str, today: date) -> list[Schedule]:
    """The schedules that hold on `today` or later, by line, weekday and time."""
    rows = await database.fetch(
        """
        SELECT * FROM schedule WHERE office_code = $1 AND coalesce(valid_until, $2) >= $2
         ORDER BY line, weekday, starts, valid_from
        """,
        office_code,
        today,
    )
    return [_schedule(row) for row in rows]


async def schedule(office_code: str, schedule_id: UUID) -> Schedule:
    """One schedule of an office. Raises ScheduleUnknown."""
    row = await database.fetchrow(
        "SELECT * FROM schedule WHERE id = $1 AND office_code = $2", schedule_id, office_code
    )
    if row is None:
        raise ScheduleUnknown
    return _schedule(row)


def _schedule(row: asyncpg.Record) -> Schedule:
    fields = {name: row[name] for name in Schedule.__struct_fields__ if name != "line"}
    return Schedule(line=Line(row["line"]), **fields)


async def add_schedule(actor: Actor, command: AddSchedule, now: datetime) -> UUID:
    """Add a schedule; its slots appear with the next generation. For administrators.

    Raises ScheduleWrong for a line not served there or a figure out of range, ScheduleOverlaps,
    and OfficeUnknown.
    """
    require_administrator(actor, command.office_code)
    await _require_line(command.office_code, command.line)
    async with unit_of_work() as uow:
        schedule_id = await _insert(
            uow,
            command,
            office_code=command.office_code,
            line=command.line,
            weekday=command.weekday,
            valid=(command.valid_from, command.valid_until),
        )
        await audit.record(
            actor,
            "appointment.schedule_added",
            subject="schedule",
            subject_id=schedule_id,
            office_code=command.office_code,
            data={"line": command.line, "weekday": command.weekday, "seats": command.seats},
            now=now,
        )
    return schedule_id


async def change_schedule(actor: Actor, command: ChangeSchedule, now: datetime) -> None:
    """Give a schedule other figures from a day on. For administrators.

    Raises ScheduleUnknown, ScheduleWrong and ScheduleOverlaps.
    """
    require_administrator(actor, command.office_code)
    async with unit_of_work() as uow:
        found = await schedule(command.office_code, command.schedule_id)
        since = max(command.from_day, found.valid_from)
        if found.valid_until is not None and since > found.valid_until:
            raise ScheduleWrong
        await _end(uow, found, since - DAY)
        await _insert(
            uow,
            command,
            office_code=found.office_code,
            line=found.line,
            weekday=found.weekday,
            valid=(since, found.valid_until),
        )
        await audit.record(
            actor,
            "appointment.schedule_changed",
            subject="schedule",
            subject_id=found.id,
            office_code=found.office_code,
            data={"from_day": since.isoformat(), "seats": command.seats},
            now=now,
        )


async def end_schedule(actor: Actor, command: EndSchedule, now: datetime) -> None:
    """Let a schedule end; before its first day means that it never was. For administrators.

    Raises ScheduleUnknown, and ScheduleWrong when it has ended by then.
    """
    require_administrator(actor, command.office_code)
    async with unit_of_work() as uow:
        found = await schedule(command.office_code, command.schedule_id)
        if found.valid_until is not None and command.last_day > found.valid_until:
            raise ScheduleWrong
        await _end(uow, found, command.last_day)
        await audit.record(
            actor,
            "appointment.schedule_ended",
            subject="schedule",
            subject_id=found.id,
            office_code=found.office_code,
            data={"last_day": command.last_day.isoformat()},
            now=now,
        )


async def copy_schedules(actor: Actor, command: CopySchedules, now: datetime) -> None:
    """Copy a weekday's schedules of a line, in place of what stands there. For administrators.

    Raises ScheduleUnknown for nothing to copy, ScheduleWrong for a line not served, OfficeUnknown.
    """
    for office_code in {command.office_code, *command.to_offices}:
        require_administrator(actor, office_code)
    originals = [
        one
        for one in await schedules_of(command.office_code, command.valid_from)
        if one.line is command.line and one.weekday == command.weekday
    ]
    if not originals:
        raise ScheduleUnknown
    targets = [
        (office_code, line, weekday)
        for office_code in command.to_offices
        for line in command.to_lines
        for weekday in command.to_weekdays
        if (office_code, line, weekday) != (command.office_code, command.line, command.weekday)
    ]
    if not targets:
        raise ScheduleWrong
    async with unit_of_work() as uow:
        for office_code, line, weekday in targets:
            await _require_line(office_code, line)
            for old in await schedules_of(office_code, command.valid_from):
                if old.line is line and old.weekday == weekday:
                    await _end(uow, old, command.valid_from - DAY)
            for one in originals:
                valid = (max(one.valid_from, command.valid_from), one.valid_until)
                await _insert(
                    uow, one, office_code=office_code, line=line, weekday=weekday, valid=valid
                )
            await audit.record(
                actor,
                "appointment.schedules_copied",
                subject="office",
                subject_id=office_code,
                office_code=office_code,
                data={"from": command.office_code, "line": line, "weekday": weekday},
                now=now,
            )


async def _insert(
    uow: UnitOfWork,
    figures: Figures,
    *,
    office_code: str,
    line: Line,
    weekday: int,
    valid: tuple[date, date | None],
) -> UUID:
    schedule_id = new_id()
    await uow.execute(
        """
        INSERT INTO schedule
               (id, office_code, line, weekday, starts, ends, slot_minutes, seats,
                kept_telephone, kept_green_channel, kept_on_site, valid_from, valid_until)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
        """,
        schedule_id,
        office_code,
        line,
        weekday,
        figures.starts,
        figures.ends,
        figures.slot_minutes,
        figures.seats,
        figures.kept_telephone,
        figures.kept_green_channel,
        figures.kept_on_site,
        *valid,
    )
    return schedule_id


async def _end(uow: UnitOfWork, found: Schedule, last_day: date) -> None:
    """Shorten a schedule. Raises ScheduleUnknown when somebody has just taken it away."""
    if last_day < found.valid_from:
        touched = await uow.execute("DELETE FROM schedule WHERE id = $1", found.id)
    else:
        touched = await uow.execute(
            "UPDATE schedule SET valid_until = $2 WHERE id = $1", found.id, last_day
        )
    if not touched:
        raise ScheduleUnknown


async def _require_line(office_code: str, line: Line) -> None:
    if line not in (await catalog.office(office_code)).lines:
        raise ScheduleWrong


def require_administrator(actor: Actor, office_code: str) -> None:
    """Raise unless the actor administers the office, or is the system."""
    if actor.kind is not ActorKind.SYSTEM:
        actor.require_role(Role.ADMINISTRATOR, office_code=office_code)
