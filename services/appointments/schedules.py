"""The weekly schedules that slots are made from."""

from datetime import date, datetime, time
from uuid import UUID

from msgspec import Struct

from services import audit, catalog
from services.appointments.errors import ScheduleWrong
from services.catalog import Line
from services.identity import Role
from services.kernel.actor import Actor, ActorKind
from services.kernel.ids import new_id
from services.kernel.unit_of_work import unit_of_work


class AddSchedule(Struct, frozen=True, kw_only=True):
    """Equal slots of one line at one office, every such weekday; local clock times.

    `seats` counts all seats of a slot; the kept ones are among them. `valid_until` is the last
    day, None for no end.
    """

    office_code: str
    line: Line
    weekday: int
    starts: time
    ends: time
    slot_minutes: int
    seats: int
    valid_from: date
    kept_telephone: int = 0
    kept_green_channel: int = 0
    kept_on_site: int = 0
    valid_until: date | None = None


async def add_schedule(actor: Actor, command: AddSchedule, now: datetime) -> UUID:
    """Add a schedule; its slots appear with the next generation. For administrators.

    Raises:
        ScheduleWrong: The line is not served there, or a figure is out of its range.
        ScheduleOverlaps: Another schedule of the line holds some of the time.
        OfficeUnknown: There is no such office.
    """
    if actor.kind is not ActorKind.SYSTEM:
        actor.require_role(Role.ADMINISTRATOR, office_code=command.office_code)
    office = await catalog.office(command.office_code)
    if command.line not in office.lines:
        raise ScheduleWrong
    schedule_id = new_id()
    async with unit_of_work() as uow:
        await uow.execute(
            """
            INSERT INTO schedule
                   (id, office_code, line, weekday, starts, ends, slot_minutes, seats,
                    kept_telephone, kept_green_channel, kept_on_site, valid_from, valid_until)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
            """,
            schedule_id,
            office.code,
            command.line,
            command.weekday,
            command.starts,
            command.ends,
            command.slot_minutes,
            command.seats,
            command.kept_telephone,
            command.kept_green_channel,
            command.kept_on_site,
            command.valid_from,
            command.valid_until,
        )
        await audit.record(
            actor,
            "appointment.schedule_added",
            subject="schedule",
            subject_id=schedule_id,
            office_code=office.code,
            data={"line": command.line, "weekday": command.weekday, "seats": command.seats},
            now=now,
        )
    return schedule_id
