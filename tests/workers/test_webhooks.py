"""Deliveries against a real HTTP server: each answer, and what becomes of message and endpoint."""

import json
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import asyncpg
import pytest
from standardwebhooks.webhooks import Webhook

from services import partners
from services.kernel import database, leases
from services.kernel.clock import FixedClock
from services.kernel.errors import Conflict
from services.kernel.leases import Event
from services.kernel.settings import Settings
from services.partners import (
    TRIES,
    WEBHOOK_DUE,
    Delivery,
    DeliveryStatus,
    DisabledReason,
    EndpointDisabled,
    NewSecret,
)
from services.partners.rules import JITTER
from tests.harness.receiver import Receiver, Taken, receiving
from tests.partners import ADMINISTRATOR, new_endpoint, new_partner
from workers.failures import Failure
from workers.webhooks import AT_ONCE, LATER, Post, WebhookSender


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as receiver:
        yield receiver


@pytest.fixture
async def post(settings: Settings) -> AsyncIterator[Post]:
    post = Post(settings)
    post.seconds = 0.5
    yield post
    await post.close()


@pytest.fixture
async def partner_id(database: "asyncpg.Connection[asyncpg.Record]", clock: FixedClock) -> UUID:
    del database
    return await new_partner(clock.now())


@pytest.fixture
async def endpoint(partner_id: UUID, receiver: Receiver, clock: FixedClock) -> NewSecret:
    return await new_endpoint(partner_id, receiver.url, now=clock.now())


async def due(clock: FixedClock) -> Event:
    [event] = await leases.claim([WEBHOOK_DUE], clock.now(), 1)
    return event


async def sent(endpoint: NewSecret, post: Post, clock: FixedClock) -> Event:
    """A test event, tried once."""
    await partners.send_test(ADMINISTRATOR, endpoint.endpoint_id, clock.now())
    event = await due(clock)
    await WebhookSender(post, clock).handle(event)
    return event


async def delivery(partner_id: UUID) -> Delivery:
    [found] = await partners.deliveries(ADMINISTRATOR, partner_id)
    return found


def verify(secret: str, taken: Taken) -> None:
    """As the specification's library does it, but for the clock, which stands still here."""
    at = datetime.fromtimestamp(int(taken.headers["webhook-timestamp"]), UTC)
    expected = Webhook(secret).sign(taken.headers["webhook-id"], at, taken.body.decode())
    assert expected in taken.headers["webhook-signature"].split()


async def test_what_is_taken_over_is_delivered(
    endpoint: NewSecret, partner_id: UUID, receiver: Receiver, post: Post, clock: FixedClock
) -> None:
    await sent(endpoint, post, clock)
    found = await delivery(partner_id)
    assert (found.status, found.response_status, found.attempts) == ("delivered", 204, 1)
    [taken] = receiver.taken
    assert taken.headers["webhook-id"] == str(found.id)
    assert taken.headers["host"] == f"127.0.0.1:{receiver.port}"
    assert taken.headers["content-type"] == "application/json"
    assert json.loads(taken.body)["type"] == "webhook.test"
    verify(endpoint.secret, taken)
    [shown] = await partners.endpoints(ADMINISTRATOR, partner_id)
    assert shown.succeeded_at == clock.now()
    assert await leases.next_due([WEBHOOK_DUE]) is None


async def test_a_failed_try_comes_again_by_the_schedule_under_the_same_id(
    endpoint: NewSecret, partner_id: UUID, receiver: Receiver, post: Post, clock: FixedClock
) -> None:
    receiver.statuses = [500, 503]
    await sent(endpoint, post, clock)
    for wait in partners.RETRIES[:2]:
        assert (await delivery(partner_id)).status == DeliveryStatus.PENDING
        assert await leases.claim([WEBHOOK_DUE], clock.now() + wait * 0.9, 1) == []
        clock.moment += wait * 1.3
        await WebhookSender(post, clock).handle(await due(clock))
    found = await delivery(partner_id)
    assert (found.status, found.attempts) == (DeliveryStatus.DELIVERED, 3)
    assert len({taken.headers["webhook-id"] for taken in receiver.taken}) == 1
    assert len({taken.body for taken in receiver.taken}) == 1
    for taken in receiver.taken:
        verify(endpoint.secret, taken)


async def test_an_endpoint_that_is_busy_is_left_alone_for_as_long_as_it_asks(
    endpoint: NewSecret, partner_id: UUID, receiver: Receiver, post: Post, clock: FixedClock
) -> None:
    receiver.statuses, receiver.retry_after = [429], "3600"
    asked = await sent(endpoint, post, clock)
    started = clock.now()
    clock.moment += timedelta(minutes=1)
    other = await sent(endpoint, post, clock)
    assert len(receiver.taken) == 1, "nothing else is sent to it meanwhile"
    [shown] = await partners.endpoints(ADMINISTRATOR, partner_id)
    assert shown.resting_until == started + timedelta(hours=1)
    assert await leases.claim([WEBHOOK_DUE], started + timedelta(minutes=59), 2) == []

    clock.moment = started + timedelta(hours=1) * (1 + JITTER)
    for event in await leases.claim([WEBHOOK_DUE], clock.now(), 2):
        await WebhookSender(post, clock).handle(event)
    found = {one.id: one for one in await partners.deliveries(ADMINISTRATOR, partner_id)}
    assert {one.status for one in found.values()} == {DeliveryStatus.DELIVERED}
    # Only what was sent counts as a try.
    tries = [found[UUID(each.payload["delivery_id"])].attempts for each in (asked, other)]
    assert tries == [2, 1]


async def test_after_its_last_try_it_has_failed_and_the_endpoint_is_switched_off(
    endpoint: NewSecret, partner_id: UUID, receiver: Receiver, post: Post, clock: FixedClock
) -> None:
    receiver.statuses = [500] * TRIES
    await sent(endpoint, post, clock)
    for wait in partners.RETRIES:
        assert await partners.stopped_endpoints(ADMINISTRATOR) == []
        clock.moment += wait * 1.3
        await WebhookSender(post, clock).handle(await due(clock))
    found = await delivery(partner_id)
    assert (found.status, found.attempts, found.response_status) == ("failed", TRIES, 500)
    [stopped] = await partners.stopped_endpoints(ADMINISTRATOR)
    assert stopped.disabled_reason == DisabledReason.FAILING
    assert await leases.next_due([WEBHOOK_DUE]) is None

    with pytest.raises(EndpointDisabled):
        await partners.replay(ADMINISTRATOR, found.id, clock.now())
    await partners.set_enabled(ADMINISTRATOR, endpoint.endpoint_id, clock.now(), enabled=True)
    await partners.replay(ADMINISTRATOR, found.id, clock.now())
    await WebhookSender(post, clock).handle(await due(clock))
    assert (await delivery(partner_id)).status == DeliveryStatus.DELIVERED
    assert len({taken.headers["webhook-id"] for taken in receiver.taken}) == 1


async def test_one_that_fails_among_others_that_arrive_switches_nothing_off(
    endpoint: NewSecret, partner_id: UUID, receiver: Receiver, post: Post, clock: FixedClock
) -> None:
    await partners.send_test(ADMINISTRATOR, endpoint.endpoint_id, clock.now())
    event = await due(clock)
    later = clock.now() + timedelta(days=3)
    await leases.fail(event, "webhook_500", clock.now(), retry_at=later)
    clock.moment += timedelta(minutes=2)
    await sent(endpoint, post, clock)
    await database.fetch("UPDATE outbox_event SET attempts = $2 WHERE id = $1", event.id, TRIES - 1)
    receiver.statuses = [500]
    clock.moment = later
    await WebhookSender(post, clock).handle(await due(clock))
    found = await partners.deliveries(ADMINISTRATOR, partner_id)
    assert [each.status for each in found] == ["delivered", "failed"]
    assert await partners.stopped_endpoints(ADMINISTRATOR) == []


async def test_gone_switches_the_endpoint_off_at_once_and_drops_what_waits(
    endpoint: NewSecret, partner_id: UUID, receiver: Receiver, post: Post, clock: FixedClock
) -> None:
    receiver.statuses = [410]
    await partners.send_test(ADMINISTRATOR, endpoint.endpoint_id, clock.now())
    await partners.send_test(ADMINISTRATOR, endpoint.endpoint_id, clock.now())
    for event in await leases.claim([WEBHOOK_DUE], clock.now(), 2):
        await WebhookSender(post, clock).handle(event)
    found = await partners.deliveries(ADMINISTRATOR, partner_id)
    assert [each.status for each in found] == ["dropped", "failed"]
    assert len(receiver.taken) == 1
    [stopped] = await partners.stopped_endpoints(ADMINISTRATOR)
    assert stopped.disabled_reason == DisabledReason.GONE

    with pytest.raises(EndpointDisabled):
        await partners.send_test(ADMINISTRATOR, endpoint.endpoint_id, clock.now())
    await partners.set_enabled(ADMINISTRATOR, endpoint.endpoint_id, clock.now(), enabled=True)
    since = clock.now() - timedelta(hours=1)
    arguments = (ADMINISTRATOR, endpoint.endpoint_id)
    assert await partners.replay_undelivered(*arguments, since, clock.now()) == 2
    with pytest.raises(Conflict):
        await partners.replay_undelivered(*arguments, since, clock.now())


async def test_a_redirect_is_not_followed(
    endpoint: NewSecret, partner_id: UUID, receiver: Receiver, post: Post, clock: FixedClock
) -> None:
    async with receiving() as elsewhere:
        receiver.statuses, receiver.location = [307], elsewhere.url
        await sent(endpoint, post, clock)
        assert elsewhere.taken == []
    found = await delivery(partner_id)
    assert (found.status, found.response_status) == (DeliveryStatus.PENDING, 307)


async def test_who_is_slow_is_not_waited_for(
    endpoint: NewSecret, partner_id: UUID, receiver: Receiver, post: Post, clock: FixedClock
) -> None:
    receiver.seconds = 30
    started = time.monotonic()
    await sent(endpoint, post, clock)
    assert time.monotonic() - started < 5
    found = await delivery(partner_id)
    assert (found.status, found.error) == (DeliveryStatus.PENDING, "webhook_timeout")
    assert found.duration_ms is not None
    assert found.duration_ms >= 450


async def test_of_an_endless_answer_nothing_but_the_status_is_read(
    endpoint: NewSecret, partner_id: UUID, receiver: Receiver, post: Post, clock: FixedClock
) -> None:
    receiver.endless = True
    started = time.monotonic()
    await sent(endpoint, post, clock)
    assert (await delivery(partner_id)).status == DeliveryStatus.DELIVERED
    assert time.monotonic() - started < 0.5
    assert receiver.sent_bytes < 10_000_000


async def test_nobody_there_and_a_fault_of_ours_are_tries_too(
    partner_id: UUID, post: Post, clock: FixedClock
) -> None:
    async with receiving() as receiver:
        endpoint = await new_endpoint(partner_id, receiver.url, now=clock.now())
    event = await sent(endpoint, post, clock)
    assert (await delivery(partner_id)).error == "webhook_ConnectError"
    clock.moment += timedelta(seconds=10)
    again = await due(clock)
    await WebhookSender(post, clock).fail(again, Failure("ZeroDivisionError"))
    found = await delivery(partner_id)
    assert (found.attempts, found.error) == (2, "ZeroDivisionError")
    assert event.id == again.id


async def test_an_address_that_became_private_since_gets_nothing(
    endpoint: NewSecret, partner_id: UUID, receiver: Receiver, settings: Settings, clock: FixedClock
) -> None:
    strict = Post(settings.model_copy(update={"webhooks_to_loopback": False}))
    await sent(endpoint, strict, clock)
    await strict.close()
    assert receiver.taken == []
    assert (await delivery(partner_id)).error == "webhook_url_not_public"


async def test_both_secrets_sign_for_a_day_after_a_change(
    endpoint: NewSecret, receiver: Receiver, post: Post, clock: FixedClock
) -> None:
    newer = await partners.rotate_secret(ADMINISTRATOR, endpoint.endpoint_id, clock.now())
    await sent(endpoint, post, clock)
    clock.moment += partners.BOTH_SECRETS
    await sent(endpoint, post, clock)
    first, second = receiver.taken
    verify(newer.secret, first)
    verify(endpoint.secret, first)
    verify(newer.secret, second)
    assert second.headers["webhook-signature"].count("v1,") == 1


async def test_a_slow_endpoint_holds_up_no_other(
    endpoint: NewSecret, partner_id: UUID, receiver: Receiver, post: Post, clock: FixedClock
) -> None:
    """As many as may be on their way to it hang; the next one comes back later, untried."""
    sender = WebhookSender(post, clock)
    for _ in range(AT_ONCE):
        await sender.door(endpoint.endpoint_id).acquire()
    await partners.send_test(ADMINISTRATOR, endpoint.endpoint_id, clock.now())
    event = await due(clock)
    await sender.handle(event)
    assert receiver.taken == []
    async with receiving() as other:
        fast = await new_endpoint(partner_id, other.url, now=clock.now())
        await partners.send_test(ADMINISTRATOR, fast.endpoint_id, clock.now())
        await sender.handle(await due(clock))
        assert len(other.taken) == 1
    clock.moment += 2 * LATER
    sender.door(endpoint.endpoint_id).release()
    again = await due(clock)
    assert (again.id, again.attempts) == (event.id, 1)
    await sender.handle(again)
    assert len(receiver.taken) == 1
