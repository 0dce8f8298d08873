"""The exceptions to an office's weekly schedules, as they stand."""

from datetime import date, time
from uuid import UUID

from msgspec import Struct

from services.appointments.states import ExceptionKind
from services.catalog import Line, Text
from services.kernel import database


class Deviating(Struct, frozen=True, kw_only=True):
    """An exception as it stands; `starts` and `ends` bound the whole day if it lasts that long."""

    id: UUID
    office_code: str
    kind: ExceptionKind
    line: Line | None
    window_id: UUID | None
    first_day: date
    last_day: date
    starts: time
    ends: time
    seats_change: int | None
    slot_minutes: int | None
    seats: int | None
    note: Text

    @property
    def whole_day(self) -> bool:
        """Whether it holds from morning to night."""
        return self.starts == time.min and self.ends == time.max


async def exceptions_between(office_code: str, first: date, last: date) -> list[Deviating]:
    """The exceptions of an office that hold on any day from `first` to `last`."""
    rows = await database.fetch(
        """
        SELECT * FROM schedule_exception
         WHERE office_code = $1 AND first_day <= $3 AND last_day >= $2
         ORDER BY first_day, starts, line, id
        """,
        office_code,
        first,
        last,
    )
    return [
        Deviating(
            id=row["id"],
            office_code=row["office_code"],
            kind=ExceptionKind(row["kind"]),
            line=Line(row["line"]) if row["line"] else None,
            window_id=row["window_id"],
            first_day=row["first_day"],
            last_day=row["last_day"],
            starts=row["starts"],
            ends=row["ends"],
            seats_change=row["seats_change"],
            slot_minutes=row["slot_minutes"],
            seats=row["seats"],
            note=Text(row["note_zh"], row["note_en"]),
        )
        for row in rows
    ]
