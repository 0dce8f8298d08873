"""Which slots an office is to have: its weekly schedules, the exceptions, and its open doors. Pure.

Days and clock times are the halls' (Asia/Shanghai).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time
from uuid import UUID

from msgspec import Struct

from services.appointments.rules import (
    Rule,
    Stretch,
    is_within,
    release_moment,
    shares_of_seats,
    stretches,
    weekday_kept,
)
from services.appointments.states import ExceptionKind, Share
from services.appointments.timetable.planner import SlotNow, WantedSlot
from services.kernel.clock import local_date, local_moment, to_local

MOST_SEATS = 200

OpenAt = Mapping[date, Sequence[tuple[time, time]]]


class Calendar(Struct, frozen=True):
    """The working days around today, in order, and how many beyond the last bookable are shown."""

    today: date
    working_days: tuple[date, ...]
    shown_ahead: int

    def works(self, day: date) -> bool:
        """Whether `day` is worked."""
        return day in self.working_days

    def last_shown(self, rule: Rule) -> date:
        """The last day that gets slots under `rule`."""
        ahead = [day for day in self.working_days if day > self.today]
        return ahead[rule.days_ahead + self.shown_ahead - 1]


class Template(Struct, frozen=True, kw_only=True):
    """A stretch of equal slots of one line: of a weekday, or of an exception's days."""

    line: str
    weekday: int | None
    starts: time
    ends: time
    slot_minutes: int
    seats: int
    kept_telephone: int
    kept_green_channel: int
    kept_on_site: int
    valid_from: date
    valid_until: date | None

    def holds(self, day: date, weekday: int) -> bool:
        """Whether it asks for slots on `day`, which keeps the schedules of `weekday`."""
        until = self.valid_until or date.max
        return self.weekday in (None, weekday) and self.valid_from <= day <= until

    def shares(self) -> list[Share]:
        """The share of each seat, the kept ones last."""
        return shares_of_seats(
            self.seats,
            telephone=self.kept_telephone,
            green_channel=self.kept_green_channel,
            on_site=self.kept_on_site,
        )


class Deviation(Struct, frozen=True, kw_only=True):
    """An exception that takes away or adds seats within a stretch of some days."""

    kind: ExceptionKind
    line: str | None
    window_id: UUID | None
    first_day: date
    last_day: date
    starts: time
    ends: time
    seats_change: int | None

    def touches(self, day: date, stretch: Stretch) -> bool:
        """Whether a slot lies in its days and, with any part, in its hours."""
        within = self.first_day <= day <= self.last_day
        return within and stretch.starts < self.ends and self.starts < stretch.ends


class Hall(Struct, frozen=True, kw_only=True):
    """All that decides about the slots of one office.

    `windows` are those in service, by line; `special` are the exceptions that replace a line's
    weekly schedules on their days.
    """

    code: str
    rules: Mapping[str, Rule]
    open_at: OpenAt
    weekly: Sequence[Template]
    special: Sequence[Template]
    deviations: Sequence[Deviation]
    windows: Mapping[str, frozenset[UUID]]

    def is_open(self, day: date, stretch: Stretch) -> bool:
        """Whether the doors are open for the whole of a stretch."""
        return is_within(stretch, self.open_at.get(day, ()))

    def is_closed_line(self, line: str, day: date, stretch: Stretch) -> bool:
        """Whether a line's windows are closed during any part of a stretch."""
        return any(
            one.kind is ExceptionKind.CLOSED and one.line == line and one.touches(day, stretch)
            for one in self.deviations
        )

    def receives(self, slot: SlotNow) -> bool:
        """Whether people can be received in a slot, though it may not be wanted any more."""
        day, stretch = local_date(slot.starts_at), stretch_of(slot.starts_at, slot.ends_at)
        return self.is_open(day, stretch) and not self.is_closed_line(slot.line, day, stretch)


def stretch_of(starts_at: datetime, ends_at: datetime) -> Stretch:
    """A slot's clock times."""
    return Stretch(to_local(starts_at).time(), to_local(ends_at).time())


def wanted_slots(
    hall: Hall, calendar: Calendar, days: Iterable[date], now: datetime
) -> Iterator[WantedSlot]:
    """The slots of `days` that have not begun and that the office is to have."""
    for day in days:
        weekday = weekday_kept(day, works=calendar.works(day))
        for template in _templates(hall, day, weekday):
            rule = hall.rules[template.line]
            for stretch in stretches(template.starts, template.ends, template.slot_minutes):
                starts_at = local_moment(day, stretch.starts)
                shares = _shares(hall, template, day, stretch)
                if starts_at > now and shares and hall.is_open(day, stretch):
                    yield WantedSlot(
                        line=template.line,
                        starts_at=starts_at,
                        ends_at=local_moment(day, stretch.ends),
                        released_at=release_moment(day, rule, calendar.working_days),
                        shares=tuple(shares),
                        made=day <= calendar.last_shown(rule),
                    )


def _templates(hall: Hall, day: date, weekday: int) -> Iterator[Template]:
    special = [one for one in hall.special if one.holds(day, weekday)]
    replaced = {one.line for one in special}
    yield from special
    for one in hall.weekly:
        if one.line not in replaced and one.holds(day, weekday):
            yield one


def _shares(hall: Hall, template: Template, day: date, stretch: Stretch) -> list[Share]:
    """The seats of one slot once the exceptions are taken into account."""
    if hall.is_closed_line(template.line, day, stretch):
        return []
    shares = template.shares()
    windows = hall.windows.get(template.line, frozenset())
    touching = [one for one in hall.deviations if one.touches(day, stretch)]
    shut = {one.window_id for one in touching if one.kind is ExceptionKind.WINDOW} & windows
    if shut:
        shares = _fewer(shares, len(shares) * len(windows - shut) // len(windows))
    change = sum(one.seats_change or 0 for one in touching if one.line == template.line)
    if change < 0:
        return _fewer(shares, len(shares) + change)
    return [Share.ONLINE] * min(change, MOST_SEATS - len(shares)) + shares


def _fewer(shares: list[Share], number: int) -> list[Share]:
    """The last `number` of the shares: the kept ones stay longest, as fewer people have a way in.

    Nothing is left when `number` is not positive.
    """
    return shares[len(shares) - number :] if number > 0 else []
