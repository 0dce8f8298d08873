"""Schedules whose slots are too short for everything that is done at their windows.

That is allowed: a visit then takes several adjoining slots. It is seldom meant.
"""

from collections.abc import Sequence

from msgspec import Struct

from services import catalog
from services.appointments.timetable.exceptions import SpecialHours
from services.appointments.timetable.schedules import (
    AddSchedule,
    ChangeSchedule,
    CopySchedules,
    schedule,
    schedules_of,
)
from services.catalog import Item, Line


class ShortSlots(Struct, frozen=True, kw_only=True):
    """Slots of a line that are shorter than its quickest bookable item takes."""

    line: Line
    slot_minutes: int
    quickest: Item


async def short_slots(change: Struct) -> tuple[ShortSlots, ...]:
    """What a change of the timetable would make too short, by line; nothing for most changes.

    Raises ScheduleUnknown when the schedule that it changes is gone.
    """
    asked = await _asked(change)
    quickest = {line: await _quickest(line) for line, _ in asked}
    return tuple(
        ShortSlots(line=line, slot_minutes=minutes, quickest=item)
        for line, minutes in asked
        if (item := quickest[line]) is not None and minutes < item.minutes
    )


async def _asked(change: Struct) -> Sequence[tuple[Line, int]]:
    """The lines that get slots by a change, and how long these are."""
    match change:
        case AddSchedule() | SpecialHours():
            return [(change.line, change.slot_minutes)]
        case ChangeSchedule():
            changed = await schedule(change.office_code, change.schedule_id)
            return [(changed.line, change.slot_minutes)]
        case CopySchedules():
            originals = await schedules_of(change.office_code, change.valid_from)
            lengths = {
                one.slot_minutes
                for one in originals
                if (one.line, one.weekday) == (change.line, change.weekday)
            }
            return [(line, minutes) for line in change.to_lines for minutes in sorted(lengths)]
        case _:
            return []


async def _quickest(line: Line) -> Item | None:
    """The bookable item of a line that takes the fewest minutes."""
    found = [one for one in await catalog.items() if one.line is line and one.bookable]
    return min(found, key=lambda one: one.minutes, default=None)
