"""Time is passed in. Stored in UTC, shown in the city's zone."""

from datetime import UTC, date, datetime, time
from typing import Protocol
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")


class Clock(Protocol):
    """Where an edge (web, worker, command) gets the `now` that it passes on."""

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        return datetime.now(UTC)


class FixedClock:
    """A clock that stands still until it is moved; for tests and demonstrations."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def now(self) -> datetime:
        """The moment it was last set to."""
        return self.moment


def to_local(moment: datetime) -> datetime:
    """The same moment on the wall clock of the halls."""
    return moment.astimezone(SHANGHAI)


def local_date(moment: datetime) -> date:
    """The day that people at the hall would name for `moment`."""
    return to_local(moment).date()


def local_moment(day: date, clock_time: time) -> datetime:
    """The moment (UTC) at which the halls' clocks show `clock_time` on `day`."""
    return datetime.combine(day, clock_time, SHANGHAI).astimezone(UTC)
