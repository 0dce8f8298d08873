"""What counts against a person and when it pauses booking. Pure: no clock, no database.

The figures are those of `Rule`; what the people are told of them is made from the same figures.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

from msgspec import Struct, structs

from services.appointments.rules import Rule
from services.appointments.states import PenaltyReason, StrikeKind
from services.kernel.clock import local_date

# The least and the most that each figure of a rule may be; the constraints booking_rule_* say the
# same of the columns.
RANGES: Mapping[str, tuple[int, int]] = {
    "days_ahead": (1, 60),
    "days_before": (0, 60),
    "hold_minutes": (1, 60),
    "hold_extensions": (0, 5),
    "cancel_until_minutes": (0, 10080),
    "return_min_minutes": (0, 1440),
    "return_max_minutes": (0, 1440),
    "fair_start_seconds": (0, 60),
    "offer_minutes": (1, 1440),
    "per_day_and_line": (1, 20),
    "no_shows": (1, 100),
    "no_shows_days": (1, 366),
    "bookings_a_day": (1, 100),
    "cancellations": (1, 100),
    "cancellations_days": (1, 366),
    "blocked_days": (1, 366),
}

REASONS: Mapping[StrikeKind, PenaltyReason] = {
    StrikeKind.NO_SHOW: PenaltyReason.NO_SHOWS,
    StrikeKind.CANCELLATION: PenaltyReason.CANCELLATIONS,
}


class Change(Struct, frozen=True, kw_only=True):
    """One figure of a rule, before and after."""

    name: str
    before: object
    after: object


def wrong_figures(rule: Rule) -> list[str]:
    """The names of the figures that are out of their range or contradict another."""
    wrong = [
        name for name, (least, most) in RANGES.items() if not least <= getattr(rule, name) <= most
    ]
    if rule.days_before > rule.days_ahead and "days_before" not in wrong:
        wrong.append("days_before")
    if rule.return_min_minutes > rule.return_max_minutes and "return_max_minutes" not in wrong:
        wrong.append("return_max_minutes")
    return wrong


def changes(before: Rule, after: Rule) -> list[Change]:
    """The figures in which two rules differ, in the order of the rule's fields."""
    now = structs.asdict(after)
    return [
        Change(name=name, before=value, after=now[name])
        for name, value in structs.asdict(before).items()
        if value != now[name]
    ]


def first_bookable_day(now: datetime, rule: Rule) -> date:
    """The first day that can still be booked online: `days_before` calendar days ahead.

    Source: the halls' rule "one day ahead at the latest". Calendar days, so that a Sunday still
    books the Monday.
    """
    return local_date(now) + timedelta(days=rule.days_before)


def window(kind: StrikeKind, rule: Rule) -> timedelta:
    """For how long a strike of this kind counts."""
    no_show = kind is StrikeKind.NO_SHOW
    return timedelta(days=rule.no_shows_days if no_show else rule.cancellations_days)


def allowed(reason: PenaltyReason, rule: Rule) -> int:
    """How many pass without a penalty."""
    return {
        PenaltyReason.NO_SHOWS: rule.no_shows - 1,
        PenaltyReason.CANCELLATIONS: rule.cancellations - 1,
        PenaltyReason.BOOKINGS: rule.bookings_a_day,
    }[reason]


def is_due(reason: PenaltyReason, counted: int, rule: Rule) -> bool:
    """Whether so many, the latest included, pause booking."""
    return counted > allowed(reason, rule)


def blocked_until(imposed_at: datetime, rule: Rule) -> datetime:
    """When booking is open again."""
    return imposed_at + timedelta(days=rule.blocked_days)


def free_number(taken: Sequence[int], rule: Rule) -> int | None:
    """The lowest of a person's numbers 1, 2, … for a day and line that is free; None if none is."""
    numbers = range(1, rule.per_day_and_line + 1)
    return next((number for number in numbers if number not in taken), None)
