"""How long people wait: the hall played forward many times with service times that really occurred.

Pure. Times are seconds from now. A quantile of many runs is told, never a promise: with p80, eight
of ten people in the same place were called earlier. tests/rules/test_waiting_forecast.py holds how
often that comes true on simulated halls.
"""

import random
from collections.abc import Callable, Mapping, Sequence
from heapq import heapify, heappop, heappush
from math import ceil, inf, log
from typing import Final
from uuid import UUID

from msgspec import Struct

from services.catalog import Line

RUNS: Final = 120
QUANTILE: Final = 0.8
LEAST_SAMPLES: Final = 10
"""Fewer finished numbers than this in a line say too little about it."""

COMES: Final = 0.9
"""How many of those with an appointment come; the others are no-shows."""

HORIZON: Final = 3 * 60 * 60
_FINE_MINUTES = 10
_COARSE_STEP = 5


class OpenWindow(Struct, frozen=True):
    """A window with a clerk; `busy` is for how long it has had its present number, None without."""

    lines: tuple[Line, ...]
    busy: float | None
    busy_with: Line | None = None


class Standing(Struct, frozen=True):
    """A number in line; the least `order` is called first."""

    id: UUID
    line: Line
    order: float


class Expected(Struct, frozen=True):
    """Somebody with an appointment who may check in between `earliest` and `latest`."""

    line: Line
    order: float
    earliest: float
    latest: float


class Overtaking(Struct, frozen=True):
    """People of a class with a head start who come without appointment, `rate` a second."""

    line: Line
    rate: float
    head_start: float


class Outlook(Struct, frozen=True, kw_only=True):
    """A hall at one moment. `durations` are from call to end, by line, in seconds."""

    windows: Sequence[OpenWindow]
    standing: Sequence[Standing]
    durations: Mapping[Line, Sequence[float]]
    expected: Sequence[Expected] = ()
    overtaking: Sequence[Overtaking] = ()


def waits(outlook: Outlook, chance: random.Random) -> dict[UUID, float]:
    """Seconds within which QUANTILE of the runs called each number; inf where no window calls it.

    Numbers of lines with fewer than LEAST_SAMPLES durations are left out.
    """
    known = {
        line: sample for line, sample in outlook.durations.items() if len(sample) >= LEAST_SAMPLES
    }
    if not known:
        return {}
    runs = [_run(outlook, known, chance) for _ in range(RUNS)]
    rank = ceil(QUANTILE * RUNS) - 1
    return {
        one.id: sorted(run.get(one.id, inf) for run in runs)[rank]
        for one in outlook.standing
        if one.line in known
    }


def told_minutes(seconds: float) -> int:
    """Whole minutes as they are told: never less than found, and coarser the longer it is."""
    minutes = max(1, ceil(seconds / 60))
    if minutes <= _FINE_MINUTES:
        return minutes
    return -(-minutes // _COARSE_STEP) * _COARSE_STEP


def _run(
    outlook: Outlook, known: Mapping[Line, Sequence[float]], chance: random.Random
) -> dict[UUID, float]:
    # Each run draws its own samples: few observations say little, and that is told as well.
    drawn = {line: chance.choices(sample, k=len(sample)) for line, sample in known.items()}
    pooled = [each for sample in drawn.values() for each in sample]

    def lasts(line: Line | None) -> float:
        sample = drawn.get(line, pooled) if line is not None else pooled
        return sample[int(chance.random() * len(sample))]

    free = [
        (0.0 if window.busy is None else _rest(lasts, window), place)
        for place, window in enumerate(outlook.windows)
    ]
    heapify(free)
    in_line: dict[Line, list[tuple[float, int, UUID | None]]] = {line: [] for line in Line}
    for place, one in enumerate(outlook.standing):
        in_line[one.line].append((one.order, place, one.id))
    for queue in in_line.values():
        heapify(queue)
    arriving = _arrivals(outlook, chance)
    next_arrival, left = 0, len(outlook.standing)
    called: dict[UUID, float] = {}
    while free and left:
        at, place = heappop(free)
        while next_arrival < len(arriving) and arriving[next_arrival][0] <= at:
            _, order, line = arriving[next_arrival]
            heappush(in_line[line], (order, len(outlook.standing) + next_arrival, None))
            next_arrival += 1
        lines = [line for line in outlook.windows[place].lines if in_line[line]]
        if not lines:
            if next_arrival < len(arriving):
                heappush(free, (arriving[next_arrival][0], place))
            continue
        line = min(lines, key=lambda each: in_line[each][0][:2])
        _, _, number = heappop(in_line[line])
        if number is not None:
            called[number] = at
            left -= 1
        heappush(free, (at + lasts(line), place))
    return called


def _rest(lasts: Callable[[Line | None], float], window: OpenWindow) -> float:
    """How much longer the present number takes, of those that took as long as it has already."""
    busy = window.busy or 0.0
    for _ in range(8):
        rest = lasts(window.busy_with) - busy
        if rest > 0:
            return rest
    return 60.0


def _arrivals(outlook: Outlook, chance: random.Random) -> list[tuple[float, float, Line]]:
    found = [
        (chance.uniform(one.earliest, one.latest), one.order, one.line)
        for one in outlook.expected
        if chance.random() < COMES
    ]
    for kind in outlook.overtaking:
        at = 0.0
        while kind.rate > 0:
            at -= log(1 - chance.random()) / kind.rate
            if at > HORIZON:
                break
            found.append((at, at - kind.head_start, kind.line))
    found.sort(key=lambda each: each[0])
    return found
