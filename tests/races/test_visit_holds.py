"""Visits that several hold, confirm, move and cancel at once: all of a visit, or nothing."""

import asyncio
import contextvars
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pytest

from services import appointments, catalog
from services.appointments import (
    Appointment,
    AppointmentSettled,
    AppointmentStatus,
    BookVisit,
    HeldElsewhere,
    HeldSeat,
    HoldExpired,
    HoldUsed,
    HoldVisit,
    MoveParty,
    SlotFull,
    VisitDoesNotFit,
)
from services.appointments.booking.admission import offers
from services.appointments.booking.changes import lock_to_change
from services.appointments.booking.kept import Kept, all_kept, lives
from services.appointments.visits import holding, moving
from services.kernel import database
from services.kernel.actor import Actor
from services.kernel.errors import DomainError
from services.kernel.unit_of_work import UnitOfWork, unit_of_work
from tests.bookings import ITEM, NOW, TOMORROW, booked, named, open_hall, slots
from tests.races.rush import all_at_once
from tests.races.test_families import family

pytestmark = pytest.mark.usefixtures("committed_database", "redis")

ROUNDS = 4
LATE = NOW + timedelta(minutes=10)


@pytest.fixture(autouse=True)
async def hall(committed_database: None, redis: object) -> None:
    """A hall with three seats a slot, really committed."""
    del committed_database, redis
    await catalog.sync(NOW)
    await open_hall(seats=3)


async def kept_for(slot_id: UUID, citizen: Actor, people: tuple[UUID, ...]) -> HeldSeat:
    command = HoldVisit(slot_id=slot_id, item_code=ITEM, people=people)
    return await appointments.hold_visit(citizen, command, NOW)


async def confirm(
    citizen: Actor, people: tuple[UUID, ...], hold_id: UUID, now: datetime
) -> list[Appointment]:
    command = BookVisit(item_code=ITEM, hold_id=hold_id, people=people)
    return await appointments.book_visit(citizen, command, now)


async def consistent() -> bool:
    """Whether seats, holds and appointments tell the same story."""
    wrong = await database.fetchval(
        """
        SELECT count(*) FROM seat
          LEFT JOIN hold ON hold.seat_id = seat.id AND hold.status = 'active'
          LEFT JOIN appointment a ON a.seat_id = seat.id AND a.status <> 'cancelled'
         WHERE (seat.state = 'booked') <> (a.id IS NOT NULL)
            OR seat.state <> 'held' AND hold.id IS NOT NULL
        """
    )
    return bool(wrong == 0)


async def first_slots() -> list[UUID]:
    """The first slot of each of the days ahead: each round has a day of its own."""
    days = [TOMORROW + timedelta(days=ahead) for ahead in range(ROUNDS)]
    return [(await slots(day))[0].id for day in days]


async def test_two_families_and_room_for_one() -> None:
    """Its negative control is in test_families: the lock of the slots is the same."""
    for slot_id in await first_slots():
        # Six seats a day; one of them is taken.
        await booked(await named(), slot_id)
        families = [await family(2) for _ in range(2)]
        found = await all_at_once(partial(kept_for, slot_id, *one) for one in families)
        assert sorted(type(one).__name__ for one in found) == [
            HeldSeat.__name__,
            VisitDoesNotFit.__name__,
        ]


async def test_two_tabs_keep_one_visit_and_book_it_once() -> None:
    for day in range(ROUNDS):
        times = await slots(TOMORROW + timedelta(days=day))
        citizen, people = await family(1)
        found = await all_at_once(partial(kept_for, one.id, citizen, people) for one in times)
        assert all(isinstance(one, HeldSeat | HeldElsewhere) for one in found)
        live = await database.fetch("SELECT id, part_of FROM hold WHERE status = 'active'")
        [hold_id] = [row["id"] for row in live if row["part_of"] is None]
        assert [row["part_of"] for row in live if row["part_of"]] == [hold_id]
        both = await all_at_once([partial(confirm, citizen, people, hold_id, NOW)] * 2)
        [made] = [one for one in both if isinstance(one, list)]
        [again] = [one for one in both if isinstance(one, DomainError)]
        assert isinstance(again, HoldUsed)
        assert again.reference == made[0].reference
        assert await consistent()


async def test_confirmed_while_it_runs_out_by_another_clock() -> None:
    """All of it is booked, or the family hears that its time was up."""
    for slot_id in await first_slots():
        citizen, people = await family(2)
        kept = await kept_for(slot_id, citizen, people)
        slow, quick = await all_at_once(
            [
                partial(confirm, citizen, people, kept.id, LATE - timedelta(seconds=1)),
                partial(booked, await named(), slot_id, now=LATE),
            ]
        )
        assert isinstance(slow, list | HoldExpired)
        assert isinstance(quick, Appointment | SlotFull)
        assert await consistent()


async def test_without_the_lock_only_the_constraint_is_left(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The negative control: the hold looks whole, and then one of its seats is somebody else's."""
    [slot_id, *_] = await first_slots()
    citizen, people = await family(2)
    kept = await kept_for(slot_id, citizen, people)
    looked, claimed = asyncio.Event(), asyncio.Event()

    async def unlocked(_uow: UnitOfWork, hold_id: UUID) -> list[Kept]:
        looked.set()
        return await all_kept(hold_id)

    async def whole(hold_id: UUID, now: datetime) -> bool:
        found = await lives(hold_id, now)
        if looked.is_set():
            await claimed.wait()
        return found

    async def stranger() -> Appointment:
        await looked.wait()
        made = await booked(await named(), slot_id, now=LATE)
        claimed.set()
        return made

    monkeypatch.setattr(holding, "lock_kept", unlocked)
    monkeypatch.setattr(holding, "lives", whole)
    slow, quick = await all_at_once(
        [partial(confirm, citizen, people, kept.id, LATE - timedelta(seconds=1)), stranger]
    )
    assert isinstance(slow, SlotFull)
    assert isinstance(quick, Appointment)


async def moved_and_cancelled(day: int) -> tuple[object, object, UUID]:
    """A family is moved to the day's second slot while one of them is cancelled; the party."""
    here, there = await slots(TOMORROW + timedelta(days=day))
    citizen, people = await family(2)
    visit = BookVisit(item_code=ITEM, slot_id=here.id, people=people)
    made = await appointments.book_visit(citizen, visit, NOW)
    party_id = made[0].party_id
    assert party_id is not None
    command = MoveParty(party_id=party_id, slot_id=there.id)
    moved, gone = await all_at_once(
        [
            partial(appointments.move_party, citizen, command, NOW),
            partial(appointments.cancel, citizen, made[2].reference, NOW),
        ]
    )
    return moved, gone, party_id


async def where_they_are(party_id: UUID) -> set[tuple[str, int]]:
    """How far each is: the status and the number of moves."""
    rows = await database.fetch(
        "SELECT status, sequence FROM appointment WHERE party_id = $1", party_id
    )
    return {(row["status"], row["sequence"]) for row in rows}


async def test_moved_while_one_of_them_is_cancelled() -> None:
    """Everybody who is still booked is moved; who is cancelled has no seat anywhere."""
    for day in range(ROUNDS):
        moved, gone, party_id = await moved_and_cancelled(day)
        assert isinstance(gone, Appointment)
        assert isinstance(moved, tuple)
        found = await where_they_are(party_id)
        booked_ones = {one for one in found if one[0] == AppointmentStatus.BOOKED}
        assert booked_ones == {(AppointmentStatus.BOOKED, 1)}
        assert await consistent()


async def test_without_the_locks_nobody_is_moved(monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control: the list is out of date when the new seats are given out."""
    read = asyncio.Event()
    cancelled = asyncio.Event()
    cancel = appointments.cancel

    async def unlocked(_uow: UnitOfWork, *asked: Any) -> object:
        """In a transaction of its own, which is over at once."""

        async def alone() -> object:
            async with unit_of_work() as uow:
                return await lock_to_change(uow, *asked)

        return await asyncio.create_task(alone(), context=contextvars.Context())

    async def slowly(*asked: Any) -> object:
        read.set()
        await cancelled.wait()
        return await offers(*asked)

    async def cancels(*asked: Any) -> Appointment:
        await read.wait()
        gone = await cancel(*asked)
        cancelled.set()
        return gone

    monkeypatch.setattr(moving, "lock_to_change", unlocked)
    monkeypatch.setattr(moving, "offers", slowly)
    monkeypatch.setattr(appointments, "cancel", cancels)
    moved, gone, party_id = await moved_and_cancelled(0)
    assert isinstance(gone, Appointment)
    assert isinstance(moved, AppointmentSettled)
    assert {sequence for _, sequence in await where_they_are(party_id)} == {0}
    assert await consistent()
