"""Where a party fits that a closure displaces."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from hypothesis import given
from hypothesis import strategies as st

from services.appointments.seating.fitting import Room
from services.appointments.states import PartyKind
from services.appointments.timetable.another_time import Movers, fitting, gapless

HOUR = timedelta(hours=1)
# Monday 7 July 2025, 09:00 in Shanghai.
NINE = datetime(2025, 7, 7, 1, tzinfo=UTC)
DAY = timedelta(days=1)


def room(hour: int, left: int, *, day: int = 0) -> Room:
    starts = NINE + day * DAY + (hour - 9) * HOUR
    return Room(id=uuid4(), starts_at=starts, ends_at=starts + HOUR, left=left)


def movers(people: int, kind: PartyKind | None, *, beside: tuple[int, ...] = ()) -> Movers:
    """So many who had booked for 9:00 on the Monday, for half an hour each."""
    rows: Any = tuple({"starts_at": NINE} for _ in range(people))
    spans = tuple((NINE + (hour - 9) * HOUR, NINE + (hour - 8) * HOUR) for hour in beside)
    return Movers(rows=rows, kind=kind, minutes=30, beside=spans)


def test_a_family_sits_without_a_gap_or_on_another_day() -> None:
    rooms = [room(10, 1), room(11, 0), room(12, 1), room(10, 2, day=1)]
    [only] = fitting(rooms, movers(2, PartyKind.FAMILY))
    assert only.id == rooms[3].id


def test_a_firms_people_sit_with_gaps_only_where_they_fit_in_no_other_way() -> None:
    rooms = [room(10, 1), room(11, 0), room(12, 1), room(10, 2, day=1)]
    together, apart = fitting(rooms, movers(2, PartyKind.FIRM))
    assert (together.id, together.apart) == (rooms[3].id, False)
    assert (apart.id, apart.apart) == (rooms[0].id, True)


def test_who_is_hit_joins_the_family_and_not_just_the_day() -> None:
    rooms = [room(10, 1), room(12, 1), room(10, 1, day=1)]
    [only] = fitting(rooms, movers(1, PartyKind.FAMILY, beside=(9,)))
    assert only.id == rooms[0].id
    assert fitting(rooms[1:], movers(1, PartyKind.FAMILY, beside=(9,))) == []
    [same_day] = fitting(rooms[1:], movers(1, PartyKind.FIRM, beside=(9,)))
    assert same_day.id == rooms[1].id


@given(st.lists(st.integers(0, 3), min_size=1, max_size=8), st.integers(1, 4))
def test_a_candidate_has_seats_for_all_from_it_on(left: list[int], people: int) -> None:
    rooms = [room(9 + number, each) for number, each in enumerate(left)]
    for one in fitting(rooms, movers(people, PartyKind.FAMILY)):
        first = next(index for index, each in enumerate(rooms) if each.id == one.id)
        assert rooms[first].left > 0
        assert sum(each.left for each in rooms[first:]) >= people


@given(st.lists(st.integers(0, 30), max_size=6))
def test_stretches_are_gapless_if_nothing_lies_between_them(starts: list[int]) -> None:
    spans = [(NINE + hour * HOUR, NINE + (hour + 1) * HOUR) for hour in starts]
    covered = set(starts)
    whole = not covered or covered == set(range(min(covered), max(covered) + 1))
    assert gapless(spans) is whole
