"""The first seconds after a release: one turn each, evenly spread, whatever one does."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from services.appointments.booking.facts import Facts
from services.appointments.booking.fair_start import before_turn, lot_of
from services.appointments.rules import Rule, turn_after
from services.kernel.ids import new_id

RELEASED = datetime(2025, 7, 7, 0, 0, tzinfo=UTC)
STARTS = datetime(2025, 7, 14, 1, 0, tzinfo=UTC)
SECONDS = 2


def facts(*, seconds: int = SECONDS, starts_at: datetime = STARTS) -> Facts:
    return Facts(
        slot_id=new_id(),
        office_code="dongchangfu",
        line="household",
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=30),
        released_at=RELEASED,
        closed_at=None,
        rule=Rule(fair_start_seconds=seconds),
        blocked_until=None,
        same_item=None,
        same_day={},
        given_back=0,
        kept=None,
    )


def test_turns_are_spread_evenly() -> None:
    """Of 4,000 people each tenth of the window has about 400; a chi-square of 9 degrees."""
    people, tenths = 4000, [0] * 10
    for _ in range(people):
        tenths[int(lot_of(new_id(), facts()) * 10)] += 1
    expected = people / 10
    assert sum((one - expected) ** 2 / expected for one in tenths) < 33.7, "once in 10,000 runs"


@given(st.lists(st.timedeltas(timedelta(0), timedelta(seconds=SECONDS)), max_size=50))
def test_however_often_one_asks_the_turn_is_the_same(tries: list[timedelta]) -> None:
    person_id = new_id()
    turn = turn_after(RELEASED, Rule(), lot_of(person_id, facts()))
    later = facts(starts_at=STARTS + timedelta(hours=3))
    assert lot_of(person_id, later) == lot_of(person_id, facts()), "at every time of the day"
    for wait in tries:
        at = RELEASED + wait
        refused = before_turn(person_id, facts(), at)
        assert (refused is not None) == (at < turn)
        assert refused is None or refused.turn == turn


def test_the_lot_differs_by_day_and_hall() -> None:
    person_id = new_id()
    tomorrow = facts(starts_at=STARTS + timedelta(days=1))
    elsewhere = structs.replace(facts(), office_code="chiping")
    assert len({lot_of(person_id, one) for one in (facts(), tomorrow, elsewhere)}) == 3


@given(st.floats(0, 1, exclude_max=True), st.integers(0, 60))
def test_a_turn_lies_within_the_window(lot: float, seconds: int) -> None:
    turn = turn_after(RELEASED, Rule(fair_start_seconds=seconds), lot)
    assert RELEASED <= turn <= RELEASED + timedelta(seconds=seconds)


def test_without_a_window_and_after_it_nobody_waits() -> None:
    for _ in range(50):
        assert before_turn(new_id(), facts(seconds=0), RELEASED) is None
        over = RELEASED + timedelta(seconds=SECONDS)
        assert before_turn(new_id(), facts(), over) is None
