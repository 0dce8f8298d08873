"""A hall's slots as a person chooses among them: day by day, each with its state."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import groupby
from typing import Any
from uuid import UUID

from msgspec import Struct

from services import appointments
from services.appointments import Share, SlotView, VisitShape
from services.kernel.clock import local_date
from web.appointments.addresses import read_day
from web.appointments.waits import can_wait

# A day or a slot with no more places than this is marked as filling up.
FEW_IN_SLOT = 2
FEW_IN_DAY = 5
_FURTHEST = timedelta(days=60)
# A longer wait is told as a date.
_COUNTED_DOWN = timedelta(days=1)


class State(StrEnum):
    """What can be had: of a slot, or of a whole day. `later` is not released yet."""

    OPEN = "open"
    FEW = "few"
    FULL = "full"
    LATER = "later"
    CLOSED = "closed"


class Choice(Struct, frozen=True, kw_only=True):
    """One time of day."""

    id: UUID
    starts_at: datetime
    state: State
    left: int


class Day(Struct, frozen=True, kw_only=True):
    """One day; `released_at` is set while its places are not open yet."""

    day: date
    state: State
    left: int
    released_at: datetime | None
    counts_down: bool
    choices: tuple[Choice, ...]


class Timetable(Struct, frozen=True, kw_only=True):
    """The days that are shown, and the one that is open."""

    days: tuple[Day, ...]
    shown: Day | None

    def free_choice(self, slot_id: UUID | None) -> Choice | None:
        """A slot that was picked; None when it is taken or gone altogether."""
        return next(
            (
                choice
                for day in self.days
                for choice in day.choices
                if choice.id == slot_id and choice.state in (State.OPEN, State.FEW)
            ),
            None,
        )


async def opened(
    office_code: str,
    item_code: str,
    now: datetime,
    *,
    day: str,
    picked: UUID | None,
    shape: VisitShape | None = None,
    share: Share = Share.ONLINE,
) -> dict[str, object]:
    """For the template: the `table`, opened at what the address asks for.

    `selected` is the choice that stays picked, or it was `lost` meanwhile; `day_missed` says that
    the day that was asked for is none that can be booked, so that the answer is a 404 that shows
    another. `can_wait` says that it is full and has a waiting list.
    Raises ItemUnknown, OfficeUnknown.
    """
    wanted = read_day(day)
    table = await timetable(
        office_code, item_code, now, wanted=wanted, slot_id=picked, shape=shape, share=share
    )
    missed = bool(day) and table.shown is not None and table.shown.day != wanted
    selected = table.free_choice(picked)
    full = table.shown if table.shown and table.shown.state is State.FULL else None
    alone = shape is None and share is Share.ONLINE
    return {
        "table": table,
        "selected": selected,
        "lost": picked is not None and selected is None,
        "day_missed": missed,
        "can_wait": full is not None
        and alone
        and await can_wait(item_code, now, full.day, office_code),
    }


async def timetable(
    office_code: str,
    item_code: str,
    now: datetime,
    *,
    wanted: date | None = None,
    slot_id: UUID | None = None,
    shape: VisitShape | None = None,
    share: Share = Share.ONLINE,
) -> Timetable:
    """The days of a hall for an item, open at the day `wanted`, else at that of `slot_id`.

    Without either it opens at the first day with a free place. Raises ItemUnknown, OfficeUnknown.
    """
    today = local_date(now)
    slots = await appointments.availability(
        office_code, item_code, today, today + _FURTHEST, now, share=share, shape=shape
    )
    days = days_of(slots, now)
    return Timetable(days=days, shown=_shown(days, wanted, slot_id))


def open_days(slots: Sequence[SlotView]) -> list[dict[str, Any]]:
    """Slots that can all be had, by day, for the template's grid: also those not released yet."""
    return [
        {
            "day": day,
            "note": None,
            "slots": [
                Choice(
                    id=one.id,
                    starts_at=one.starts_at,
                    state=State.FEW if one.left <= FEW_IN_SLOT else State.OPEN,
                    left=one.left,
                )
                for one in found
            ],
        }
        for day, found in groupby(slots, key=lambda one: local_date(one.starts_at))
    ]


def days_of(slots: Sequence[SlotView], now: datetime) -> tuple[Day, ...]:
    """Every day from the first with a slot to the last, closed ones in between."""
    by_day = {
        day: tuple(found)
        for day, found in groupby(slots, key=lambda one: local_date(one.starts_at))
    }
    if not by_day:
        return ()
    first, last = min(by_day), max(by_day)
    span = ((first + timedelta(days=ahead)) for ahead in range((last - first).days + 1))
    return tuple(_day(day, by_day.get(day, ()), now) for day in span)


def _day(day: date, slots: Sequence[SlotView], now: datetime) -> Day:
    choices = tuple(
        Choice(id=one.id, starts_at=one.starts_at, state=_slot_state(one, now), left=one.left)
        for one in slots
    )
    released_at = min((one.released_at for one in slots), default=now)
    left = sum(choice.left for choice in choices)
    if not slots:
        state = State.CLOSED
    elif released_at > now:
        state = State.LATER
    elif left == 0:
        state = State.FULL
    else:
        state = State.FEW if left <= FEW_IN_DAY else State.OPEN
    return Day(
        day=day,
        state=state,
        left=left,
        released_at=released_at if released_at > now else None,
        counts_down=now < released_at <= now + _COUNTED_DOWN,
        choices=choices,
    )


def _slot_state(slot: SlotView, now: datetime) -> State:
    if slot.released_at > now:
        return State.LATER
    if slot.left == 0:
        return State.FULL
    return State.FEW if slot.left <= FEW_IN_SLOT else State.OPEN


def _shown(days: Sequence[Day], wanted: date | None, slot_id: UUID | None) -> Day | None:
    for day in days:
        if day.day == wanted and day.choices:
            return day
    for day in days:
        if any(choice.id == slot_id for choice in day.choices):
            return day
    free = (day for day in days if day.state in (State.OPEN, State.FEW))
    return next(free, None) or next((day for day in days if day.choices), None)
