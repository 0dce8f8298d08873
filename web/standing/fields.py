"""The figures of a rule as fields of a form."""

from collections.abc import Mapping
from datetime import time
from typing import Annotated

from msgspec import Meta, Struct, structs

from services.appointments import RANGES, Rule
from services.catalog import Line
from services.kernel.errors import FieldError, InvalidInput
from services.kernel.i18n import N_

WRONG_NUMBER = N_("Please enter a whole number.")
WRONG_CLOCK = N_("Please enter a time such as 08:00.")

Figure = Annotated[str, Meta(max_length=12)]
Version = Annotated[str, Meta(pattern=r"^[0-9]{1,9}$")]

LABELS: Mapping[str, str] = {
    "days_ahead": N_("Working days that can be booked ahead"),
    "days_before": N_("Days before, at the latest (0: the same day)"),
    "release_at": N_("Time at which a day's places open"),
    "fair_start_seconds": N_("Seconds of fair start after the opening"),
    "hold_minutes": N_("Minutes for which a chosen place is kept"),
    "hold_extensions": N_("How often that can be prolonged"),
    "per_day_and_line": N_("Appointments a person, day and line"),
    "cancel_until_minutes": N_("Minutes before, until which one may cancel or move"),
    "return_min_minutes": N_("Shortest wait until a cancelled place returns, in minutes"),
    "return_max_minutes": N_("Longest wait until a cancelled place returns, in minutes"),
    "offer_minutes": N_("Minutes for which a place is offered from the waiting list"),
    "no_shows": N_("Missed appointments that pause booking"),
    "no_shows_days": N_("within so many days"),
    "bookings_a_day": N_("Bookings of one business a day without a pause"),
    "cancellations": N_("Cancellations that pause booking"),
    "cancellations_days": N_("cancelled within so many days"),
    "blocked_days": N_("Days for which booking is paused"),
}

GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        N_("When one can book"),
        ("days_ahead", "days_before", "release_at", "fair_start_seconds"),
    ),
    (
        N_("Choosing and changing"),
        (
            "hold_minutes",
            "hold_extensions",
            "per_day_and_line",
            "cancel_until_minutes",
        ),
    ),
    (
        N_("Places that come back"),
        ("return_min_minutes", "return_max_minutes", "offer_minutes"),
    ),
    (
        N_("What pauses booking"),
        (
            "no_shows",
            "no_shows_days",
            "cancellations",
            "cancellations_days",
            "bookings_a_day",
            "blocked_days",
        ),
    ),
)


class RuleForm(Struct, kw_only=True):
    """A rule as it was typed, for a place, in the version that was seen (0 for none)."""

    office: Annotated[str, Meta(max_length=60)] = ""
    line: Annotated[str, Meta(max_length=20)] = ""
    seen: Version = "0"
    step: Annotated[str, Meta(max_length=20)] = ""
    days_ahead: Figure = ""
    days_before: Figure = ""
    release_at: Figure = ""
    fair_start_seconds: Figure = ""
    hold_minutes: Figure = ""
    hold_extensions: Figure = ""
    per_day_and_line: Figure = ""
    cancel_until_minutes: Figure = ""
    return_min_minutes: Figure = ""
    return_max_minutes: Figure = ""
    offer_minutes: Figure = ""
    no_shows: Figure = ""
    no_shows_days: Figure = ""
    bookings_a_day: Figure = ""
    cancellations: Figure = ""
    cancellations_days: Figure = ""
    blocked_days: Figure = ""


def form_of(rule: Rule, place: tuple[str | None, Line | None], *, seen: int) -> RuleForm:
    """The form that shows a rule."""
    office_code, line = place
    figures = {name: str(value) for name, value in structs.asdict(rule).items()}
    figures["release_at"] = rule.release_at.strftime("%H:%M")
    return RuleForm(office=office_code or "", line=line or "", seen=str(seen), **figures)


def rule_of(form: RuleForm) -> Rule:
    """The rule that was typed. Raises InvalidInput that names what is no number or no time."""
    wrong: list[FieldError] = []
    figures: dict[str, int] = {}
    for name in RANGES:
        typed = str(getattr(form, name)).strip()
        if typed.isascii() and typed.isdigit():
            figures[name] = int(typed)
        else:
            wrong.append(FieldError(name, "not_a_number", WRONG_NUMBER))
    release_at = time()
    try:
        release_at = time.fromisoformat(form.release_at.strip())
    except ValueError:
        wrong.append(FieldError("release_at", "not_a_time", WRONG_CLOCK))
    if release_at.tzinfo is not None:
        wrong.append(FieldError("release_at", "not_a_time", WRONG_CLOCK))
    if wrong:
        raise InvalidInput(*wrong)
    return Rule(release_at=release_at, **figures)
