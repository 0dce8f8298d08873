"""Seats for people from a slot on: for each as many adjoining ones as the visit takes."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from msgspec import Struct

from services import catalog
from services.appointments.seating import rooms, seats
from services.appointments.seating.errors import SlotFull, VisitDoesNotFit
from services.appointments.seating.fitting import fit_apart, fit_together
from services.appointments.states import Share
from services.kernel.unit_of_work import UnitOfWork


class Place(Protocol):
    """A slot, as much of it as seating takes."""

    @property
    def slot_id(self) -> UUID:
        """Its key."""

    @property
    def starts_at(self) -> datetime:
        """When it begins."""

    @property
    def ends_at(self) -> datetime:
        """When it ends."""


class Placed(Struct, frozen=True, kw_only=True):
    """One person's seats: the first, then those that lengthen it."""

    person_id: UUID
    run: tuple[UUID, ...]
    seats: tuple[seats.Seat, ...]
    # Which of the person's appointments at the line it is that day.
    nth_of_day: int = 1


async def minutes_of(item_code: str, further_items: Sequence[str]) -> int:
    """How long a visit with these items takes."""
    return sum([(await catalog.item(code)).minutes for code in (item_code, *further_items)])


async def seat_people(
    uow: UnitOfWork,
    people: Sequence[UUID],
    place: Place,
    now: datetime,
    *,
    minutes: int,
    shares: Sequence[Share],
    apart: bool = False,
    held_until: datetime | None = None,
) -> list[Placed]:
    """Seats for all from the slot on, for so many minutes each, or an error.

    `apart`, they may sit with gaps in time between them. Locks the slots in order of time, if more
    than one seat is wanted; then seats without waiting.
    """
    runs: list[tuple[UUID, ...]] | None = [(place.slot_id,)]
    if len(people) > 1 or place.ends_at - place.starts_at < timedelta(minutes=minutes):
        free = await rooms.lock_rooms(uow, place.slot_id, shares, now)
        fit = fit_apart if apart else fit_together
        runs = fit(free, 0, len(people), minutes)
    if runs is None:
        raise VisitDoesNotFit
    return await seat_runs(uow, people, runs, shares, now, held_until=held_until)


async def seat_runs(
    uow: UnitOfWork,
    people: Sequence[UUID],
    runs: Sequence[tuple[UUID, ...]],
    shares: Sequence[Share],
    now: datetime,
    *,
    held_until: datetime | None = None,
) -> list[Placed]:
    """Claim a seat of every slot of every run, all of them or none; to be held, or booked.

    Raises SlotFull (one seat was wanted) or VisitDoesNotFit.
    """
    wanted = Counter(slot_id for run in runs for slot_id in run)
    claimed = await seats.claim_some(uow, wanted, shares, now, held_until=held_until)
    if any(len(claimed.get(slot_id, ())) < number for slot_id, number in wanted.items()):
        raise SlotFull if wanted.total() == 1 else VisitDoesNotFit
    left: Mapping[UUID, Iterator[seats.Seat]] = {
        slot_id: iter(some) for slot_id, some in claimed.items()
    }
    return [
        Placed(person_id=person_id, run=run, seats=tuple(next(left[slot]) for slot in run))
        for person_id, run in zip(people, runs, strict=True)
    ]
