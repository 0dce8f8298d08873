"""Where a visit of several people, or of more minutes than a slot has, fits. Pure.

A person who needs more minutes than one slot gives takes a seat in each of several adjoining slots
(a run). Several people who come together take runs that begin in the slot they chose, or later, as
long as their seats leave no gap in time between them.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import groupby
from uuid import UUID

from msgspec import Struct

from services.kernel.clock import local_date


class VisitShape(Struct, frozen=True, kw_only=True):
    """What has to fit: how many people for how many items besides the first; `apart` as below."""

    further_items: tuple[str, ...] = ()
    people: int = 1
    apart: bool = False


class Room(Struct, frozen=True, kw_only=True):
    """A slot of one office and line, and the seats in it that can be had."""

    id: UUID
    starts_at: datetime
    ends_at: datetime
    left: int

    @property
    def length(self) -> timedelta:
        """How long it is."""
        return self.ends_at - self.starts_at


def run_length(rooms: Sequence[Room], first: int, minutes: int) -> int | None:
    """How many adjoining slots from `first` on give `minutes`; None when a gap comes before."""
    needed = timedelta(minutes=minutes)
    given = timedelta()
    for index in range(first, len(rooms)):
        if index > first and rooms[index].starts_at != rooms[index - 1].ends_at:
            return None
        given += rooms[index].length
        if given >= needed:
            return index - first + 1
    return None


def fit_together(
    rooms: Sequence[Room], first: int, people: int, minutes: int
) -> list[tuple[UUID, ...]] | None:
    """The slots of each person's run, or None when the visit does not fit from `first` on.

    `rooms` are in order of time. The visit begins in `first`; as many as can begin there do, the
    others in the next slot in which one can, and so on. Taking the earliest place each time seats
    the most people, so None means that no other way fits either.
    """
    left = [room.left for room in rooms]
    placed: list[tuple[UUID, ...]] = []
    filled_to = first
    for index in range(first, len(rooms)):
        if index > first and rooms[index].starts_at != rooms[index - 1].ends_at:
            break
        if index > filled_to:
            break
        length = run_length(rooms, index, minutes)
        if length is None:
            break
        run = range(index, index + length)
        while len(placed) < people and all(left[each] > 0 for each in run):
            for each in run:
                left[each] -= 1
            placed.append(tuple(rooms[each].id for each in run))
            filled_to = index + length
        if len(placed) == people:
            return placed
        if not placed:
            break
    return None


def fit_apart(
    rooms: Sequence[Room], first: int, people: int, minutes: int
) -> list[tuple[UUID, ...]] | None:
    """As `fit_together`, but gaps are no matter: the earliest runs from `first` on.

    For a firm's people, who come one after the other; None when there are too few seats.
    """
    left = [room.left for room in rooms]
    placed: list[tuple[UUID, ...]] = []
    for index in range(first, len(rooms)):
        length = run_length(rooms, index, minutes)
        if length is None:
            continue
        run = range(index, index + length)
        while len(placed) < people and all(left[each] > 0 for each in run):
            for each in run:
                left[each] -= 1
            placed.append(tuple(rooms[each].id for each in run))
        if len(placed) == people:
            return placed
    return None


def refit(rooms: Sequence[Room], people: int, minutes: int) -> list[tuple[UUID, ...]] | None:
    """The runs that these very seats were taken for, by `fit_together` or `fit_apart`.

    As many runs begin in a slot as it has seats that no earlier run takes, hence the seats alone
    say who sits where. None when they are too few or too many.
    """
    runs = fit_apart(rooms, 0, people, minutes)
    if runs is None or sum(map(len, runs)) != sum(room.left for room in rooms):
        return None
    return runs


def firsts_that_fit(
    rooms: Sequence[Room], people: int, minutes: int, *, apart: bool = False
) -> frozenset[UUID]:
    """The slots in which such a visit can begin. `rooms` may hold several days, in order."""
    fit = fit_apart if apart else fit_together
    found = set()
    for _, day in groupby(rooms, key=lambda room: local_date(room.starts_at)):
        same_day = list(day)
        for first, room in enumerate(same_day):
            if room.left > 0 and fit(same_day, first, people, minutes) is not None:
                found.add(room.id)
    return frozenset(found)
