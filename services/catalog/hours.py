"""When an office is open: which of its periods hold on a day, and what that means at a moment."""

from collections.abc import Mapping, Sequence
from datetime import time

from msgspec import Struct

from services.catalog.calendar import DayKind
from services.catalog.definitions import Period

MONDAY = 1


class Opening(Struct, frozen=True, kw_only=True):
    """An office at one moment. At most one of the times is set; neither on a closed day."""

    closes_at: time | None = None
    opens_at: time | None = None

    @property
    def is_open(self) -> bool:
        """Whether somebody at the door would be let in."""
        return self.closes_at is not None


def periods_of_day(
    weekday: int,
    kind: DayKind,
    weekly: Mapping[int, Sequence[Period]],
    exception: Sequence[Period] | None,
) -> tuple[Period, ...]:
    """The periods that hold on a day.

    An exception outranks everything. A holiday is closed whatever the weekday. A make-up working
    day keeps Monday's hours, because it replaces a full working day.
    """
    if exception is not None:
        return tuple(sorted(exception))
    if kind is DayKind.HOLIDAY:
        return ()
    if kind is DayKind.MAKE_UP:
        weekday = MONDAY
    return tuple(sorted(weekly.get(weekday, ())))


def opening_at(moment: time, periods: Sequence[Period]) -> Opening:
    """What somebody who looks at the door at `moment` (local time) finds, given sorted periods."""
    for period in periods:
        if moment < period.opens:
            return Opening(opens_at=period.opens)
        if moment < period.closes:
            return Opening(closes_at=period.closes)
    return Opening()
