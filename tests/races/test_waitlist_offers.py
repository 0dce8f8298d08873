"""Offering and taking at once: one seat is one person's, whoever is faster.

The controls: a worker that reads and then writes offers a seat twice; one that passes a seat on
without looking again takes it from somebody who has just booked it.
"""

import asyncio
from datetime import timedelta
from functools import partial
from uuid import UUID

import asyncpg
import pytest

from banshi.embedded.postgres import SUPERUSER
from services import appointments, catalog
from services.appointments import Appointment, OfferOver, WaitlistSettled, WaitlistStatus
from services.kernel import database
from services.kernel.actor import Actor
from services.kernel.ids import new_id, new_reference
from services.kernel.unit_of_work import unit_of_work
from tests.bookings import ITEM, NOW, booked, named, open_hall, slots, waits
from tests.harness.run import Worker
from tests.races.guards import overtaken, without
from tests.races.rush import BareSlot, all_at_once, bare_slot, throw_away_database

WORKERS = 6
# What locks all that a hold keeps.
KEPT = "WHERE (hold.id = $1 OR hold.part_of = $1) ORDER BY seat.id"

_HOLD = """
    INSERT INTO hold (id, seat_id, person_id, item_code, status, expires_at, created_at)
    VALUES ($1, $2, $3, 'item', 'active', now() + interval '1 hour', now())
"""
_BOOK = """
    INSERT INTO appointment (id, reference, status, person_id, item_code, slot_id, office_code,
                             line, starts_at, ends_at, seat_id, share, channel, sequence, booked_at)
    SELECT $1, $2, 'booked', $3, 'item', slot.id, office_code, line, starts_at, ends_at, $4,
           'online', 'waitlist', 0, now()
      FROM slot
"""


async def naive_offer(pool: "asyncpg.Pool[asyncpg.Record]", slot_id: UUID, person_id: UUID) -> None:
    """Offer the first seat that is free, as code does that reads and then writes."""
    async with pool.acquire() as connection, connection.transaction():
        seat_id = await connection.fetchval(
            "SELECT id FROM seat WHERE slot_id = $1 AND state = 'free'", slot_id
        )
        if seat_id is None:
            return
        await asyncio.sleep(0.05)  # who is first in line? …
        await connection.execute("UPDATE seat SET state = 'held', held_until = now() + '1h'")
        await connection.execute(_HOLD, new_id(), seat_id, person_id)


async def naively_offered(worker: Worker, name: str, *, constraint: bool) -> int:
    """How many people have the one seat once several workers have offered it."""
    async with throw_away_database(worker, name) as database_name:
        url = worker.run.postgres.url(SUPERUSER, database_name)
        async with asyncpg.create_pool(url, min_size=WORKERS, max_size=WORKERS) as pool:
            async with pool.acquire() as connection:
                slot = await bare_slot(connection, seats=1, people=WORKERS)
                if not constraint:
                    await connection.execute("DROP INDEX hold_one_per_seat")
            tries = [naive_offer(pool, slot.id, person_id) for person_id in slot.people]
            await asyncio.gather(*tries, return_exceptions=True)
            return int(await pool.fetchval("SELECT count(*) FROM hold WHERE status = 'active'"))


@pytest.mark.control_of(
    "test_with_the_constraint_even_naive_workers_offer_it_once",
    "test_many_workers_offer_one_seat_to_the_first_alone",
)
@pytest.mark.usefixtures("committed_database")
async def test_without_the_constraint_a_seat_is_offered_twice(worker: Worker) -> None:
    assert await naively_offered(worker, "offered_twice", constraint=False) > 1


@pytest.mark.usefixtures("committed_database")
async def test_with_the_constraint_even_naive_workers_offer_it_once(worker: Worker) -> None:
    assert await naively_offered(worker, "offered_once", constraint=True) == 1


async def naive_take(pool: "asyncpg.Pool[asyncpg.Record]", slot: BareSlot) -> None:
    """Confirm a hold that was there a moment ago."""
    async with pool.acquire() as connection, connection.transaction():
        seat_id = await connection.fetchval("SELECT seat_id FROM hold WHERE status = 'active'")
        await asyncio.sleep(0.05)  # is the person still allowed to? …
        await connection.execute("UPDATE seat SET state = 'booked', held_until = NULL")
        await connection.execute(
            "UPDATE hold SET status = 'used' WHERE person_id = $1", slot.people[0]
        )
        await connection.execute(_BOOK, new_id(), new_reference(), slot.people[0], seat_id)


async def naive_passing_on(pool: "asyncpg.Pool[asyncpg.Record]", slot: BareSlot) -> None:
    """Pass on a seat whose offer was over a moment ago."""
    async with pool.acquire() as connection, connection.transaction():
        seat_id = await connection.fetchval("SELECT seat_id FROM hold WHERE status = 'active'")
        await asyncio.sleep(0.05)  # who is next? …
        await connection.execute("UPDATE hold SET status = 'expired' WHERE status = 'active'")
        await connection.execute(_HOLD, new_id(), seat_id, slot.people[1])


@pytest.mark.control_of("test_an_offer_that_lapses_while_it_is_taken_is_one_persons")
@pytest.mark.usefixtures("committed_database")
async def test_without_the_lock_a_seat_is_taken_and_passed_on(worker: Worker) -> None:
    async with throw_away_database(worker, "passed_on") as database_name:
        url = worker.run.postgres.url(SUPERUSER, database_name)
        async with asyncpg.create_pool(url, min_size=2, max_size=2) as pool:
            async with pool.acquire() as connection:
                slot = await bare_slot(connection, seats=1, people=2)
                seat_id = await connection.fetchval("SELECT id FROM seat")
                await connection.execute(_HOLD, new_id(), seat_id, slot.people[0])
            await asyncio.gather(naive_take(pool, slot), naive_passing_on(pool, slot))
            booked_and_kept = await pool.fetchval(
                "SELECT count(*) FROM appointment JOIN hold USING (seat_id)"
                " WHERE hold.status = 'active'"
            )
            assert booked_and_kept == 1


async def hall_with_a_seat_back(people: int) -> tuple[UUID, list[tuple[Actor, UUID]]]:
    """One seat that has come back, and people who wait for it, in order."""
    await catalog.sync(NOW)
    await open_hall(seats=1)
    [first, _] = await slots()
    holder = await named()
    made = await booked(holder, first.id)
    waiting = []
    for number in range(people):
        citizen = await named()
        waiting.append((citizen, await waits(citizen, now=NOW + timedelta(seconds=number))))
    await appointments.cancel(holder, made.reference, NOW)
    async with unit_of_work() as uow:
        await uow.execute("UPDATE seat SET returns_at = $1 WHERE returns_at IS NOT NULL", NOW)
    return first.id, waiting


async def statuses() -> list[str]:
    rows = await database.fetch("SELECT status FROM waitlist_entry ORDER BY created_at")
    return [row["status"] for row in rows]


@pytest.mark.usefixtures("committed_database", "redis")
async def test_many_workers_offer_one_seat_to_the_first_alone() -> None:
    await hall_with_a_seat_back(3)
    now = NOW + timedelta(minutes=1)
    made = await all_at_once(partial(appointments.offer_seats, now) for _ in range(WORKERS))
    assert sum(one for one in made if isinstance(one, int)) == 1
    assert await statuses() == ["offered", "waiting", "waiting"]
    assert await database.fetchval("SELECT count(*) FROM hold WHERE status = 'active'") == 1


@pytest.mark.usefixtures("committed_database", "redis")
async def test_an_offer_that_lapses_while_it_is_taken_is_one_persons() -> None:
    """Taken in the last second by its holder, passed on a second later by the worker."""
    slot_id, waiting = await hall_with_a_seat_back(2)
    now = NOW + timedelta(minutes=1)
    await appointments.offer_seats(now)
    citizen, entry_id = waiting[0]
    until = now + timedelta(minutes=30)
    outcomes = await all_at_once(
        [
            partial(appointments.take_offer, citizen, entry_id, until - timedelta(seconds=1)),
            *(partial(appointments.offer_seats, until) for _ in range(WORKERS)),
        ]
    )
    active = await database.fetchval("SELECT count(*) FROM hold WHERE status = 'active'")
    taken = await database.fetchval(
        "SELECT count(*) FROM appointment WHERE slot_id = $1 AND status = 'booked'", slot_id
    )
    if isinstance(outcomes[0], Appointment):
        assert (taken, active) == (1, 0)
        assert await statuses() == ["taken", "waiting"]
    else:
        assert isinstance(outcomes[0], OfferOver | WaitlistSettled)
        assert (taken, active) == (0, 1)
        assert await statuses() == ["lapsed", "offered"]


@pytest.mark.control_of("test_taking_and_leaving_in_two_tabs_has_one_outcome")
@pytest.mark.usefixtures("committed_database", "redis")
async def test_without_the_states_somebody_takes_what_they_have_left() -> None:
    _, waiting = await hall_with_a_seat_back(1)
    now = NOW + timedelta(minutes=1)
    await appointments.offer_seats(now)
    citizen, entry_id = waiting[0]
    step = "UPDATE waitlist_entry SET status = $2"
    with (
        without("AND status = ANY($3::text[])", of=step, instead="AND $3::text[] IS NOT NULL"),
        overtaken(
            by=partial(appointments.take_offer, citizen, entry_id, now),
            before=KEPT,
        ) as other,
    ):
        await appointments.leave_waitlist(citizen, entry_id, now)
    assert isinstance(other.outcome, Appointment)
    assert await statuses() == [WaitlistStatus.LEFT]


@pytest.mark.usefixtures("committed_database", "redis")
async def test_taking_and_leaving_in_two_tabs_has_one_outcome() -> None:
    slot_id, waiting = await hall_with_a_seat_back(1)
    now = NOW + timedelta(minutes=1)
    await appointments.offer_seats(now)
    citizen, entry_id = waiting[0]
    outcomes = await all_at_once(
        [
            partial(appointments.take_offer, citizen, entry_id, now),
            partial(appointments.leave_waitlist, citizen, entry_id, now),
            partial(appointments.take_offer, citizen, entry_id, now),
        ]
    )
    made = [one for one in outcomes if isinstance(one, Appointment)]
    [status] = await statuses()
    assert (len(made), status) in {(1, WaitlistStatus.TAKEN), (0, WaitlistStatus.LEFT)}
    state = await database.fetchval("SELECT state FROM seat WHERE slot_id = $1", slot_id)
    assert state == ("booked" if made else "free")


@pytest.mark.control_of("test_a_hold_is_prolonged_once_from_many_tabs")
@pytest.mark.usefixtures("committed_database", "redis")
async def test_without_what_is_left_a_hold_is_prolonged_twice() -> None:
    await catalog.sync(NOW)
    await open_hall(seats=1)
    citizen = await named()
    command = appointments.Hold(slot_id=(await slots())[0].id, item_code=ITEM)
    kept = await appointments.hold(citizen, command, NOW)
    longer = partial(appointments.extend_hold, citizen, kept.id, NOW)
    adding = "UPDATE hold SET expires_at = least"
    with (
        without("FOR UPDATE OF seat", of=KEPT),
        without(
            "extensions_left = extensions_left - 1", of=adding, instead="created_at = created_at"
        ),
        overtaken(by=longer, after=KEPT) as other,
    ):
        mine = await longer()
    assert isinstance(other.outcome, appointments.HeldSeat)
    assert mine.expires_at == kept.expires_at + timedelta(minutes=20)


@pytest.mark.usefixtures("committed_database", "redis")
async def test_a_hold_is_prolonged_once_from_many_tabs() -> None:
    await catalog.sync(NOW)
    await open_hall(seats=1)
    citizen = await named()
    command = appointments.Hold(slot_id=(await slots())[0].id, item_code=ITEM)
    kept = await appointments.hold(citizen, command, NOW)
    await all_at_once(partial(appointments.extend_hold, citizen, kept.id, NOW) for _ in range(5))
    longer = await appointments.held_seat(citizen, kept.id, NOW)
    assert longer.expires_at == kept.expires_at + timedelta(minutes=10)
