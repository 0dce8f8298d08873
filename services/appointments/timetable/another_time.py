"""Another time for those whom a closure displaces: for one person, or for all who come together.

Nobody is moved to before the time that they had booked, nor at shorter notice than NOTICE: a person
has planned for that time and may have papers by then and not before. A family sits without a gap in
time; a firm's people, who come one after the other, at least on one day.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from uuid import UUID

import asyncpg
from msgspec import Struct

from services.appointments.rules import shares_to_try
from services.appointments.seating.fitting import Room, fit_apart, fit_together
from services.appointments.seating.rooms import with_left
from services.appointments.states import PartyKind, Share
from services.appointments.visits.group_booking import SHARE
from services.kernel.clock import local_date, to_local
from services.kernel.unit_of_work import UnitOfWork

NOTICE = timedelta(hours=2)

Span = tuple[datetime, datetime]
_Fit = Callable[[Sequence[Room], int, int, int], list[tuple[UUID, ...]] | None]


class Candidate(Struct, frozen=True, kw_only=True):
    """A slot from which on they could be received instead; `apart`, with gaps between them."""

    id: UUID
    starts_at: datetime
    ends_at: datetime
    apart: bool = False

    @property
    def slot_id(self) -> UUID:
        """Its key, as seating people asks for it."""
        return self.id


class Movers(Struct, frozen=True, kw_only=True):
    """Booked appointments for which one time is looked for, the first to come first.

    `beside` is when those of their party come who keep their time: a family joins them.
    """

    rows: tuple[asyncpg.Record, ...]
    kind: PartyKind | None
    minutes: int
    beside: tuple[Span, ...] = ()

    @property
    def booked_for(self) -> datetime:
        """When they would have come, at the latest of them."""
        latest: datetime = max(row["starts_at"] for row in self.rows)
        return latest

    @property
    def shares(self) -> Sequence[Share]:
        """The seats that they may have."""
        share = SHARE if self.kind is PartyKind.FIRM else Share(self.rows[0]["share"])
        return shares_to_try(share)


def earliest(booked_for: datetime, now: datetime) -> datetime:
    """Before when nobody is rebooked who had booked for `booked_for`."""
    return max(booked_for, now + NOTICE)


def nearest(booked_for: datetime, candidates: Iterable[Candidate]) -> list[Candidate]:
    """The candidates, best first: the next day, and on it the same time of day."""
    return sorted(candidates, key=lambda one: _distance(booked_for, one.starts_at))


def _distance(booked_for: datetime, starts_at: datetime) -> tuple[int, int, datetime]:
    days = (local_date(starts_at) - local_date(booked_for)).days
    was, would = to_local(booked_for), to_local(starts_at)
    minutes = abs((would.hour - was.hour) * 60 + would.minute - was.minute)
    return days, minutes, starts_at


def gapless(spans: Iterable[Span]) -> bool:
    """Whether stretches of time touch or overlap so that together they are one."""
    reached: datetime | None = None
    for starts, ends in sorted(spans):
        if reached is not None and starts > reached:
            return False
        reached = ends if reached is None else max(reached, ends)
    return True


def fitting(rooms: Sequence[Room], movers: Movers) -> list[Candidate]:
    """Where they fit, the best first; with gaps only a firm's people, and only after the rest.

    `rooms` are in order of time. Where some of them keep their time, on that day and beside them.
    """
    people = len(movers.rows)
    fits: list[tuple[_Fit, bool]] = [(fit_together, False)]
    if movers.kind is PartyKind.FIRM:
        fits.append((fit_apart, True))
    found: dict[UUID, Candidate] = {}
    for fit, apart in fits:
        there = [
            Candidate(id=room.id, starts_at=room.starts_at, ends_at=room.ends_at, apart=apart)
            for day in _days(rooms)
            for first, room in enumerate(day)
            if room.left > 0
            and (runs := fit(day, first, people, movers.minutes)) is not None
            and _joins(day, runs, movers)
        ]
        for one in nearest(movers.booked_for, there):
            found.setdefault(one.id, one)
    return list(found.values())


def _days(rooms: Sequence[Room]) -> list[list[Room]]:
    by_day = groupby(rooms, key=lambda room: local_date(room.starts_at))
    return [list(same_day) for _, same_day in by_day]


def _joins(day: Sequence[Room], runs: Sequence[tuple[UUID, ...]], movers: Movers) -> bool:
    """Whether people who sit so are with those of their party who keep their time."""
    if not movers.beside:
        return True
    if movers.kind is PartyKind.FIRM:
        return local_date(day[0].starts_at) == local_date(movers.booked_for)
    by_id: Mapping[UUID, Room] = {room.id: room for room in day}
    spans = [(by_id[run[0]].starts_at, by_id[run[-1]].ends_at) for run in runs]
    return gapless([*movers.beside, *spans])


async def candidates(
    uow: UnitOfWork, movers: Movers, within_days: int, now: datetime
) -> list[Candidate]:
    """Where they fit at their hall, the best first; also times that are not released yet.

    Whoever is displaced goes first. Days on which one of them has another appointment at the line
    are left out.
    """
    first = movers.rows[0]
    rows = await uow.fetch(
        """
        SELECT slot.id, slot.starts_at, slot.ends_at FROM slot
         WHERE slot.office_code = $1 AND slot.line = $2 AND slot.closed_at IS NULL
           AND slot.starts_at >= $3 AND slot.starts_at < $4
           AND NOT EXISTS (SELECT FROM appointment other
                            WHERE other.person_id = ANY($5::uuid[]) AND other.line = $2
                              AND other.id <> ALL($6::uuid[])
                              AND other.status IN ('booked', 'checked_in')
                              AND other.day = (slot.starts_at AT TIME ZONE 'Asia/Shanghai')::date)
         ORDER BY slot.starts_at
        """,
        first["office_code"],
        first["line"],
        earliest(movers.booked_for, now),
        movers.booked_for + timedelta(days=within_days + 1),
        [row["person_id"] for row in movers.rows],
        [row["id"] for row in movers.rows],
    )
    last = local_date(movers.booked_for) + timedelta(days=within_days)
    near = [row for row in rows if local_date(row["starts_at"]) <= last]
    return fitting(await with_left(uow, near, movers.shares, now), movers)
