"""A rush on one slot: the race is real, the constraint ends it, and the claim avoids it.

The control first: a booking that reads and then writes, as code without a constraint behind it
would, sells seats twice. The same code with the constraint in place cannot.
"""

import asyncio
from functools import partial
from uuid import UUID

import asyncpg
import pytest
from msgspec import Struct

from banshi.embedded.postgres import SUPERUSER
from services import appointments
from services.appointments import Appointment, Book, SlotFull
from services.kernel import database
from services.kernel.ids import new_id, new_reference
from tests.bookings import ITEM, NOW, TOMORROW, named, open_hall, seat_states, slots
from tests.harness.run import Worker
from tests.races.rush import BareSlot, all_at_once, bare_slot, throw_away_database

RUSH = 12
SEATS = 3

_FREE_SEAT = """
    SELECT seat.id FROM seat
     WHERE slot_id = $1 AND NOT EXISTS (
           SELECT 1 FROM appointment WHERE seat_id = seat.id AND status <> 'cancelled')
     ORDER BY number LIMIT 1
"""
_BOOK = """
    INSERT INTO appointment (id, reference, status, person_id, item_code, slot_id, office_code,
                             line, starts_at, ends_at, seat_id, share, channel, sequence, booked_at)
    SELECT $1, $2, 'booked', $3, 'item', slot.id, office_code, line, starts_at, ends_at, $4,
           'online', 'online', 0, now()
      FROM slot WHERE slot.id = $5
"""


async def check_then_write(
    pool: "asyncpg.Pool[asyncpg.Record]", slot: BareSlot, person_id: UUID
) -> None:
    """Book as naive code does."""
    async with pool.acquire() as connection, connection.transaction():
        seat_id = await connection.fetchval(_FREE_SEAT, slot.id)
        if seat_id is None:
            return
        await asyncio.sleep(0.05)  # a page is rendered, a notice is prepared, …
        await connection.execute(_BOOK, new_id(), new_reference(), person_id, seat_id, slot.id)


class Aftermath(Struct, frozen=True):
    """The appointments that stand after a rush, and what the others met."""

    appointments: int
    errors: tuple[BaseException, ...]


async def naive_rush(worker: Worker, name: str, *, constraint: bool) -> Aftermath:
    """Let everybody book naively, with the constraint or without it."""
    async with throw_away_database(worker, name) as database_name:
        url = worker.run.postgres.url(SUPERUSER, database_name)
        async with asyncpg.create_pool(url, min_size=RUSH, max_size=RUSH) as pool:
            async with pool.acquire() as connection:
                slot = await bare_slot(connection, seats=SEATS, people=RUSH)
                if not constraint:
                    await connection.execute("DROP INDEX appointment_one_per_seat")
            tries = [check_then_write(pool, slot, person_id) for person_id in slot.people]
            outcomes = await asyncio.gather(*tries, return_exceptions=True)
            return Aftermath(
                await pool.fetchval("SELECT count(*) FROM appointment"),
                tuple(one for one in outcomes if one is not None),
            )


@pytest.mark.control_of(
    "test_with_the_constraint_even_naive_code_cannot",
    "test_exactly_as_many_are_booked_as_there_are_seats",
)
@pytest.mark.usefixtures("committed_database")
async def test_without_the_constraint_naive_code_oversells(worker: Worker) -> None:
    aftermath = await naive_rush(worker, "oversold", constraint=False)
    assert aftermath.appointments > SEATS
    assert aftermath.errors == ()


@pytest.mark.usefixtures("committed_database")
async def test_with_the_constraint_even_naive_code_cannot(worker: Worker) -> None:
    aftermath = await naive_rush(worker, "held", constraint=True)
    assert 0 < aftermath.appointments <= SEATS
    assert len(aftermath.errors) == RUSH - aftermath.appointments
    for error in aftermath.errors:
        assert isinstance(error, asyncpg.UniqueViolationError)
        assert error.constraint_name == "appointment_one_per_seat"


@pytest.mark.usefixtures("committed_database", "redis")
async def test_exactly_as_many_are_booked_as_there_are_seats() -> None:
    await open_hall(seats=SEATS)
    [first, _] = await slots(TOMORROW)
    people = [await named() for _ in range(RUSH)]
    command = Book(item_code=ITEM, slot_id=first.id)
    outcomes = await all_at_once(
        partial(appointments.book, citizen, command, NOW) for citizen in people
    )
    made = [one for one in outcomes if isinstance(one, Appointment)]
    assert len(made) == SEATS
    assert all(isinstance(one, SlotFull) for one in outcomes if one not in made)
    assert await seat_states(first.id) == ["booked"] * SEATS
    events = await database.fetchval(
        "SELECT count(*) FROM outbox_event WHERE topic = 'appointments.booked'"
    )
    assert events == SEATS
