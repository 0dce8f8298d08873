"""Why somebody may not book: from the facts to the refusal. Pure: no clock, no database."""

from datetime import date, datetime, timedelta

from services.appointments.booking.errors import (
    AlreadyBooked,
    BookingBlocked,
    DayTaken,
    NotReleased,
    OtherLine,
    SlotClosed,
    SlotPast,
    TooFarAhead,
    TooLateToBook,
)
from services.appointments.booking.facts import Facts
from services.appointments.rules import first_bookable_day, free_number
from services.appointments.standing.rules import is_due
from services.appointments.states import PenaltyReason
from services.kernel.clock import local_date
from services.kernel.errors import DomainError


def may_be_too_far(facts: Facts, now: datetime) -> bool:
    """Whether the working calendar must be asked if the slot's day can be booked yet.

    So many calendar days hold at most as many working days: a nearer day need not be looked up.
    """
    ahead = local_date(facts.starts_at) - local_date(now)
    return ahead > timedelta(days=facts.rule.days_ahead)


def refusal(
    facts: Facts,
    line: str,
    now: datetime,
    *,
    last_day: date | None,
    moving: bool = False,
    by_staff: bool = False,
    for_others: bool = False,
) -> DomainError | None:
    """What stands against a booking of an item of `line`; None if nothing does.

    What concerns the slot comes first: whoever may not book there need not hear about themselves.

    Args:
        facts: The slot and the person.
        line: The line of business of the item.
        now: The moment of the booking.
        last_day: The furthest day that can be booked, where `may_be_too_far` says that it matters.
        moving: The person's own appointment for the item is being moved here, so that neither it
            nor a penalty stands in the way.
        by_staff: The hall's staff or its telephone operators book: they may fill up the day
            itself, whose places nobody can take online any more.
        for_others: Somebody else will sit there: of the person only a pause counts.
    """
    against = _of_slot(facts, line, now, last_day)
    if against is None and not by_staff:
        first_day = first_bookable_day(now, facts.rule)
        if local_date(facts.starts_at) < first_day:
            against = TooLateToBook(first_day=first_day)
    if against is not None:
        return against
    if for_others:
        return _of_pause(facts)
    return _of_person(facts, moving=moving)


def number_that_day(facts: Facts, *, moving: bool = False) -> int | None:
    """Which of the person's appointments at the line it would be that day; None for one too many.

    An appointment that is being moved leaves its own number.
    """
    own = facts.same_item if moving else None
    return free_number(
        [n for reference, n in facts.same_day.items() if reference != own], facts.rule
    )


def pauses_booking(facts: Facts) -> bool:
    """Whether booking the item once more today is what pauses booking."""
    return is_due(PenaltyReason.BOOKINGS, facts.given_back + 1, facts.rule)


def _of_slot(facts: Facts, line: str, now: datetime, last_day: date | None) -> DomainError | None:
    if facts.line != line:
        return OtherLine()
    if facts.starts_at <= now:
        return SlotPast()
    if facts.closed_at is not None:
        return SlotClosed()
    if now < facts.released_at:
        return NotReleased(released_at=facts.released_at)
    # A released slot can still be too far ahead when the rule was tightened since.
    if last_day is not None and local_date(facts.starts_at) > last_day:
        return TooFarAhead(last_day=last_day)
    return None


def _of_pause(facts: Facts) -> DomainError | None:
    return BookingBlocked(blocked_until=facts.blocked_until) if facts.blocked_until else None


def _of_person(facts: Facts, *, moving: bool) -> DomainError | None:
    own = facts.same_item if moving else None
    if not moving and (paused := _of_pause(facts)) is not None:
        return paused
    if facts.same_item != own:
        return AlreadyBooked(reference=facts.same_item)
    if number_that_day(facts, moving=moving) is None:
        taken = min(reference for reference in facts.same_day if reference != own)
        return DayTaken(reference=taken)
    return None
