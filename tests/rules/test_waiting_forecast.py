"""How often a told waiting time comes true, on halls that are played out."""

import random
from collections.abc import Callable, Sequence
from heapq import heapify, heappop, heappush
from math import exp, inf
from uuid import UUID, uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.catalog import Line
from services.queue import forecast
from services.queue.forecast import (
    LEAST_SAMPLES,
    OpenWindow,
    Outlook,
    Standing,
    told_minutes,
    waits,
)

HALLS = 200
Draw = Callable[[random.Random], float]


def long_tailed(chance: random.Random) -> float:
    """Most are short and some take for ever, as at a real window: median five minutes."""
    return exp(chance.gauss(5.7, 0.6))


def two_kinds(chance: random.Random) -> float:
    """A quick collection or a long first application."""
    return chance.uniform(60, 180) if chance.random() < 0.6 else chance.uniform(600, 1200)


def even(chance: random.Random) -> float:
    return chance.uniform(200, 400)


def hall(chance: random.Random, draw: Draw) -> Outlook:
    """Some windows at work, some people in line, and a history of the same kind of days."""
    windows = [
        OpenWindow((Line.HOUSEHOLD,), chance.uniform(0, 120)) for _ in range(chance.randint(1, 6))
    ]
    standing = [
        Standing(uuid4(), Line.HOUSEHOLD, float(-place)) for place in range(chance.randint(1, 30))
    ][::-1]
    history = [draw(chance) for _ in range(chance.randint(25, 120))]
    return Outlook(windows=windows, standing=standing, durations={Line.HOUSEHOLD: history})


def really(outlook: Outlook, chance: random.Random, draw: Draw) -> dict[UUID, float]:
    """What then happens, told by other code than the forecast's."""
    free = []
    for window in outlook.windows:
        whole = next(one for one in iter(lambda: draw(chance), -1.0) if one > (window.busy or 0))
        free.append(whole - (window.busy or 0))
    heapify(free)
    called = {}
    for one in sorted(outlook.standing, key=lambda each: each.order):
        at = heappop(free)
        called[one.id] = at
        heappush(free, at + draw(chance))
    return called


@pytest.mark.parametrize("draw", [long_tailed, two_kinds, even])
def test_eight_of_ten_are_called_within_what_was_told(draw: Draw) -> None:
    chance = random.Random(20250708)
    found = told = 0
    for _ in range(HALLS):
        outlook = hall(chance, draw)
        forecasts = waits(outlook, chance)
        truth = really(outlook, chance, draw)
        # One person a hall: those of one hall wait for the same clerks and come true together.
        asked = chance.choice(outlook.standing).id
        found += truth[asked] <= forecasts[asked]
        told += truth[asked] <= told_minutes(forecasts[asked]) * 60
    assert 0.75 <= found / HALLS <= 0.90
    # Rounding up to whole and to five minutes is on the side of whoever waits.
    assert found <= told


def test_whoever_is_called_later_is_told_no_shorter_time() -> None:
    chance = random.Random(1)
    outlook = hall(chance, long_tailed)
    found = waits(outlook, chance)
    in_order = [found[one.id] for one in sorted(outlook.standing, key=lambda each: each.order)]
    assert in_order == sorted(in_order)


def test_one_window_more_never_makes_the_wait_longer() -> None:
    outlook = hall(random.Random(2), even)
    more = Outlook(
        windows=[*outlook.windows, OpenWindow((Line.HOUSEHOLD,), None)],
        standing=outlook.standing,
        durations=outlook.durations,
    )
    before, after = waits(outlook, random.Random(3)), waits(more, random.Random(3))
    last = min(outlook.standing, key=lambda each: -each.order).id
    assert after[last] < before[last]


def test_appointments_and_head_starts_that_are_still_to_come_count() -> None:
    outlook = hall(random.Random(4), even)
    with_more = Outlook(
        windows=outlook.windows,
        standing=outlook.standing,
        durations=outlook.durations,
        expected=[forecast.Expected(Line.HOUSEHOLD, -9999.0, 0.0, 60.0) for _ in range(20)],
        overtaking=[forecast.Overtaking(Line.HOUSEHOLD, 1 / 300, 1200.0)],
    )
    last = max(outlook.standing, key=lambda each: each.order).id
    assert waits(with_more, random.Random(5))[last] > waits(outlook, random.Random(5))[last]


def test_too_little_history_gives_no_figure_and_no_window_gives_no_end() -> None:
    one = Standing(uuid4(), Line.HOUSEHOLD, 0.0)
    other = Standing(uuid4(), Line.VEHICLE, 0.0)
    found = waits(
        Outlook(
            windows=[OpenWindow((Line.HOUSEHOLD,), None)],
            standing=[one, other],
            durations={
                Line.HOUSEHOLD: [300.0] * (LEAST_SAMPLES - 1),
                Line.VEHICLE: [300.0] * LEAST_SAMPLES,
            },
        ),
        random.Random(6),
    )
    assert found == {other.id: inf}


@settings(max_examples=40, deadline=None)
@given(st.lists(st.floats(1, 20_000), min_size=1, max_size=30))
def test_told_minutes_are_never_less_than_found(seconds: Sequence[float]) -> None:
    for each in seconds:
        minutes = told_minutes(each)
        assert minutes * 60 >= each
        assert minutes <= 10 or minutes % 5 == 0
        assert minutes * 60 < each + 60 * 6
