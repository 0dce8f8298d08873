"""When an office is open: which of its periods hold on a day, and what that means at a moment."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time

from msgspec import Struct

from services.catalog.calendar import DayKind
from services.catalog.definitions import Period

MONDAY = 1


class Opening(Struct, frozen=True, kw_only=True):
    """An office at one moment: open until `closes_at`, or closed until `opens_at` (aware, local).

    Neither is set when it stays closed as far as the calendar was looked at.
    """

    closes_at: time | None = None
    opens_at: datetime | None = None

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


def opening_at(moment: datetime, days: Iterable[tuple[date, Sequence[Period]]]) -> Opening:
    """What somebody at the door finds at `moment` (aware, local).

    `days` are the day of `moment` and those after it, with their sorted periods.
    """
    for day, periods in days:
        for period in periods:
            opens = datetime.combine(day, period.opens, moment.tzinfo)
            if moment < opens:
                return Opening(opens_at=opens)
            if moment < datetime.combine(day, period.closes, moment.tzinfo):
                return Opening(closes_at=period.closes)
    return Opening()
