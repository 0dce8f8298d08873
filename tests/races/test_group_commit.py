"""Several bookings in one transaction: everybody hears their own outcome, and only a true one."""

import asyncio
from collections.abc import Sequence
from datetime import date, timedelta
from functools import partial

import pytest

from services import appointments, identity
from services.appointments import (
    AlreadyBooked,
    Appointment,
    Book,
    HoldUsed,
    NotReleased,
    SlotFull,
)
from services.appointments.booking import placing
from services.appointments.booking.admission import Application, wish_of
from services.appointments.booking.placing import LATER, Outcome, place
from services.kernel import database
from services.kernel.actor import Actor
from services.kernel.errors import OutcomeUnknown, Unavailable
from services.kernel.unit_of_work import unit_of_work
from tests.bookings import (
    ITEM,
    NOW,
    OTHER_ITEM,
    TOMORROW,
    booked,
    held,
    named,
    open_hall,
    seat_states,
    slots,
)
from tests.people import citizen_actor, new_phone, signed_in
from tests.races.rush import all_at_once

pytestmark = pytest.mark.usefixtures("committed_database", "redis")

RUSH = 20


@pytest.fixture(autouse=True)
async def hall(committed_database: None, redis: object) -> None:
    """A hall with two seats a slot, really committed."""
    del committed_database, redis
    await open_hall(seats=2)


async def applied(actor: Actor, command: Book) -> Application:
    """What `book` hands on."""
    return Application(
        actor=actor,
        wish=await wish_of(actor, command.item_code),
        slot_id=command.slot_id,
        hold_id=command.hold_id,
        now=NOW,
    )


async def placed(applications: Sequence[Application]) -> list[Outcome]:
    async with unit_of_work() as uow:
        return await place(uow, applications)


async def appointments_kept() -> set[str]:
    """The references that are in the database."""
    rows = await database.fetch("SELECT reference FROM appointment")
    return {row["reference"] for row in rows}


@pytest.mark.no_race("one batch, one after the other")
async def test_everybody_in_a_batch_hears_their_own_outcome() -> None:
    [first, second] = await slots(TOMORROW)
    furthest = (await slots(TOMORROW + timedelta(days=7)))[0]
    full = (await slots(TOMORROW + timedelta(days=1)))[0]
    for _ in range(2):
        await booked(await named(), full.id)
    twice, holder, user, mover, last, nobody = [await named() for _ in range(6)]
    already = await booked(twice, second.id)
    kept, used, left = [await held(one, first.id) for one in (holder, user)] + [
        await held(mover, second.id, item_code=OTHER_ITEM)
    ]
    made = await appointments.book(user, Book(item_code=ITEM, hold_id=used.id), NOW)
    nameless = citizen_actor((await signed_in(new_phone(), NOW)).person_id)
    there = (await slots(TOMORROW + timedelta(days=2)))[0]
    outcomes = await placed(
        [
            await applied(twice, Book(item_code=ITEM, slot_id=there.id)),
            await applied(last, Book(item_code=ITEM, slot_id=full.id)),
            await applied(holder, Book(item_code=ITEM, hold_id=kept.id)),
            await applied(nobody, Book(item_code=ITEM, slot_id=furthest.id)),
            await applied(nameless, Book(item_code=ITEM, slot_id=there.id)),
            await applied(mover, Book(item_code=OTHER_ITEM, slot_id=there.id)),
        ]
    )
    assert isinstance(outcomes[0], AlreadyBooked)
    assert outcomes[0].data == {"reference": already.reference}
    assert isinstance(outcomes[1], SlotFull)
    assert isinstance(outcomes[2], Appointment)
    assert outcomes[2].slot_id == first.id
    assert isinstance(outcomes[3], NotReleased)
    assert isinstance(outcomes[4], identity.RealNameRequired)
    assert isinstance(outcomes[5], Appointment)
    assert outcomes[5].slot_id == there.id
    # The mover's hold elsewhere was let go, the holder's used; both seats tell the same.
    assert await seat_states(second.id) == ["booked", "free"]
    assert await seat_states(first.id) == ["booked", "booked"]
    statuses = await database.fetch("SELECT id, status FROM hold")
    assert {row["id"]: row["status"] for row in statuses} == {
        kept.id: "used",
        used.id: "used",
        left.id: "released",
    }
    with pytest.raises(AlreadyBooked):
        await appointments.book(user, Book(item_code=ITEM, hold_id=used.id), NOW)
    await appointments.cancel(user, made.reference, NOW - timedelta(days=1))
    with pytest.raises(HoldUsed):
        await appointments.book(user, Book(item_code=ITEM, hold_id=used.id), NOW)


@pytest.mark.no_race("one batch, one after the other")
async def test_the_last_seats_go_to_those_who_came_first() -> None:
    [first, _] = await slots(TOMORROW)
    people = [await named() for _ in range(4)]
    command = Book(item_code=ITEM, slot_id=first.id)
    outcomes = await placed([await applied(one, command) for one in people])
    assert [type(one) for one in outcomes] == [Appointment, Appointment, SlotFull, SlotFull]


@pytest.mark.no_race("counts commits; test_overselling has the race")
async def test_a_rush_shares_commits_and_every_outcome_is_true() -> None:
    times = await slots(TOMORROW)
    people = [await named() for _ in range(RUSH)]
    before = await database.fetchval("SELECT count(DISTINCT xmin::text) FROM audit_record")
    outcomes = await all_at_once(
        partial(appointments.book, one, Book(item_code=ITEM, slot_id=times[number % 2].id), NOW)
        for number, one in enumerate(people)
    )
    made = {one.reference for one in outcomes if isinstance(one, Appointment)}
    assert len(made) == 4
    assert made == await appointments_kept()
    assert all(isinstance(one, Appointment | SlotFull) for one in outcomes)
    after = await database.fetchval("SELECT count(DISTINCT xmin::text) FROM audit_record")
    assert after - before <= 4


async def crossing(day: date, person: Actor, other: Actor) -> list[object]:
    """Two batches with the same two people, in opposite orders."""
    times = await slots(day)

    async def batch(slot: int, *people: Actor) -> object:
        command = Book(item_code=ITEM, slot_id=times[slot].id)
        return await placed([await applied(one, command) for one in people])

    return await all_at_once([partial(batch, 0, person, other), partial(batch, 1, other, person)])


@pytest.mark.control_of("test_two_batches_never_wait_for_each_other_both_ways")
async def test_two_batches_never_wait_for_each_other_both_ways(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Negative control first: in order of arrival, each waits for what the other has written."""
    insert, select = placing._INSERT.split("SELECT", 1)
    slowly = f"{insert} SELECT one.* FROM (SELECT {select} {{}}) one WHERE pg_sleep(0.3)::text = ''"
    arrival = slowly.replace("ORDER BY new.person_id", "OFFSET 0")
    monkeypatch.setattr(placing, "_INSERT", arrival.format(""))
    outcomes = await crossing(TOMORROW, await named(), await named())
    assert any(isinstance(one, Unavailable) for one in outcomes), outcomes

    monkeypatch.setattr(placing, "_INSERT", slowly.format(""))
    outcomes = await crossing(TOMORROW + timedelta(days=1), await named(), await named())
    assert [LATER, LATER] in outcomes
    [won] = [one for one in outcomes if one != [LATER, LATER]]
    assert isinstance(won, list)
    assert all(isinstance(one, Appointment) for one in won)


@pytest.mark.no_race("a fault")
async def test_a_connection_lost_at_the_commit_confirms_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    commit = database.Transaction.commit
    lost = 0

    async def killed(transaction: database.Transaction) -> None:
        nonlocal lost
        lost += 1
        own = await transaction.connection.fetchval("SELECT pg_backend_pid()")
        pool = database.engine().pool
        assert pool is not None
        await pool.fetchval("SELECT pg_terminate_backend($1)", own)
        await commit(transaction)  # type: ignore[no-untyped-call]  # Piccolo leaves it untyped

    times = await slots(TOMORROW)
    people = [await named() for _ in range(8)]
    monkeypatch.setattr(database.Transaction, "commit", killed)
    outcomes = await all_at_once(
        partial(appointments.book, one, Book(item_code=ITEM, slot_id=times[number % 2].id), NOW)
        for number, one in enumerate(people)
    )
    monkeypatch.undo()
    assert lost
    assert all(isinstance(one, OutcomeUnknown | SlotFull) for one in outcomes)
    assert any(isinstance(one, OutcomeUnknown) for one in outcomes)
    assert await appointments_kept() == set()
    assert await booked(people[0], times[0].id)


@pytest.mark.no_race("a fault")
async def test_a_connection_lost_in_the_middle_makes_nobody_lose_or_gain_a_seat() -> None:
    times = await slots(TOMORROW)
    people = [await named() for _ in range(4)]
    pool = database.engine().pool
    assert pool is not None
    async with pool.acquire() as connection, connection.transaction():
        # The batch gets as far as its last statement, and there it is met.
        await connection.execute("LOCK TABLE outbox_event IN EXCLUSIVE MODE")
        rush = asyncio.gather(
            *(
                appointments.book(one, Book(item_code=ITEM, slot_id=times[number % 2].id), NOW)
                for number, one in enumerate(people)
            )
        )
        killed = 0
        while not killed:
            await asyncio.sleep(0.05)
            killed = await connection.fetchval(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_locks"
                " WHERE relation = 'outbox_event'::regclass AND NOT granted"
            )
    made = await rush
    assert {one.reference for one in made} == await appointments_kept()
    assert await seat_states(times[0].id) == ["booked", "booked"]
