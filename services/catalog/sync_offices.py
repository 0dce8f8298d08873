"""The part of `sync` that writes offices, windows and hours."""

from collections.abc import Sequence
from uuid import UUID

from services.catalog.definitions import (
    OfficeDefinition,
    OpeningException,
    Period,
    WindowDefinition,
)
from services.kernel.ids import new_id
from services.kernel.unit_of_work import UnitOfWork

_UPSERT_OFFICE = """
INSERT INTO office (code, position, active, name_zh, name_en, district_zh, district_en,
                    address_zh, address_en, directions_zh, directions_en, phone, location)
VALUES ($1, $2, true, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
ON CONFLICT (code) DO UPDATE
   SET position = excluded.position, active = true, name_zh = excluded.name_zh,
       name_en = excluded.name_en, district_zh = excluded.district_zh,
       district_en = excluded.district_en, address_zh = excluded.address_zh,
       address_en = excluded.address_en, directions_zh = excluded.directions_zh,
       directions_en = excluded.directions_en, phone = excluded.phone,
       location = excluded.location
 WHERE office.edited_at IS NULL AND office.* IS DISTINCT FROM excluded.*
"""

_UPSERT_WINDOW = """
INSERT INTO office_window (id, office_code, number, active, name_zh, name_en)
VALUES ($1, $2, $3, true, $4, $5)
ON CONFLICT (office_code, number) DO UPDATE
   SET active = true, name_zh = excluded.name_zh, name_en = excluded.name_en
 WHERE (office_window.active, office_window.name_zh, office_window.name_en)
       IS DISTINCT FROM (true, excluded.name_zh, excluded.name_en)
"""

_UPSERT_EXCEPTION = """
INSERT INTO opening_exception (id, office_code, day, origin, note_zh, note_en)
VALUES ($1, $2, $3, 'catalogue', $4, $5)
ON CONFLICT (office_code, day, origin) DO UPDATE
   SET note_zh = excluded.note_zh, note_en = excluded.note_en
 WHERE (opening_exception.note_zh, opening_exception.note_en)
       IS DISTINCT FROM (excluded.note_zh, excluded.note_en)
"""


async def sync_offices(uow: UnitOfWork, offices: Sequence[OfficeDefinition]) -> int:
    """Write what differs; the number of rows written.

    An office that an administrator has edited keeps its data, its week and its windows.
    """
    codes = [office.code for office in offices]
    written = await uow.execute(
        "UPDATE office SET active = false WHERE active AND code <> ALL ($1::text[])", codes
    )
    for position, office in enumerate(offices):
        written += await uow.execute(
            _UPSERT_OFFICE,
            office.code,
            position,
            office.name.zh,
            office.name.en,
            office.district.zh,
            office.district.en,
            office.address.zh,
            office.address.en,
            office.directions.zh,
            office.directions.en,
            office.phone,
            office.location,
        )
        if not await _is_edited(uow, office.code):
            written += await _sync_windows(uow, office.code, office.windows)
            written += await _sync_week(uow, office)
        written += await _sync_exceptions(uow, office.code, office.exceptions)
    return written


async def _is_edited(uow: UnitOfWork, office_code: str) -> bool:
    edited: bool = await uow.fetchval(
        "SELECT edited_at IS NOT NULL FROM office WHERE code = $1", office_code
    )
    return edited


async def _sync_windows(
    uow: UnitOfWork, office_code: str, windows: Sequence[WindowDefinition]
) -> int:
    written = await uow.execute(
        """
        UPDATE office_window SET active = false
         WHERE active AND office_code = $1 AND number <> ALL ($2::int[])
        """,
        office_code,
        [window.number for window in windows],
    )
    for window in windows:
        written += await uow.execute(
            _UPSERT_WINDOW, new_id(), office_code, window.number, window.name.zh, window.name.en
        )
        window_id: UUID = await uow.fetchval(
            "SELECT id FROM office_window WHERE office_code = $1 AND number = $2",
            office_code,
            window.number,
        )
        written += await uow.execute(
            "DELETE FROM window_line WHERE window_id = $1 AND line <> ALL ($2::text[])",
            window_id,
            list(window.lines),
        )
        for line in window.lines:
            written += await uow.execute(
                """
                INSERT INTO window_line (id, window_id, line) VALUES ($1, $2, $3)
                ON CONFLICT (window_id, line) DO NOTHING
                """,
                new_id(),
                window_id,
                line,
            )
    return written


async def _sync_week(uow: UnitOfWork, office: OfficeDefinition) -> int:
    wanted = {
        (weekday, period.opens, period.closes)
        for hours in office.opening
        for weekday in hours.weekdays
        for period in hours.periods
    }
    rows = await uow.fetch(
        "SELECT weekday, opens, closes FROM opening_period WHERE office_code = $1", office.code
    )
    if wanted == {(row["weekday"], row["opens"], row["closes"]) for row in rows}:
        return 0
    written = await uow.execute("DELETE FROM opening_period WHERE office_code = $1", office.code)
    for weekday, opens, closes in sorted(wanted):
        written += await uow.execute(
            """
            INSERT INTO opening_period (id, office_code, weekday, opens, closes)
            VALUES ($1, $2, $3, $4, $5)
            """,
            new_id(),
            office.code,
            weekday,
            opens,
            closes,
        )
    return written


async def _sync_exceptions(
    uow: UnitOfWork, office_code: str, exceptions: Sequence[OpeningException]
) -> int:
    written = await uow.execute(
        """
        DELETE FROM opening_exception
         WHERE office_code = $1 AND origin = 'catalogue' AND day <> ALL ($2::date[])
        """,
        office_code,
        [exception.day for exception in exceptions],
    )
    for exception in exceptions:
        written += await uow.execute(
            _UPSERT_EXCEPTION,
            new_id(),
            office_code,
            exception.day,
            exception.note.zh,
            exception.note.en,
        )
        exception_id: UUID | None = await uow.fetchval(
            """
            SELECT id FROM opening_exception
             WHERE office_code = $1 AND day = $2 AND origin = 'catalogue'
            """,
            office_code,
            exception.day,
        )
        if exception_id is not None:
            written += await replace_periods(uow, exception_id, exception.periods)
    return written


async def replace_periods(uow: UnitOfWork, exception_id: UUID, periods: Sequence[Period]) -> int:
    """Give an exceptional day exactly these periods; the number of rows written."""
    rows = await uow.fetch(
        "SELECT opens, closes FROM exception_period WHERE exception_id = $1 ORDER BY opens",
        exception_id,
    )
    if [Period(row["opens"], row["closes"]) for row in rows] == sorted(periods):
        return 0
    written = await uow.execute(
        "DELETE FROM exception_period WHERE exception_id = $1", exception_id
    )
    for period in periods:
        written += await uow.execute(
            """
            INSERT INTO exception_period (id, exception_id, opens, closes)
            VALUES ($1, $2, $3, $4)
            """,
            new_id(),
            exception_id,
            period.opens,
            period.closes,
        )
    return written
