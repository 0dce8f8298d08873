"""What administrators decide about days: the working calendar and an office's other hours."""

from datetime import date, datetime

from msgspec import Struct

from services import audit
from services.catalog.definitions import Period, Text
from services.catalog.sync_offices import replace_periods
from services.identity import Role
from services.kernel.actor import Actor, ActorKind
from services.kernel.ids import new_id
from services.kernel.unit_of_work import unit_of_work

ADMINISTRATOR = Role.ADMINISTRATOR
SUPERVISOR = Role.SUPERVISOR


class SetCalendarDay(Struct, frozen=True, kw_only=True, tag="calendar_day"):
    """Say whether `day` is worked; None goes back to the published calendar."""

    day: date
    working: bool | None
    note: str


class SetOpeningException(Struct, frozen=True, kw_only=True, tag="opening_exception"):
    """Give an office other hours on one day; without periods it is closed."""

    office_code: str
    day: date
    note: Text
    periods: tuple[Period, ...]


async def set_calendar_day(actor: Actor, command: SetCalendarDay, now: datetime) -> None:
    """Enter what the yearly notice on holidays says of a day. For administrators."""
    _require_administrator(actor)
    async with unit_of_work() as uow:
        if command.working is None:
            await uow.execute("DELETE FROM calendar_day WHERE day = $1", command.day)
        else:
            await uow.execute(
                """
                INSERT INTO calendar_day (day, working, note) VALUES ($1, $2, $3)
                ON CONFLICT (day) DO UPDATE SET working = excluded.working, note = excluded.note
                """,
                command.day,
                command.working,
                command.note,
            )
        await audit.record(
            actor,
            "catalog.calendar_day_set",
            subject="calendar_day",
            subject_id=command.day.isoformat(),
            data={"working": command.working},
            now=now,
        )


async def set_opening_exception(actor: Actor, command: SetOpeningException, now: datetime) -> None:
    """Enter or replace an office's other hours on one day; later syncs leave them alone.

    For administrators, and supervisors at their own office.

    Raises OfficeUnknown, and PeriodsWrong when periods overlap or end before they begin.
    """
    if actor.kind is not ActorKind.SYSTEM:
        actor.require_role(ADMINISTRATOR, SUPERVISOR, office_code=command.office_code)
    async with unit_of_work() as uow:
        exception_id = await uow.fetchval(
            """
            INSERT INTO opening_exception (id, office_code, day, origin, note_zh, note_en)
            VALUES ($1, $2, $3, 'administrator', $4, $5)
            ON CONFLICT (office_code, day, origin) DO UPDATE
               SET note_zh = excluded.note_zh, note_en = excluded.note_en
            RETURNING id
            """,
            new_id(),
            command.office_code,
            command.day,
            command.note.zh,
            command.note.en,
        )
        await replace_periods(uow, exception_id, command.periods)
        await audit.record(
            actor,
            "catalog.opening_exception_set",
            subject="office",
            subject_id=command.office_code,
            office_code=command.office_code,
            data={"day": command.day.isoformat(), "periods": len(command.periods)},
            now=now,
        )


async def remove_opening_exception(
    actor: Actor, office_code: str, day: date, now: datetime
) -> None:
    """Take back what `set_opening_exception` entered; the ordinary hours hold again.

    An exception of the catalogue's files for that day holds then, too. For the same roles. Does
    nothing when nothing was entered.
    """
    if actor.kind is not ActorKind.SYSTEM:
        actor.require_role(ADMINISTRATOR, SUPERVISOR, office_code=office_code)
    async with unit_of_work() as uow:
        removed = await uow.execute(
            """
            DELETE FROM opening_exception
             WHERE office_code = $1 AND day = $2 AND origin = 'administrator'
            """,
            office_code,
            day,
        )
        if removed:
            await audit.record(
                actor,
                "catalog.opening_exception_removed",
                subject="office",
                subject_id=office_code,
                office_code=office_code,
                data={"day": day.isoformat()},
                now=now,
            )


def _require_administrator(actor: Actor) -> None:
    # The system is whoever may run commands on the machine.
    if actor.kind is not ActorKind.SYSTEM:
        actor.require_role(ADMINISTRATOR)
