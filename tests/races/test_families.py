"""Two families want the last seats of a slot: one gets them all, never each a part."""

import asyncio
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from banshi.embedded.postgres import SUPERUSER
from services import appointments, catalog, identity
from services.appointments import AlreadyBooked, Appointment, BookVisit
from services.appointments.seating import rooms, seats
from services.appointments.seating.errors import VisitDoesNotFit
from services.appointments.seating.fitting import Room
from services.identity import RealName
from services.kernel import database
from services.kernel.actor import Actor
from services.kernel.errors import DomainError
from services.kernel.ids import new_id, new_reference
from services.kernel.unit_of_work import UnitOfWork
from tests.bookings import ITEM, NOW, OTHER_ITEM, TOMORROW, booked, named, open_hall, slots
from tests.harness.run import Worker
from tests.people import new_resident_id
from tests.races.rush import BareSlot, all_at_once, bare_slot, throw_away_database

pytestmark = pytest.mark.usefixtures("committed_database", "redis")
ROUNDS = 4


@pytest.fixture(autouse=True)
async def halls(committed_database: None, redis: object) -> None:
    """The catalogue, committed."""
    del committed_database, redis
    await catalog.sync(NOW)


async def family(size: int) -> tuple[Actor, tuple[UUID, ...]]:
    citizen = await named()
    people = []
    for _ in range(size):
        details = RealName(name="张小宝", id_type="resident_id", id_number=new_resident_id())
        people.append(await identity.add_companion(citizen, details, NOW))
    return citizen, tuple(people)


async def visit(slot_id: UUID, citizen: Actor, people: tuple[UUID, ...]) -> list[Appointment]:
    command = BookVisit(item_code=ITEM, slot_id=slot_id, people=people)
    return await appointments.book_visit(citizen, command, NOW)


async def two_families(slot_id: UUID) -> list[object]:
    """Each of three, for three seats."""
    families = [await family(2) for _ in range(2)]
    return await all_at_once(
        partial(visit, slot_id, citizen, people) for citizen, people in families
    )


async def seats_taken(slot_id: UUID) -> int:
    taken = await database.fetchval(
        "SELECT count(*) FROM seat WHERE slot_id = $1 AND state = 'booked'", slot_id
    )
    return int(taken)


async def test_one_family_gets_all_the_seats() -> None:
    await open_hall(seats=3, slot_minutes=120)
    [slot] = await slots()
    found = await two_families(slot.id)
    winners = [one for one in found if isinstance(one, list)]
    losers = [one for one in found if isinstance(one, DomainError)]
    assert [len(one) for one in winners] == [3]
    assert [type(one) for one in losers] == [VisitDoesNotFit]
    assert await seats_taken(slot.id) == 3


@pytest.mark.control_of("test_one_family_gets_all_the_seats")
async def test_without_the_lock_nobody_may_get_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control: both count three seats, each claims some, and both must give way."""
    await open_hall(seats=3, slot_minutes=120)
    [slot] = await slots()
    counted = asyncio.Barrier(2)

    async def unlocked(uow: UnitOfWork, slot_id: UUID, *_: object) -> list[Room]:
        row = await uow.fetchrow("SELECT id, starts_at, ends_at FROM slot WHERE id = $1", slot_id)
        assert row is not None
        await counted.wait()
        # Each has claimed a part by the time that the other goes for the rest.
        claim = "SELECT id FROM seat WHERE slot_id = $1 LIMIT {} FOR UPDATE SKIP LOCKED"
        await uow.fetch(claim.format(1), slot_id)
        await counted.wait()
        return [Room(**dict(row), left=3)]

    claim_some = seats.claim_some

    async def claimed_by_both(*asked: Any, **more: Any) -> Mapping[UUID, Sequence[seats.Seat]]:
        """Neither gives its part back before the other has looked."""
        claimed = await claim_some(*asked, **more)
        await counted.wait()
        return claimed

    monkeypatch.setattr(rooms, "lock_rooms", unlocked)
    monkeypatch.setattr(seats, "claim_some", claimed_by_both)
    found = await two_families(slot.id)
    assert [type(one) for one in found] == [VisitDoesNotFit, VisitDoesNotFit]
    assert await seats_taken(slot.id) == 0


async def test_one_person_and_item_in_two_visits_at_once() -> None:
    """As the first item here, as a further one there: one of the two is booked."""
    await open_hall(seats=9)
    days = [TOMORROW, TOMORROW.replace(day=TOMORROW.day + 1)]
    [here, *_], [there, *_] = [await slots(day) for day in days]
    for _ in range(ROUNDS):
        citizen = await named()
        both = BookVisit(item_code=OTHER_ITEM, further_items=(ITEM,), slot_id=there.id)
        found = await all_at_once(
            [
                partial(booked, citizen, here.id),
                partial(appointments.book_visit, citizen, both, NOW),
            ]
        )
        refused = [one for one in found if isinstance(one, DomainError)]
        assert [type(one) for one in refused] == [AlreadyBooked]


async def insert_slowly(
    pool: "asyncpg.Pool[asyncpg.Record]", slot: BareSlot, seat: int, items: tuple[str, list[str]]
) -> None:
    """Write an appointment of the first person, and take a while to commit."""
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute(
            """
            INSERT INTO appointment (id, reference, status, person_id, item_code, slot_id,
                                     office_code, line, starts_at, ends_at, seat_id, share,
                                     channel, further_items, sequence, booked_at)
            SELECT $1, $2, 'booked', $3, $4, slot.id, office_code, line, starts_at, ends_at,
                   seat.id, 'online', 'online', $5, 0, now()
              FROM slot JOIN seat ON seat.slot_id = slot.id AND seat.number = $6
            """,
            new_id(),
            new_reference(),
            slot.people[0],
            items[0],
            items[1],
            seat,
        )
        await asyncio.sleep(0.05)


async def first_here_further_there(worker: Worker, name: str, without: str | None) -> int:
    """How many are booked of two that have one item in common, written past every check."""
    async with throw_away_database(worker, name) as database_name:
        url = worker.run.postgres.url(SUPERUSER, database_name)
        async with asyncpg.create_pool(url, min_size=2, max_size=2) as pool:
            async with pool.acquire() as connection:
                slot = await bare_slot(connection, seats=2, people=1)
                await connection.execute("DROP INDEX appointment_number_per_person_line_and_day")
                await connection.execute(
                    "INSERT INTO item SELECT 'other', line, 2, true, true, '{}', '' FROM item"
                    " WHERE code = 'item'"
                )
                if without:
                    await connection.execute(f"DROP TRIGGER {without} ON appointment")
            tries = [
                insert_slowly(pool, slot, 1, ("item", [])),
                insert_slowly(pool, slot, 2, ("other", ["item"])),
            ]
            await asyncio.gather(*tries, return_exceptions=True)
            return int(await pool.fetchval("SELECT count(*) FROM appointment"))


async def test_an_item_is_booked_once_also_as_a_further_one(worker: Worker) -> None:
    assert await first_here_further_there(worker, "once", None) == 1


@pytest.mark.control_of(
    "test_an_item_is_booked_once_also_as_a_further_one",
    "test_one_person_and_item_in_two_visits_at_once",
)
@pytest.mark.parametrize("without", ["appointment_items_once", "appointment_hold_person"])
async def test_it_takes_both_triggers(worker: Worker, without: str) -> None:
    """The negative control: one looks, the other makes them meet."""
    assert await first_here_further_there(worker, "twice", without) == 2
