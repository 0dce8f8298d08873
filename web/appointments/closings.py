"""Why a hall has no times, or other times, on some days: what its administrators have written."""

from collections.abc import Sequence
from datetime import date

from msgspec import Struct

from services import appointments, catalog
from services.appointments import ExceptionKind
from services.catalog import Line, Text


class Closing(Struct, frozen=True, kw_only=True):
    """A day on which a hall, or its windows for a line, are closed for some time, and why.

    `whole_day` is false where they are closed for a part of it.
    """

    day: date
    note: Text
    whole_day: bool


async def closings_between(
    office_code: str, line: Line, first: date, last: date
) -> Sequence[Closing]:
    """Those of a hall that concern a line, in order of their days."""
    found = [
        Closing(day=one.day, note=one.note, whole_day=not one.periods)
        for one in await catalog.exceptions(office_code, first, last)
    ]
    found.extend(
        Closing(day=max(one.first_day, first), note=one.note, whole_day=one.whole_day)
        for one in await appointments.exceptions_between(office_code, first, last)
        if one.kind is ExceptionKind.CLOSED and one.line in (None, line)
    )
    return sorted(found, key=lambda one: one.day)
