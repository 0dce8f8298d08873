"""What changes of a booking rule refuse, and what its constraints mean."""

from collections.abc import Mapping

from services.kernel.errors import Conflict, DomainError
from services.kernel.i18n import N_


class RuleTwice(DomainError):
    """The office and line have a rule already."""

    code = "rule_twice"
    message = N_("There is already a booking rule for this office and line.")


class RuleChanged(Conflict):
    """Somebody else has changed or removed this rule since it was read."""

    code = "rule_changed"
    message = N_("Somebody else has changed this rule meanwhile. Please look at it again.")


class WrongRule(DomainError):
    """A figure of a rule is out of its range."""

    code = "wrong_rule"
    status = 422
    message = N_("Please check the figures of the rule.")


CONSTRAINTS: Mapping[str, type[DomainError]] = {
    "booking_rule_one": RuleTwice,
    "booking_rule_days_ahead": WrongRule,
    "booking_rule_hold": WrongRule,
    "booking_rule_cancel_until": WrongRule,
    "booking_rule_return": WrongRule,
    "booking_rule_days_before": WrongRule,
    "booking_rule_fair_start": WrongRule,
    "booking_rule_offer": WrongRule,
    "booking_rule_hold_extensions": WrongRule,
    "booking_rule_per_day_and_line": WrongRule,
    "booking_rule_no_shows": WrongRule,
    "booking_rule_bookings_a_day": WrongRule,
    "booking_rule_cancellations": WrongRule,
    "booking_rule_blocked_days": WrongRule,
}

INTERNAL_CONSTRAINTS: Mapping[str, str] = {
    "booking_rule_office": "the operation has read the office",
    "booking_rule_line": "the operation takes a Line",
    "booking_rule_version": "counts up from one",
}
