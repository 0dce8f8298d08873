"""The planner and the rebooking rule: nobody is dropped silently, moved early, or lost."""

from collections import Counter
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from uuid import UUID, uuid4

from hypothesis import given, settings
from hypothesis import strategies as st

from services.appointments.rules import DEFAULT
from services.appointments.states import ExceptionKind, SeatState, Share
from services.appointments.timetable.another_time import NOTICE, Candidate, earliest, nearest
from services.appointments.timetable.exceptions import joined
from services.appointments.timetable.planner import (
    Plan,
    SeatNow,
    Sitter,
    SlotNow,
    SlotStep,
    WantedSlot,
    plan,
)
from services.appointments.timetable.wanted import Calendar, Deviation, Hall, Template, wanted_slots
from services.catalog import Period
from services.kernel.clock import local_moment, to_local

MONDAY = date(2025, 7, 7)
NINE = local_moment(MONDAY, time(9))
HOUR = timedelta(hours=1)
LINE = "household"

MOMENTS = st.integers(0, 40_000).map(lambda minutes: NINE + timedelta(minutes=minutes))
SHARES = st.lists(st.sampled_from(Share), max_size=6).map(tuple)


@st.composite
def seats(draw: st.DrawFn) -> tuple[SeatNow, ...]:
    found = []
    for number in range(1, draw(st.integers(0, 6)) + 1):
        state = draw(st.sampled_from(SeatState))
        booked = state is SeatState.BOOKED
        sitter = Sitter(
            appointment_id=uuid4(),
            reference=f"REF{number}",
            booked_at=NINE - timedelta(days=draw(st.integers(1, 5))),
            movable=draw(st.booleans()),
            waiting=draw(st.booleans()),
        )
        found.append(
            SeatNow(
                id=uuid4(),
                number=number,
                share=draw(st.sampled_from(Share)),
                state=state,
                leaving=booked and draw(st.booleans()),
                sitter=sitter if booked else None,
            )
        )
    return tuple(found)


@st.composite
def slots(draw: st.DrawFn) -> list[SlotNow]:
    return [
        SlotNow(
            id=uuid4(),
            line=LINE,
            starts_at=NINE + number * HOUR,
            ends_at=NINE + (number + 1) * HOUR,
            released_at=NINE - timedelta(days=7),
            closed=draw(st.booleans()),
            seats=draw(seats()),
        )
        for number in range(draw(st.integers(0, 3)))
    ]


@st.composite
def wishes(draw: st.DrawFn) -> list[WantedSlot]:
    return [
        WantedSlot(
            line=LINE,
            starts_at=NINE + number * HOUR,
            ends_at=NINE + (number + 1) * HOUR,
            released_at=NINE - timedelta(days=7),
            shares=draw(SHARES),
        )
        for number in draw(st.sets(st.integers(0, 4), max_size=4))
    ]


def carried_out(slot: SlotNow, step: SlotStep | None) -> SlotNow:
    """A slot after its step."""
    if step is None:
        return slot
    changed = []
    for seat in slot.seats:
        state, leaving = seat.state, seat.leaving
        if seat.id in step.withdrawn:
            state = SeatState.WITHDRAWN
        elif seat.id in step.returned:
            state = SeatState.FREE
        if seat.id in step.leaving or seat.id in step.staying:
            leaving = seat.id in step.leaving
        changed.append(
            SeatNow(
                id=seat.id,
                number=seat.number,
                share=seat.share,
                state=state,
                leaving=leaving,
                sitter=seat.sitter,
            )
        )
    changed += [
        SeatNow(id=uuid4(), number=100 + number, share=share, state=SeatState.FREE)
        for number, share in enumerate(step.added)
    ]
    return SlotNow(
        id=slot.id,
        line=slot.line,
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        released_at=step.released_at,
        closed=step.closed,
        seats=tuple(changed),
    )


def after(present: list[SlotNow], made: Plan) -> list[SlotNow]:
    steps = {step.slot.id: step for step in made.steps}
    return [carried_out(slot, steps.get(slot.id)) for slot in present]


class TestPlanner:
    @settings(max_examples=200)
    @given(slots(), wishes())
    def test_as_many_seats_as_wanted_and_no_booked_one_is_touched(
        self, present: list[SlotNow], wanted: list[WantedSlot]
    ) -> None:
        asked = {one.starts_at: one for one in wanted}
        for slot in after(present, plan(wanted, present, lambda _: True)):
            shares = asked[slot.starts_at].shares if slot.starts_at in asked else ()
            booked = [seat for seat in slot.seats if seat.state is SeatState.BOOKED]
            staying = [seat for seat in booked if not seat.leaving]
            assert len(staying) == min(len(booked), len(shares))
            available = slot.capacity - len(booked)
            assert len(staying) + available == len(shares)
            assert slot.closed is not bool(shares)

    @settings(max_examples=200)
    @given(slots(), wishes(), st.booleans())
    def test_whoever_must_leave_is_named(
        self, present: list[SlotNow], wanted: list[WantedSlot], open_then: bool
    ) -> None:
        made = plan(wanted, present, lambda _: open_then)
        named = Counter(one.appointment_id for one in made.displaced)
        assert all(times == 1 for times in named.values())
        for slot in after(present, made):
            for seat in slot.seats:
                if seat.leaving and seat.sitter and seat.sitter.movable and not seat.sitter.waiting:
                    before = next(one for old in present for one in old.seats if one.id == seat.id)
                    kept_before = before.leaving and open_then
                    assert (seat.sitter.appointment_id in named) is not kept_before

    @settings(max_examples=100)
    @given(slots(), wishes())
    def test_doing_it_twice_changes_nothing_more(
        self, present: list[SlotNow], wanted: list[WantedSlot]
    ) -> None:
        made = plan(wanted, present, lambda _: True)
        again = plan(
            [one for one in wanted if one not in made.made],
            after(present, made),
            lambda _: True,
        )
        assert again.made == ()
        assert again.steps == ()

    def test_free_seats_go_first_and_then_whoever_booked_last(self) -> None:
        def seat(number: int, days_ago: int | None) -> SeatNow:
            return SeatNow(
                id=UUID(int=number),
                number=number,
                share=Share.ONLINE,
                state=SeatState.FREE if days_ago is None else SeatState.BOOKED,
                sitter=None
                if days_ago is None
                else Sitter(
                    appointment_id=UUID(int=100 + number),
                    reference=f"R{number}",
                    booked_at=NINE - timedelta(days=days_ago),
                ),
            )

        slot = SlotNow(
            id=uuid4(),
            line=LINE,
            starts_at=NINE,
            ends_at=NINE + HOUR,
            released_at=NINE,
            closed=False,
            seats=(seat(1, 1), seat(2, None), seat(3, 3), seat(4, 2)),
        )
        wanted = WantedSlot(
            line=LINE,
            starts_at=NINE,
            ends_at=NINE + HOUR,
            released_at=NINE,
            shares=(Share.ONLINE,) * 3,
        )
        [step] = plan([wanted], [slot], lambda _: True).steps
        assert step.withdrawn == (UUID(int=2),)
        assert step.displaced == ()
        fewer = WantedSlot(
            line=LINE,
            starts_at=NINE,
            ends_at=NINE + HOUR,
            released_at=NINE,
            shares=(Share.TELEPHONE,) * 2,
        )
        [step] = plan([fewer], [slot], lambda _: True).steps
        assert [one.reference for one in step.displaced] == ["R1"]


class TestTimetable:
    def hall(self, *deviations: Deviation) -> Hall:
        template = Template(
            line=LINE,
            weekday=1,
            starts=time(9),
            ends=time(11),
            slot_minutes=60,
            seats=6,
            kept_telephone=1,
            kept_green_channel=0,
            kept_on_site=0,
            valid_from=date(2025, 1, 1),
            valid_until=None,
        )
        return Hall(
            code="hall",
            rules={LINE: DEFAULT},
            open_at={MONDAY: [(time(8), time(12))]},
            weekly=[template],
            special=[],
            deviations=deviations,
            windows={LINE: frozenset({UUID(int=1), UUID(int=2), UUID(int=3)})},
        )

    def deviation(self, kind: ExceptionKind, **more: object) -> Deviation:
        fields: dict[str, object] = {
            "line": LINE,
            "window_id": None,
            "first_day": MONDAY,
            "last_day": MONDAY,
            "starts": time.min,
            "ends": time.max,
            "seats_change": None,
        }
        return Deviation(kind=kind, **{**fields, **more})  # type: ignore[arg-type]  # by name

    def seats_wanted(self, *deviations: Deviation) -> list[tuple[int, int]]:
        """The hour of each slot and its seats."""
        working = tuple(
            MONDAY + timedelta(days=n) for n in range(-30, 30) if (MONDAY.weekday() + n) % 7 < 5
        )
        found = wanted_slots(
            self.hall(*deviations), Calendar(MONDAY, working, 2), [MONDAY], NINE - HOUR
        )
        return [(to_local(one.starts_at).hour, len(one.shares)) for one in found]

    def test_an_ordinary_day(self) -> None:
        assert self.seats_wanted() == [(9, 6), (10, 6)]

    def test_a_closed_part_takes_what_it_touches(self) -> None:
        part = self.deviation(ExceptionKind.CLOSED, starts=time(10, 30), ends=time(10, 45))
        assert self.seats_wanted(part) == [(9, 6)]

    def test_a_window_takes_its_share_and_two_take_theirs(self) -> None:
        one, two = (
            self.deviation(ExceptionKind.WINDOW, line=None, window_id=UUID(int=number))
            for number in (1, 2)
        )
        stranger = self.deviation(ExceptionKind.WINDOW, line=None, window_id=UUID(int=9))
        assert self.seats_wanted(one) == [(9, 4), (10, 4)]
        assert self.seats_wanted(one, two) == [(9, 2), (10, 2)]
        assert self.seats_wanted(stranger) == [(9, 6), (10, 6)]

    def test_more_and_fewer_seats(self) -> None:
        fewer = self.deviation(ExceptionKind.SEATS, seats_change=-4, ends=time(10))
        more = self.deviation(ExceptionKind.SEATS, seats_change=3, starts=time(10))
        none = self.deviation(ExceptionKind.SEATS, seats_change=-9)
        assert self.seats_wanted(fewer, more) == [(9, 2), (10, 9)]
        assert self.seats_wanted(none) == []


class TestRebooking:
    @given(MOMENTS, MOMENTS)
    def test_nobody_is_moved_forward_or_at_too_short_notice(
        self, booked_for: datetime, now: datetime
    ) -> None:
        first = earliest(booked_for, now)
        assert first >= booked_for
        assert first - now >= NOTICE

    def test_the_next_day_at_the_same_time_of_day(self) -> None:
        def candidate(days: int, hour: int) -> Candidate:
            starts = local_moment(MONDAY + timedelta(days=days), time(hour))
            return Candidate(id=uuid4(), starts_at=starts, ends_at=starts + HOUR)

        booked_for = local_moment(MONDAY, time(14))
        best = nearest(
            booked_for,
            [candidate(2, 14), candidate(1, 9), candidate(1, 15), candidate(0, 16)],
        )
        assert [to_local(one.starts_at).strftime("%d %H") for one in best] == [
            "07 16",
            "08 15",
            "08 09",
            "09 14",
        ]


CLOCK_TIMES = st.times(time(6), time(22)).map(lambda found: found.replace(second=0, microsecond=0))


@given(st.lists(CLOCK_TIMES, min_size=2, max_size=2, unique=True).map(sorted))
def test_opening_hours_joined_do_not_overlap(pair: list[time]) -> None:
    morning, afternoon = Period(time(8), time(12)), Period(time(13), time(17))
    found = joined((morning, afternoon), *pair)
    assert all(before.closes < after.opens for before, after in pairwise(found))
    assert any(one.opens <= pair[0] and pair[1] <= one.closes for one in found)
