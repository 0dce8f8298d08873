"""Where to open windows, from counts alone."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.catalog import Line
from services.queue import Hour, Span
from services.queue.demand import MOST_ADVICE, advise, occurrences, windows_needed

days = st.dates(date(2020, 1, 1), date(2030, 1, 1))
HOURS = st.builds(Hour, st.integers(1, 7), st.integers(8, 17))


@given(days, st.integers(0, 400), st.integers(1, 7))
def test_occurrences_are_those_of_the_calendar(first: date, length: int, weekday: int) -> None:
    last = first + timedelta(days=length)
    counted = sum((first + timedelta(days=n)).isoweekday() == weekday for n in range(length + 1))
    assert occurrences(weekday, first, last) == counted


@given(st.floats(0, 500), st.floats(1, 120))
def test_the_windows_serve_them_all_and_one_less_would_not(people: float, minutes: float) -> None:
    windows = windows_needed(people, minutes)
    if windows:
        assert windows * 60 >= people * minutes
        assert (windows - 1) * 60 < people * minutes
    else:
        assert people * minutes < 30


@given(st.dictionaries(st.tuples(st.sampled_from(Line), HOURS), st.integers(1, 200)))
def test_the_shortest_hours_come_first(by_hour: dict[tuple[Line, Hour], int]) -> None:
    span = Span(office_code="x", first=date(2025, 7, 1), last=date(2025, 7, 28))
    advice = advise(by_hour, span, {})
    assert len(advice) <= MOST_ADVICE
    people = [one.people for one in advice]
    assert people == sorted(people, reverse=True)
    left_out = [
        n / 4 for key, n in by_hour.items() if key not in {(a.line, a.hour) for a in advice}
    ]
    if len(advice) < MOST_ADVICE:
        assert all(not windows_needed(n, 15) for n in left_out)
    elif left_out:
        assert max(left_out) <= people[-1]
