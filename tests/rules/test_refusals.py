"""What stands against a booking: every fact alone, and which of several is said."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

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
from services.appointments.booking.refusals import (
    may_be_too_far,
    number_that_day,
    pauses_booking,
    refusal,
)
from services.appointments.rules import DEFAULT
from services.kernel.clock import local_date
from services.kernel.ids import new_id

NOW = datetime(2025, 7, 7, 1, 0, tzinfo=UTC)
TOMORROW = NOW + timedelta(days=1)
TODAY = local_date(NOW)

BOOKABLE = Facts(
    slot_id=new_id(),
    office_code="dongchangfu",
    line="household",
    starts_at=TOMORROW,
    ends_at=TOMORROW + timedelta(minutes=30),
    released_at=NOW,
    closed_at=None,
    rule=DEFAULT,
    blocked_until=None,
    same_item=None,
    same_day={},
    given_back=0,
    kept=None,
)

# In the order in which they are said.
AGAINST: dict[type[Exception], dict[str, object]] = {
    OtherLine: {"line": "vehicle"},
    SlotPast: {"starts_at": NOW},
    SlotClosed: {"closed_at": NOW},
    NotReleased: {"released_at": NOW + timedelta(microseconds=1)},
    BookingBlocked: {"blocked_until": TOMORROW},
    AlreadyBooked: {"same_item": "K7M3X9AH4T"},
    DayTaken: {"same_day": {"K7M3X9AH4T": 1}},
}


def test_nothing_stands_against_a_slot_at_the_moment_of_its_release() -> None:
    assert refusal(BOOKABLE, "household", NOW, last_day=None) is None


@pytest.mark.parametrize("error", AGAINST)
def test_each_fact_alone(error: type[Exception]) -> None:
    facts = structs.replace(BOOKABLE, **AGAINST[error])
    assert type(refusal(facts, "household", NOW, last_day=None)) is error


@given(st.sets(st.sampled_from(list(AGAINST)), min_size=1))
def test_of_several_the_first_is_said(errors: set[type[Exception]]) -> None:
    facts = BOOKABLE
    for error in errors:
        facts = structs.replace(facts, **AGAINST[error])
    said = refusal(facts, "household", NOW, last_day=None)
    assert type(said) is next(error for error in AGAINST if error in errors)


def test_a_day_beyond_the_furthest_one() -> None:
    assert type(refusal(BOOKABLE, "household", NOW, last_day=TODAY)) is TooFarAhead
    assert refusal(BOOKABLE, "household", NOW, last_day=local_date(TOMORROW)) is None


@given(st.integers(min_value=0, max_value=5), st.integers(min_value=1, max_value=96))
def test_too_near_a_day_is_for_the_halls_staff_alone(days_before: int, hours: int) -> None:
    starts_at = NOW + timedelta(hours=hours)
    rule = structs.replace(DEFAULT, days_before=days_before)
    facts = structs.replace(BOOKABLE, rule=rule, starts_at=starts_at)
    said = refusal(facts, "household", NOW, last_day=None)
    too_near = local_date(starts_at) < TODAY + timedelta(days=days_before)
    assert (type(said) is TooLateToBook) is too_near
    assert refusal(facts, "household", NOW, last_day=None, by_staff=True) is None


@given(st.dictionaries(st.sampled_from("abcdef"), st.integers(1, 6)), st.integers(1, 6))
def test_a_day_takes_as_many_as_the_rule_allows(taken: dict[str, int], most: int) -> None:
    rule = structs.replace(DEFAULT, per_day_and_line=most)
    number = number_that_day(structs.replace(BOOKABLE, rule=rule, same_day=taken))
    if number is None:
        assert set(range(1, most + 1)) <= set(taken.values())
    else:
        assert 1 <= number <= most
        assert number not in taken.values()


@given(st.integers(0, 5), st.integers(1, 5))
def test_one_more_than_the_bookings_a_day_pauses_booking(given_back: int, most: int) -> None:
    rule = structs.replace(DEFAULT, bookings_a_day=most)
    facts = structs.replace(BOOKABLE, rule=rule, given_back=given_back)
    assert pauses_booking(facts) is (given_back + 1 > most)


@given(st.integers(min_value=0, max_value=70), st.integers(min_value=1, max_value=60))
def test_the_calendar_is_asked_about_every_day_that_can_be_too_far(ahead: int, days: int) -> None:
    rule = structs.replace(DEFAULT, days_ahead=days)
    facts = structs.replace(BOOKABLE, rule=rule, starts_at=NOW + timedelta(days=ahead))
    # Even if every calendar day were worked, `days` working days reach `days` calendar days.
    assert may_be_too_far(facts, NOW) is (ahead > days)


@given(st.sampled_from([None, "K7M3X9AH4T", "AAAA2222AA"]), st.booleans())
def test_moving_looks_past_ones_own_appointment_and_penalties(
    day: str | None, blocked: bool
) -> None:
    own = "K7M3X9AH4T"
    facts = structs.replace(
        BOOKABLE,
        same_item=own,
        same_day={day: 1} if day else {},
        blocked_until=TOMORROW if blocked else None,
    )
    said = refusal(facts, "household", NOW, last_day=None, moving=True)
    assert (said is None) is (day in (None, own))
    assert said is None or type(said) is DayTaken
