"""When one may book: the pure rules."""

import itertools
from datetime import UTC, date, datetime, time, timedelta
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.appointments.rules import (
    DEFAULT,
    Rule,
    Stretch,
    change_deadline,
    claimable,
    hold_expiry,
    is_day_of,
    is_within,
    release_moment,
    return_moment,
    shares_of_seats,
    shares_to_try,
    stretches,
    weekday_kept,
)
from services.appointments.states import (
    TRANSITIONS,
    AppointmentStatus,
    SeatState,
    Share,
    sources,
)
from services.kernel.clock import local_date, to_local

DAYS = st.dates(date(2025, 1, 1), date(2027, 1, 1))
MOMENTS = DAYS.flatmap(
    lambda day: st.times(timezones=st.just(UTC)).map(partial(datetime.combine, day))
)
RULES = st.builds(
    Rule,
    days_ahead=st.integers(1, 60),
    release_at=st.times(),
    hold_minutes=st.integers(1, 60),
    cancel_until_minutes=st.integers(0, 10080),
    return_min_minutes=st.integers(0, 60),
    return_max_minutes=st.integers(60, 1440),
)


def weekdays(first: date, last: date) -> list[date]:
    days = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return [day for day in days if day.isoweekday() < 6]


class TestRelease:
    def test_five_working_days_before_at_eight(self) -> None:
        monday = date(2025, 7, 14)
        working = weekdays(date(2025, 6, 1), date(2025, 8, 1))
        released = to_local(release_moment(monday, DEFAULT, working))
        assert (released.date(), released.time()) == (date(2025, 7, 7), time(8))

    def test_a_holiday_between_brings_it_forward(self) -> None:
        working = weekdays(date(2025, 6, 1), date(2025, 8, 1))
        working.remove(date(2025, 7, 9))
        released = release_moment(date(2025, 7, 14), DEFAULT, working)
        assert local_date(released) == date(2025, 7, 4)

    def test_a_calendar_that_does_not_reach_back_is_refused(self) -> None:
        with pytest.raises(ValueError, match="too few working days"):
            release_moment(
                date(2025, 7, 14), DEFAULT, weekdays(date(2025, 7, 10), date(2026, 1, 1))
            )

    @given(DAYS, RULES)
    def test_it_is_a_working_day_with_so_many_from_it_on(self, day: date, rule: Rule) -> None:
        working = weekdays(day - timedelta(days=200), day + timedelta(days=10))
        released = local_date(release_moment(day, rule, working))
        assert released in working
        assert sum(released <= one < day for one in working) == rule.days_ahead


class TestStretches:
    def test_a_rest_that_is_too_short_is_left_out(self) -> None:
        assert stretches(time(9), time(10, 15), 30) == [
            Stretch(time(9), time(9, 30)),
            Stretch(time(9, 30), time(10)),
        ]

    def test_the_last_may_not_run_past_midnight(self) -> None:
        assert stretches(time(23), time(23, 59), 30) == [Stretch(time(23), time(23, 30))]

    @given(st.times(), st.times(), st.integers(5, 240))
    def test_they_are_equal_adjoining_and_within(
        self, starts: time, ends: time, minutes: int
    ) -> None:
        found = stretches(starts, ends, minutes)
        for one, following in itertools.pairwise(found):
            assert one.ends == following.starts
        for one in found:
            assert starts <= one.starts < one.ends <= ends

    def test_within_opening_hours(self) -> None:
        periods = [(time(8, 30), time(12)), (time(13), time(17))]
        assert is_within(Stretch(time(11, 30), time(12)), periods)
        assert not is_within(Stretch(time(11, 45), time(12, 15)), periods)
        assert not is_within(Stretch(time(12), time(13)), periods)
        assert not is_within(Stretch(time(9), time(10)), [])


class TestSeats:
    @given(st.integers(1, 50), st.integers(0, 20), st.integers(0, 20), st.integers(0, 20))
    def test_every_seat_has_one_share(
        self, seats: int, telephone: int, green_channel: int, on_site: int
    ) -> None:
        kept = telephone + green_channel + on_site
        if kept > seats:
            with pytest.raises(ValueError, match="more seats are kept"):
                shares_of_seats(
                    seats, telephone=telephone, green_channel=green_channel, on_site=on_site
                )
            return
        shares = shares_of_seats(
            seats, telephone=telephone, green_channel=green_channel, on_site=on_site
        )
        assert len(shares) == seats
        assert shares.count(Share.ONLINE) == seats - kept
        assert shares.count(Share.GREEN_CHANNEL) == green_channel

    def test_online_bookings_leave_kept_seats_alone(self) -> None:
        assert shares_to_try(Share.ONLINE) == [Share.ONLINE]
        assert shares_to_try(Share.TELEPHONE) == [Share.TELEPHONE, Share.ONLINE]

    @given(MOMENTS, st.timedeltas(timedelta(0), timedelta(days=1)))
    def test_what_can_be_claimed(self, now: datetime, gap: timedelta) -> None:
        past, future = now - gap, now + gap + timedelta(microseconds=1)
        assert claimable(SeatState.FREE, None, None, now)
        assert claimable(SeatState.FREE, None, past, now)
        assert not claimable(SeatState.FREE, None, future, now)
        assert claimable(SeatState.HELD, past, None, now)
        assert not claimable(SeatState.HELD, future, None, now)
        assert not claimable(SeatState.BOOKED, None, None, now)


class TestMoments:
    @given(MOMENTS, RULES, st.floats(0, 1, exclude_max=True))
    def test_a_seat_returns_within_the_range(
        self, now: datetime, rule: Rule, chance: float
    ) -> None:
        waits = return_moment(now, rule, chance) - now
        assert timedelta(minutes=rule.return_min_minutes) <= waits
        assert waits <= timedelta(minutes=rule.return_max_minutes)

    @given(MOMENTS, RULES, st.timedeltas(timedelta(seconds=1), timedelta(days=9)))
    def test_a_hold_never_outlasts_the_beginning(
        self, now: datetime, rule: Rule, ahead: timedelta
    ) -> None:
        assert now < hold_expiry(now, now + ahead, rule) <= now + ahead

    def test_two_hours_before(self) -> None:
        starts_at = datetime(2025, 7, 8, 6, tzinfo=UTC)
        assert change_deadline(starts_at, DEFAULT) == datetime(2025, 7, 8, 4, tzinfo=UTC)

    def test_the_day_is_the_halls(self) -> None:
        starts_at = datetime(2025, 7, 8, 1, tzinfo=UTC)
        assert is_day_of(starts_at, datetime(2025, 7, 7, 16, tzinfo=UTC))
        assert not is_day_of(starts_at, datetime(2025, 7, 7, 15, 59, tzinfo=UTC))

    @pytest.mark.parametrize(
        ("day", "works", "weekday"),
        [
            (date(2025, 7, 8), True, 2),
            (date(2025, 10, 11), True, 1),  # a Saturday worked after National Day
            (date(2025, 7, 12), False, 6),
        ],
    )
    def test_make_up_days_keep_mondays_schedules(
        self, day: date, works: bool, weekday: int
    ) -> None:
        assert weekday_kept(day, works=works) == weekday


def test_every_state_is_reached_and_only_from_the_table() -> None:
    reached = {AppointmentStatus.BOOKED}.union(*TRANSITIONS.values())
    assert reached == set(AppointmentStatus) == set(TRANSITIONS)
    assert sources(AppointmentStatus.CANCELLED) == {AppointmentStatus.BOOKED}
