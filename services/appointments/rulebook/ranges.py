"""What the figures of a rule may be, and in which two rules differ. Pure."""

from collections.abc import Mapping

from msgspec import Struct, structs

from services.appointments.rules import Rule

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
