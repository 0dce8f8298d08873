"""Visits that several hold, confirm, move and cancel at once: all of a visit, or nothing."""

from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

import pytest

from services import appointments, catalog
from services.appointments import (
    AlreadyBooked,
    Appointment,
    AppointmentSettled,
    AppointmentStatus,
    BookVisit,
    DayTaken,
    HeldElsewhere,
    HeldSeat,
    HoldExpired,
    HoldUsed,
    HoldVisit,
    MoveParty,
    SlotFull,
    VisitDoesNotFit,
)
from services.kernel import database
from services.kernel.actor import Actor
from services.kernel.errors import DomainError
from tests.bookings import ITEM, NOW, TOMORROW, booked, named, open_hall, slots
from tests.races.guards import overtaken, without
from tests.races.rush import all_at_once
from tests.races.test_families import family

pytestmark = pytest.mark.usefixtures("committed_database", "redis")

ROUNDS = 4
LATE = NOW + timedelta(minutes=10)
BOOKED = AppointmentStatus.BOOKED
# What locks all that a hold keeps, and what uses the hold up.
_KEPT = "WHERE (hold.id = $1 OR hold.part_of = $1) ORDER BY seat.id"
_USE = "UPDATE hold SET status = 'used' WHERE (id = $1 OR part_of = $1)"


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
    for slot_id in await first_slots():
        # Six seats a day; one of them is taken.
        await booked(await named(), slot_id)
        families = [await family(2) for _ in range(2)]
        found = await all_at_once(partial(kept_for, slot_id, *one) for one in families)
        assert sorted(type(one).__name__ for one in found) == [
            HeldSeat.__name__,
            VisitDoesNotFit.__name__,
        ]


@pytest.mark.control_of("test_two_families_and_room_for_one")
async def test_without_the_lock_who_looked_first_is_turned_away() -> None:
    """They have counted enough seats, and some of these are gone when they reach for them."""
    [slot_id, *_] = await first_slots()
    await booked(await named(), slot_id)
    mine, theirs = await family(2), await family(2)
    counting = "SELECT slot_id, count(*) AS left FROM seat"
    with (
        without("FOR NO KEY UPDATE OF slot", of="slot.office_code = first.office_code"),
        overtaken(by=partial(kept_for, slot_id, *theirs), after=counting) as other,
        pytest.raises(VisitDoesNotFit),
    ):
        await kept_for(slot_id, *mine)
    assert isinstance(other.outcome, HeldSeat)


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


@pytest.mark.control_of("test_two_tabs_keep_one_visit_and_book_it_once")
async def test_without_the_lock_the_second_tab_hears_the_wrong_thing() -> None:
    """The hold looks whole in both; one constraint or another stops the second."""
    [slot_id, *_] = await first_slots()
    citizen, people = await family(1)
    kept = await kept_for(slot_id, citizen, people)
    again = partial(confirm, citizen, people, kept.id, NOW)
    with (
        without("FOR UPDATE OF seat", of=_KEPT),
        overtaken(by=again, before=_USE) as other,
        pytest.raises((SlotFull, AlreadyBooked, DayTaken)),
    ):
        await again()
    assert isinstance(other.outcome, list)


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


@pytest.mark.control_of("test_confirmed_while_it_runs_out_by_another_clock")
async def test_without_the_lock_the_family_hears_of_a_full_slot() -> None:
    """The hold looks whole, and then one of its seats is somebody else's."""
    [slot_id, *_] = await first_slots()
    citizen, people = await family(2)
    kept = await kept_for(slot_id, citizen, people)
    stranger = partial(booked, await named(), slot_id, now=LATE)
    with (
        without("FOR UPDATE OF seat", of=_KEPT),
        overtaken(by=stranger, before=_USE) as other,
        pytest.raises(SlotFull),
    ):
        await confirm(citizen, people, kept.id, LATE - timedelta(seconds=1))
    assert isinstance(other.outcome, Appointment)


async def visited(day: int) -> tuple[Actor, list[Appointment], MoveParty]:
    """A family's visit, and how it is moved to the day's second slot."""
    here, there = await slots(TOMORROW + timedelta(days=day))
    citizen, people = await family(2)
    visit = BookVisit(item_code=ITEM, slot_id=here.id, people=people)
    made = await appointments.book_visit(citizen, visit, NOW)
    assert made[0].party_id is not None
    return citizen, made, MoveParty(party_id=made[0].party_id, slot_id=there.id)


async def where_they_are(party_id: UUID) -> set[tuple[str, int]]:
    """How far each is: the status and the number of moves."""
    rows = await database.fetch(
        "SELECT status, sequence FROM appointment WHERE party_id = $1", party_id
    )
    return {(row["status"], row["sequence"]) for row in rows}


async def test_moved_while_one_of_them_is_cancelled() -> None:
    """Everybody who is still booked is moved; who is cancelled has no seat anywhere."""
    for day in range(ROUNDS):
        citizen, made, command = await visited(day)
        moved, gone = await all_at_once(
            [
                partial(appointments.move_party, citizen, command, NOW),
                partial(appointments.cancel, citizen, made[2].reference, NOW),
            ]
        )
        assert isinstance(gone, Appointment)
        assert isinstance(moved, tuple)
        found = await where_they_are(command.party_id)
        assert {one for one in found if one[0] == BOOKED} == {(BOOKED, 1)}
        assert await consistent()


@pytest.mark.control_of("test_moved_while_one_of_them_is_cancelled")
async def test_without_the_lock_nobody_is_moved() -> None:
    """The list is out of date when the new seats are given out."""
    citizen, made, command = await visited(0)
    gone = partial(appointments.cancel, citizen, made[2].reference, NOW)
    with (
        without("FOR UPDATE OF a", of="party.organiser_id"),
        overtaken(by=gone, before="WITH moved AS") as other,
        pytest.raises(AppointmentSettled),
    ):
        await appointments.move_party(citizen, command, NOW)
    assert isinstance(other.outcome, Appointment)
    assert {sequence for _, sequence in await where_they_are(command.party_id)} == {0}
    assert await consistent()
