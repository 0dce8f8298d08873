"""Where a visit fits: never two people on a seat, never a gap, and never a refusal without need."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise, product
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from services.appointments.seating.fitting import (
    Room,
    firsts_that_fit,
    fit_apart,
    fit_together,
    refit,
    run_length,
)
from services.kernel.ids import new_id

START = datetime(2025, 7, 8, 1, 0, tzinfo=UTC)
SLOT = 30


def rooms(*left: int, gap_before: int | None = None) -> list[Room]:
    """Slots of half an hour with so many seats, one after the other; one may come an hour late."""
    made = []
    for index, seats in enumerate(left):
        late = 60 if gap_before is not None and index >= gap_before else 0
        starts = START + timedelta(minutes=SLOT * index + late)
        made.append(
            Room(
                id=new_id(), starts_at=starts, ends_at=starts + timedelta(minutes=SLOT), left=seats
            )
        )
    return made


def indices(made: list[Room], runs: list[tuple[UUID, ...]] | None) -> list[tuple[int, ...]]:
    order = {room.id: index for index, room in enumerate(made)}
    return [tuple(order[slot] for slot in run) for run in runs or []]


def feasible(left: list[int], people: int, length: int) -> bool:
    """Whether any way of beginning seats everybody without a gap: all ways are tried."""
    last = len(left) - length
    for begins in product(range(len(left) + 1), repeat=people):
        if list(begins) != sorted(begins) or begins[0] != 0 or begins[-1] > last:
            continue
        used = [0] * len(left)
        for begin in begins:
            for index in range(begin, begin + length):
                used[index] += 1
        fits = all(one <= room for one, room in zip(used, left, strict=True))
        unbroken = all(used[: max(index for index, one in enumerate(used) if one)])
        if fits and unbroken:
            return True
    return False


@settings(max_examples=150, deadline=None)
@given(
    left=st.lists(st.integers(0, 3), min_size=1, max_size=5),
    people=st.integers(1, 4),
    length=st.integers(1, 3),
)
def test_it_fits_exactly_when_some_way_does(left: list[int], people: int, length: int) -> None:
    made = rooms(*left)
    runs = fit_together(made, 0, people, length * SLOT)
    assert (runs is not None) == feasible(left, people, length)


@settings(max_examples=150, deadline=None)
@given(
    left=st.lists(st.integers(0, 4), min_size=1, max_size=8),
    people=st.integers(1, 6),
    minutes=st.integers(5, 100),
    gap=st.none() | st.integers(1, 7),
)
def test_nobody_sits_on_anothers_seat_and_every_run_is_long_enough(
    left: list[int], people: int, minutes: int, gap: int | None
) -> None:
    made = rooms(*left, gap_before=gap)
    for fit in (fit_together, fit_apart):
        runs = indices(made, fit(made, 0, people, minutes))
        if not runs:
            continue
        assert len(runs) == people
        for index, room in enumerate(made):
            assert sum(index in run for run in runs) <= room.left
        for run in runs:
            assert len(run) == -(-minutes // SLOT)
            assert list(run) == list(range(run[0], run[0] + len(run)))
            assert all(made[a].ends_at == made[b].starts_at for a, b in pairwise(run))


@settings(max_examples=150, deadline=None)
@given(
    left=st.lists(st.integers(0, 4), min_size=1, max_size=8),
    people=st.integers(1, 6),
    minutes=st.integers(5, 100),
    gap=st.none() | st.integers(1, 7),
)
def test_the_seats_alone_say_who_sits_where(
    left: list[int], people: int, minutes: int, gap: int | None
) -> None:
    """What was kept for a visit becomes the same visit; one seat more or less becomes none."""
    made = rooms(*left, gap_before=gap)
    for fit in (fit_together, fit_apart):
        runs = fit(made, 0, people, minutes)
        if runs is None:
            continue
        used = Counter(slot for run in runs for slot in run)
        kept = [structs.replace(room, left=used[room.id]) for room in made if used[room.id]]
        assert refit(kept, people, minutes) == runs
        for change in (-1, 1):
            last = structs.replace(kept[-1], left=kept[-1].left + change)
            assert refit([*kept[:-1], last], people, minutes) is None


def test_a_family_begins_in_the_slot_it_chose_and_stays_together() -> None:
    assert indices(*_placed([2, 1, 3], people=4, minutes=20)) == [(0,), (0,), (1,), (2,)]
    assert indices(*_placed([2, 0, 3], people=3, minutes=20)) == []
    assert indices(*_placed([0, 4], people=1, minutes=20)) == []


def test_two_slots_each_side_by_side() -> None:
    assert indices(*_placed([2, 2, 2, 2], people=4, minutes=45)) == [(0, 1), (0, 1), (2, 3), (2, 3)]
    assert indices(*_placed([1, 0, 5], people=1, minutes=45)) == []


def _placed(
    left: list[int], *, people: int, minutes: int
) -> tuple[list[Room], list[tuple[UUID, ...]] | None]:
    made = rooms(*left)
    return made, fit_together(made, 0, people, minutes)


def test_a_lunch_break_is_a_gap_for_a_family_and_none_for_a_group() -> None:
    made = rooms(1, 1, gap_before=1)
    assert fit_together(made, 0, 2, 20) is None
    assert indices(made, fit_apart(made, 0, 2, 20)) == [(0,), (1,)]
    assert run_length(made, 0, 40) is None


def test_where_it_can_begin() -> None:
    made = rooms(1, 2, 0, 3)
    assert firsts_that_fit(made, 2, 20) == {made[0].id, made[1].id, made[3].id}
    assert firsts_that_fit(made, 1, 40) == {made[0].id}
    assert firsts_that_fit(made, 6, 20, apart=True) == {made[0].id}
