"""Two workers, one message: it is written once and sent once, and without the guards it is not."""

import asyncio
from collections import Counter
from functools import partial
from uuid import UUID

import asyncpg
import pytest
from redis.asyncio import Redis

from services import appointments, catalog, partners
from services.kernel import database, leases
from services.kernel.clock import FixedClock
from services.kernel.settings import Settings
from services.partners import WEBHOOK_DUE, EventType, PartnerDayFull
from tests.bookings import open_hall
from tests.harness.receiver import Receiver, receiving
from tests.harness.run import Worker
from tests.partners import (
    ADMINISTRATOR,
    acting,
    booked_by,
    expand_all,
    new_endpoint,
    new_partner,
)
from tests.races.guards import alone, overtaken, without_index
from tests.races.rush import all_at_once, throw_away_database
from workers.webhooks import Post, WebhookSender

MESSAGES = 12
WORKERS = 4

pytestmark = pytest.mark.usefixtures("committed_database", "redis")


@pytest.fixture
async def partner_id(committed_database: None, redis: Redis, clock: FixedClock) -> UUID:
    await catalog.sync(clock.now())
    await open_hall(seats=20)
    return await new_partner(clock.now(), bookings_a_day=4)


async def waiting(partner_id: UUID, receiver: Receiver, clock: FixedClock) -> None:
    """An endpoint with MESSAGES that are due."""
    endpoint = await new_endpoint(partner_id, receiver.url, now=clock.now())
    for _ in range(MESSAGES):
        await partners.send_test(ADMINISTRATOR, endpoint.endpoint_id, clock.now())


async def test_many_workers_send_each_message_once(
    partner_id: UUID, clock: FixedClock, settings: Settings
) -> None:
    async with receiving() as receiver:
        await waiting(partner_id, receiver, clock)
        post = Post(settings)
        sender = WebhookSender(post, clock)
        barrier = asyncio.Barrier(WORKERS)

        async def work() -> None:
            await barrier.wait()
            while events := await leases.claim([WEBHOOK_DUE], clock.now(), 2):
                for event in events:
                    await sender.handle(event)

        await asyncio.gather(*(work() for _ in range(WORKERS)))
        await post.close()
        times = Counter(taken.headers["webhook-id"] for taken in receiver.taken)
    assert len(times) == MESSAGES
    assert set(times.values()) == {1}


@pytest.mark.control_of("test_many_workers_send_each_message_once")
async def test_without_leases_they_send_the_same(
    partner_id: UUID, clock: FixedClock, settings: Settings
) -> None:
    async with receiving() as receiver:
        await waiting(partner_id, receiver, clock)
        post = Post(settings)
        barrier = asyncio.Barrier(WORKERS)
        claimed = await leases.claim([WEBHOOK_DUE], clock.now(), MESSAGES)

        async def work() -> None:
            """Read what is due, then send it, as if nobody else did."""
            await barrier.wait()
            for event in claimed:
                shipment = await partners.prepare(event, clock.now())
                if shipment:
                    await post.send(shipment)

        await asyncio.gather(*(work() for _ in range(WORKERS)))
        await post.close()
        times = Counter(taken.headers["webhook-id"] for taken in receiver.taken)
    assert max(times.values()) > 1


@pytest.mark.control_of("test_an_event_expanded_twice_at_once_is_one_delivery")
async def test_without_lease_and_constraint_it_is_two(
    partner_id: UUID, clock: FixedClock, worker: Worker
) -> None:
    await new_endpoint(partner_id, "http://127.0.0.1:65535/a", EventType.BOOKED)
    await booked_by(acting(partner_id), clock.now())
    due = await leases.claim([appointments.BOOKED], clock.now(), 1)
    expand = partial(partners.expand, due[0], clock.now())
    async with without_index(worker, "webhook_delivery_one_per_endpoint_and_event"):
        with overtaken(by=expand, before="INSERT INTO webhook_delivery"):
            await alone(expand)
        told = await partners.deliveries(ADMINISTRATOR, partner_id)
        assert len(told) == 2


async def test_an_event_expanded_twice_at_once_is_one_delivery(
    partner_id: UUID, clock: FixedClock
) -> None:
    await new_endpoint(partner_id, "http://127.0.0.1:65535/a", EventType.BOOKED)
    await booked_by(acting(partner_id), clock.now())
    await all_at_once(lambda: expand_all(clock.now()) for _ in range(WORKERS))
    told = await partners.deliveries(ADMINISTRATOR, partner_id)
    assert len(told) == 1


async def test_a_day_s_last_booking_goes_to_one_of_many(
    partner_id: UUID, clock: FixedClock
) -> None:
    actor = acting(partner_id)
    outcomes = await all_at_once(lambda: booked_by(actor, clock.now()) for _ in range(8))
    refused = [each for each in outcomes if isinstance(each, PartnerDayFull)]
    assert len(refused) == 4, outcomes
    counted = await database.fetchval("SELECT bookings FROM partner_day")
    assert counted == 4
    assert len(await partners.bookings(actor)) == 4


@pytest.mark.control_of("test_a_day_s_last_booking_goes_to_one_of_many")
async def test_without_the_constraint_more_are_counted_than_allowed(worker: Worker) -> None:
    async with throw_away_database(worker, "partner_day") as name:
        connection = await worker.run.postgres.connect(name)
        try:
            await connection.execute(
                "INSERT INTO partner"
                " (id, name, kind, requests_a_minute, bookings_a_day, created_at)"
                " VALUES (gen_random_uuid(), 'ab', 'app', 1, 1, now())"
            )
            count = (
                "INSERT INTO partner_day (id, partner_id, day, bookings, allowed)"
                " SELECT gen_random_uuid(), id, '2025-07-07', 1, bookings_a_day FROM partner"
                " ON CONFLICT ON CONSTRAINT partner_day_once"
                " DO UPDATE SET bookings = partner_day.bookings + 1"
            )
            await connection.execute(count)
            with pytest.raises(asyncpg.CheckViolationError):
                await connection.execute(count)
            await connection.execute(
                "ALTER TABLE partner_day DROP CONSTRAINT partner_day_within_limit"
            )
            await connection.execute(count)
            assert await connection.fetchval("SELECT bookings > allowed FROM partner_day")
        finally:
            await connection.close()
