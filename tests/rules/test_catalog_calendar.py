"""The working calendar, on published years and on any day."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.catalog.calendar import (
    DayKind,
    NoWorkingDay,
    add_working_days,
    day_kind,
    is_working_day,
    working_days_after,
)

days = st.dates(min_value=date(2018, 1, 1), max_value=date(2030, 12, 31))
overrides = st.dictionaries(days, st.booleans(), max_size=20)


@pytest.mark.parametrize(
    ("day", "kind"),
    [
        (date(2025, 7, 7), DayKind.WORKING),
        (date(2025, 7, 12), DayKind.WEEKEND),
        (date(2025, 1, 26), DayKind.MAKE_UP),  # a Sunday worked for the Spring Festival
        (date(2025, 1, 29), DayKind.HOLIDAY),
        (date(2025, 2, 8), DayKind.MAKE_UP),
        (date(2025, 10, 8), DayKind.HOLIDAY),
        (date(2026, 2, 23), DayKind.HOLIDAY),
        (date(2026, 10, 10), DayKind.MAKE_UP),
        (date(2025, 10, 4), DayKind.HOLIDAY),  # the weekend within the national holiday
        (date(2025, 4, 5), DayKind.HOLIDAY),  # Saturday after Tomb-Sweeping Friday
        (date(2025, 4, 6), DayKind.HOLIDAY),
        (date(2026, 2, 14), DayKind.MAKE_UP),
        (date(2026, 2, 15), DayKind.HOLIDAY),  # Sunday before the Spring Festival
        (date(2025, 10, 12), DayKind.WEEKEND),
        (date(2026, 1, 10), DayKind.WEEKEND),
    ],
)
def test_published_days(day: date, kind: DayKind) -> None:
    assert day_kind(day, {}) is kind


def test_an_administrator_outranks_the_published_calendar() -> None:
    assert day_kind(date(2025, 1, 29), {date(2025, 1, 29): True}) is DayKind.WORKING
    assert day_kind(date(2025, 7, 12), {date(2025, 7, 12): True}) is DayKind.MAKE_UP
    assert day_kind(date(2025, 7, 7), {date(2025, 7, 7): False}) is DayKind.HOLIDAY
    # One Friday closed by an administrator does not close the Saturday.
    assert day_kind(date(2025, 7, 12), {date(2025, 7, 11): False}) is DayKind.WEEKEND


def test_a_limit_over_the_national_holiday() -> None:
    # Accepted on Tuesday 30 September 2025: 1–8 October are off, Saturday the 11th is worked.
    assert add_working_days(date(2025, 9, 30), 1, {}) == date(2025, 10, 9)
    assert add_working_days(date(2025, 9, 30), 3, {}) == date(2025, 10, 11)
    assert add_working_days(date(2025, 9, 30), 4, {}) == date(2025, 10, 13)


def test_accepted_on_a_day_off_counts_from_the_next_working_day() -> None:
    assert add_working_days(date(2025, 7, 12), 1, {}) == date(2025, 7, 14)


def test_a_year_without_work_is_a_mistake() -> None:
    start = date(2025, 7, 7)
    nothing = {start + timedelta(days=ahead): False for ahead in range(400)}
    with pytest.raises(NoWorkingDay):
        add_working_days(start, 1, nothing)


def test_a_limit_is_never_negative() -> None:
    with pytest.raises(ValueError, match="negative"):
        add_working_days(date(2025, 7, 7), -1, {})


@given(days, st.integers(1, 40), overrides)
def test_a_limit_counts_exactly_its_working_days(
    start: date, number: int, entered: dict[date, bool]
) -> None:
    end = add_working_days(start, number, entered)
    between = [start + timedelta(days=ahead) for ahead in range(1, (end - start).days + 1)]
    assert sum(is_working_day(day, entered) for day in between) == number
    assert is_working_day(end, entered)


@given(days, st.integers(0, 20), st.integers(0, 20), overrides)
def test_limits_add_up(start: date, first: int, second: int, entered: dict[date, bool]) -> None:
    stepwise = add_working_days(add_working_days(start, first, entered), second, entered)
    assert stepwise == add_working_days(start, first + second, entered)


@given(days, st.integers(0, 30), overrides)
def test_the_days_ahead_are_the_limits(start: date, number: int, entered: dict[date, bool]) -> None:
    ahead = working_days_after(start, number, entered)
    assert ahead == tuple(add_working_days(start, n, entered) for n in range(1, number + 1))
