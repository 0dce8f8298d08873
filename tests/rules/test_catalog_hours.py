"""Which hours hold on a day, and what somebody at the door finds."""

from datetime import date, datetime, time, timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.catalog.calendar import DayKind
from services.catalog.definitions import Period
from services.catalog.hours import Opening, opening_at, periods_of_day
from services.kernel.clock import SHANGHAI

MORNING = Period(time(8, 30), time(12))
AFTERNOON = Period(time(13), time(17))
SATURDAY = Period(time(9), time(11))
WEEK = {1: (MORNING, AFTERNOON), 6: (SATURDAY,)}


def test_ordinary_days() -> None:
    assert periods_of_day(1, DayKind.WORKING, WEEK, None) == (MORNING, AFTERNOON)
    assert periods_of_day(6, DayKind.WEEKEND, WEEK, None) == (SATURDAY,)
    assert periods_of_day(7, DayKind.WEEKEND, WEEK, None) == ()


def test_a_holiday_is_closed_even_where_saturdays_are_open() -> None:
    assert periods_of_day(6, DayKind.HOLIDAY, WEEK, None) == ()


def test_a_make_up_day_keeps_mondays_hours() -> None:
    assert periods_of_day(6, DayKind.MAKE_UP, WEEK, None) == (MORNING, AFTERNOON)


def test_an_exception_outranks_all() -> None:
    assert periods_of_day(1, DayKind.WORKING, WEEK, ()) == ()
    assert periods_of_day(7, DayKind.HOLIDAY, WEEK, (SATURDAY,)) == (SATURDAY,)


TODAY = date(2025, 7, 7)
TOMORROW = TODAY + timedelta(days=1)


def at(day: date, moment: time) -> datetime:
    return datetime.combine(day, moment, SHANGHAI)


def test_at_the_door() -> None:
    days = [(TODAY, (MORNING, AFTERNOON)), (TOMORROW, (SATURDAY,))]
    assert opening_at(at(TODAY, time(8)), days).opens_at == at(TODAY, time(8, 30))
    assert opening_at(at(TODAY, time(8, 30)), days) == Opening(closes_at=time(12))
    assert opening_at(at(TODAY, time(12)), days).opens_at == at(TODAY, time(13))
    assert opening_at(at(TODAY, time(17)), days).opens_at == at(TOMORROW, time(9))
    assert opening_at(at(TOMORROW, time(18)), days) == Opening()
    assert opening_at(at(TODAY, time(9)), [(TODAY, ()), (TOMORROW, ())]) == Opening()


@given(st.times(), st.lists(st.times(), min_size=4, max_size=4, unique=True))
def test_open_exactly_within_a_period(moment: time, edges: list[time]) -> None:
    first, second, third, fourth = sorted(edges)
    periods = (Period(first, second), Period(third, fourth))
    inside = any(period.opens <= moment < period.closes for period in periods)
    assert opening_at(at(TODAY, moment), [(TODAY, periods)]).is_open is inside
