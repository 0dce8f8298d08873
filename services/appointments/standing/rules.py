"""What counts against a person and when it pauses booking. Pure: no clock, no database.

The figures are those of `Rule`; what the people are told of them is made from the same figures.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from services.appointments.rules import Rule
from services.appointments.states import PenaltyReason, StrikeKind

REASONS: Mapping[StrikeKind, PenaltyReason] = {
    StrikeKind.NO_SHOW: PenaltyReason.NO_SHOWS,
    StrikeKind.CANCELLATION: PenaltyReason.CANCELLATIONS,
}


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
