"""What administrators decide about days: the working calendar and an office's other hours."""

from datetime import date, datetime

from msgspec import Struct

from services import audit
from services.catalog.definitions import Period, Text
from services.catalog.sync_offices import replace_periods
from services.kernel.actor import Actor, ActorKind
from services.kernel.ids import new_id
from services.kernel.unit_of_work import unit_of_work

ADMINISTRATOR = "administrator"


class SetCalendarDay(Struct, frozen=True, kw_only=True):
    """Say whether `day` is worked; None goes back to the published calendar."""

    day: date
    working: bool | None
    note: str


class SetOpeningException(Struct, frozen=True, kw_only=True):
    """Give an office other hours on one day; without periods it is closed."""

    office_code: str
    day: date
    note: Text
    periods: tuple[Period, ...]


async def set_calendar_day(actor: Actor, command: SetCalendarDay, now: datetime) -> None:
    """Enter what the yearly notice on holidays says of a day. For administrators of all offices."""
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

    Raises OfficeUnknown, and PeriodsWrong when periods overlap or end before they begin.
    """
    _require_administrator(actor, command.office_code)
    async with unit_of_work() as uow:
        exception_id = await uow.fetchval(
            """
            INSERT INTO opening_exception (id, office_code, day, origin, note_zh, note_en)
            VALUES ($1, $2, $3, 'administrator', $4, $5)
            ON CONFLICT (office_code, day) DO UPDATE
               SET origin = 'administrator', note_zh = excluded.note_zh, note_en = excluded.note_en
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


def _require_administrator(actor: Actor, office_code: str | None = None) -> None:
    # The system is whoever may run commands on the machine.
    if actor.kind is not ActorKind.SYSTEM:
        actor.require_role(ADMINISTRATOR, office_code=office_code)
