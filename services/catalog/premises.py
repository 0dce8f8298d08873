"""What administrators say of an office: its data, its ordinary week, its windows.

From the first change on, the catalogue's files leave the office alone.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from msgspec import Struct

from services import audit
from services.catalog.definitions import Period, Text
from services.catalog.errors import OfficeUnknown, WindowUnknown, WindowWrong
from services.catalog.offices import Window
from services.catalog.states import Line
from services.identity import Role
from services.kernel import database
from services.kernel.actor import Actor, ActorKind
from services.kernel.ids import new_id
from services.kernel.unit_of_work import UnitOfWork, unit_of_work


class SetOffice(Struct, frozen=True, kw_only=True):
    """An office's name, address and telephone as everybody sees them."""

    office_code: str
    name: Text
    district: Text
    address: Text
    directions: Text
    phone: str


class SetWeek(Struct, frozen=True, kw_only=True, tag="week"):
    """An office's ordinary opening hours by weekday (1 is Monday); a closed one is absent."""

    office_code: str
    periods: Mapping[int, tuple[Period, ...]]


class SetWindow(Struct, frozen=True, kw_only=True):
    """A window as it is to be: a new one without `window_id`."""

    office_code: str
    number: int
    name: Text
    lines: tuple[Line, ...]
    in_service: bool = True
    window_id: UUID | None = None


class KnownWindow(Window, frozen=True, kw_only=True):
    """A window, in service or not."""

    in_service: bool


async def all_windows(office_code: str) -> list[KnownWindow]:
    """Every window of an office, also those out of service, by number."""
    rows = await database.fetch(
        """
        SELECT office_window.*, array(
                   SELECT line FROM window_line WHERE window_id = office_window.id) AS lines
          FROM office_window WHERE office_code = $1 ORDER BY number
        """,
        office_code,
    )
    return [
        KnownWindow(
            id=row["id"],
            office_code=row["office_code"],
            number=row["number"],
            name=Text(row["name_zh"], row["name_en"]),
            lines=tuple(line for line in Line if line in row["lines"]),
            in_service=row["active"],
        )
        for row in rows
    ]


async def set_office(actor: Actor, command: SetOffice, now: datetime) -> None:
    """Change an office's data. For administrators. Raises OfficeUnknown."""
    _require_administrator(actor, command.office_code)
    async with unit_of_work() as uow:
        await _mark_edited(uow, command.office_code, now)
        await uow.execute(
            """
            UPDATE office
               SET name_zh = $2, name_en = $3, district_zh = $4, district_en = $5,
                   address_zh = $6, address_en = $7, directions_zh = $8, directions_en = $9,
                   phone = $10
             WHERE code = $1
            """,
            command.office_code,
            command.name.zh,
            command.name.en,
            command.district.zh,
            command.district.en,
            command.address.zh,
            command.address.en,
            command.directions.zh,
            command.directions.en,
            command.phone,
        )
        await _record(actor, "catalog.office_set", command.office_code, {}, now)


async def set_week(actor: Actor, command: SetWeek, now: datetime) -> None:
    """Change an office's ordinary week. For administrators. Raises OfficeUnknown, PeriodsWrong."""
    _require_administrator(actor, command.office_code)
    async with unit_of_work() as uow:
        await _mark_edited(uow, command.office_code, now)
        await uow.execute("DELETE FROM opening_period WHERE office_code = $1", command.office_code)
        for weekday, periods in sorted(command.periods.items()):
            for period in periods:
                await uow.execute(
                    """
                    INSERT INTO opening_period (id, office_code, weekday, opens, closes)
                    VALUES ($1, $2, $3, $4, $5)
                    """,
                    new_id(),
                    command.office_code,
                    weekday,
                    period.opens,
                    period.closes,
                )
        await _record(actor, "catalog.week_set", command.office_code, {}, now)


async def set_window(actor: Actor, command: SetWindow, now: datetime) -> UUID:
    """Add a window, or change one: its number, its name, its lines, whether it is in service.

    For administrators. The seats of the schedules stay what they are.

    Raises:
        OfficeUnknown, WindowUnknown: There is no such office, or it has no such window.
        WindowNumberTaken: Another window of the office has the number.
        WindowWrong: The number is out of range, or no line is served.
    """
    _require_administrator(actor, command.office_code)
    if not command.lines:
        raise WindowWrong
    async with unit_of_work() as uow:
        await _mark_edited(uow, command.office_code, now)
        window_id: UUID | None = await uow.fetchval(
            """
            INSERT INTO office_window (id, office_code, number, active, name_zh, name_en)
            VALUES ($1, $2, $3, $4, $5, $6) RETURNING id
            """
            if command.window_id is None
            else """
            UPDATE office_window SET number = $3, active = $4, name_zh = $5, name_en = $6
             WHERE id = $1 AND office_code = $2 RETURNING id
            """,
            command.window_id or new_id(),
            command.office_code,
            command.number,
            command.in_service,
            command.name.zh,
            command.name.en,
        )
        if window_id is None:
            raise WindowUnknown
        await _set_lines(uow, window_id, command.lines)
        data = {"number": command.number, "in_service": command.in_service}
        await _record(actor, "catalog.window_set", command.office_code, data, now)
    return window_id


async def _set_lines(uow: UnitOfWork, window_id: UUID, lines: Sequence[Line]) -> None:
    await uow.execute(
        "DELETE FROM window_line WHERE window_id = $1 AND line <> ALL ($2::text[])",
        window_id,
        list(lines),
    )
    for line in lines:
        await uow.execute(
            "INSERT INTO window_line (id, window_id, line) VALUES ($1, $2, $3)"
            " ON CONFLICT (window_id, line) DO NOTHING",
            new_id(),
            window_id,
            line,
        )


async def _mark_edited(uow: UnitOfWork, office_code: str, now: datetime) -> None:
    known = await uow.execute("UPDATE office SET edited_at = $2 WHERE code = $1", office_code, now)
    if not known:
        raise OfficeUnknown


async def _record(
    actor: Actor, action: str, office_code: str, data: Mapping[str, object], now: datetime
) -> None:
    await audit.record(
        actor,
        action,
        subject="office",
        subject_id=office_code,
        office_code=office_code,
        data=data,
        now=now,
    )


def _require_administrator(actor: Actor, office_code: str) -> None:
    if actor.kind is not ActorKind.SYSTEM:
        actor.require_role(Role.ADMINISTRATOR, office_code=office_code)
