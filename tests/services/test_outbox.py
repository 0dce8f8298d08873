"""Publishing, claiming under a lease, completing, failing, dying and coming back."""

from datetime import timedelta

import pytest

from services.kernel import database, leases, outbox
from services.kernel.clock import FixedClock
from services.kernel.errors import Conflict
from services.kernel.leases import Event, LeaseLost
from services.kernel.outbox import EventStatus
from services.kernel.unit_of_work import unit_of_work

TOPIC = "test.topic"
OTHER = "test.other"
TOPICS = (TOPIC, OTHER)

pytestmark = pytest.mark.usefixtures("database")


async def publish(clock: FixedClock, topic: str = TOPIC, **payload: str) -> None:
    async with unit_of_work():
        await outbox.publish(topic, payload, clock.now())


async def claim_one(clock: FixedClock) -> Event:
    [event] = await leases.claim(TOPICS, clock.now(), 1)
    return event


async def status_of(event: Event) -> str:
    return str(await database.fetchval("SELECT status FROM outbox_event WHERE id = $1", event.id))


@pytest.fixture
def rings(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    heard: list[int] = []

    async def ring() -> None:
        heard.append(1)

    monkeypatch.setattr(outbox, "_ring", ring)
    return heard


class TestPublishing:
    async def test_it_rings_after_the_commit(self, clock: FixedClock, rings: list[int]) -> None:
        async with unit_of_work():
            await outbox.publish(TOPIC, {}, clock.now())
            assert rings == []
        assert rings == [1]

    async def test_it_does_not_ring_for_what_was_rolled_back(
        self, clock: FixedClock, rings: list[int]
    ) -> None:
        with pytest.raises(ZeroDivisionError):
            async with unit_of_work():
                await outbox.publish(TOPIC, {}, clock.now())
                raise ZeroDivisionError
        assert rings == []
        assert await leases.claim(TOPICS, clock.now(), 1) == []

    async def test_a_doorbell_that_fails_changes_nothing(
        self, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def broken() -> None:
            raise ConnectionError

        monkeypatch.setattr(outbox, "_ring", broken)
        await publish(clock)
        assert (await claim_one(clock)).topic == TOPIC

    async def test_outside_of_a_transaction_it_is_refused(self, clock: FixedClock) -> None:
        with pytest.raises(RuntimeError):
            await outbox.publish(TOPIC, {}, clock.now())


class TestClaiming:
    async def test_a_claimed_event_carries_what_was_published(self, clock: FixedClock) -> None:
        await publish(clock, thing="42")
        event = await claim_one(clock)
        assert (event.topic, event.payload, event.attempts) == (TOPIC, {"thing": "42"}, 1)
        assert event.created_at == clock.now()

    async def test_nobody_else_gets_it_while_the_lease_lasts(self, clock: FixedClock) -> None:
        await publish(clock)
        await claim_one(clock)
        clock.moment += leases.LEASE - timedelta(seconds=1)
        assert await leases.claim(TOPICS, clock.now(), 10) == []

    async def test_after_the_lease_somebody_else_does(self, clock: FixedClock) -> None:
        await publish(clock)
        first = await claim_one(clock)
        clock.moment += leases.LEASE
        second = await claim_one(clock)
        assert (second.id, second.attempts) == (first.id, 2)
        assert second.lease != first.lease

    async def test_only_the_topics_asked_for(self, clock: FixedClock) -> None:
        await publish(clock, OTHER)
        assert await leases.claim([TOPIC], clock.now(), 10) == []
        assert len(await leases.claim([OTHER], clock.now(), 10)) == 1

    async def test_the_oldest_first_and_no_more_than_wanted(self, clock: FixedClock) -> None:
        for number in range(3):
            await publish(clock, number=str(number))
            clock.moment += timedelta(seconds=1)
        events = await leases.claim(TOPICS, clock.now(), 2)
        assert [event.payload["number"] for event in events] == ["0", "1"]

    async def test_not_before_its_time(self, clock: FixedClock) -> None:
        later = clock.now() + timedelta(minutes=5)
        async with unit_of_work():
            await outbox.publish(TOPIC, {}, clock.now(), not_before=later)
        assert await leases.claim(TOPICS, clock.now(), 1) == []
        assert await leases.next_due(TOPICS) == later
        clock.moment = later
        await claim_one(clock)


class TestEnding:
    async def test_a_completed_event_is_done_with(self, clock: FixedClock) -> None:
        await publish(clock)
        event = await claim_one(clock)
        await leases.complete(event, clock.now())
        clock.moment += timedelta(days=1)
        assert await leases.claim(TOPICS, clock.now(), 1) == []
        assert await status_of(event) == EventStatus.DONE

    @pytest.mark.parametrize("ending", ["complete", "fail", "renew"])
    async def test_who_lost_the_lease_can_end_nothing(self, clock: FixedClock, ending: str) -> None:
        await publish(clock)
        late = await claim_one(clock)
        clock.moment += leases.LEASE
        await claim_one(clock)
        with pytest.raises(LeaseLost):
            match ending:
                case "complete":
                    await leases.complete(late, clock.now())
                case "fail":
                    await leases.fail(late, "too_slow", clock.now())
                case _:
                    await leases.renew(late, clock.now())

    async def test_what_was_written_with_a_lost_lease_is_rolled_back(
        self, clock: FixedClock
    ) -> None:
        await publish(clock)
        late = await claim_one(clock)
        clock.moment += leases.LEASE
        await claim_one(clock)
        with pytest.raises(LeaseLost):
            async with unit_of_work():
                await outbox.publish(OTHER, {}, clock.now())
                await leases.complete(late, clock.now())
        assert await leases.claim([OTHER], clock.now(), 1) == []

    async def test_a_renewed_lease_lasts_its_whole_time_again(self, clock: FixedClock) -> None:
        await publish(clock)
        event = await claim_one(clock)
        clock.moment += leases.LEASE - timedelta(seconds=1)
        await leases.renew(event, clock.now())
        clock.moment += leases.LEASE - timedelta(seconds=1)
        assert await leases.claim(TOPICS, clock.now(), 1) == []
        await leases.complete(event, clock.now())


class TestFailing:
    async def test_a_failed_event_waits_longer_each_time(self, clock: FixedClock) -> None:
        await publish(clock)
        for attempt in (1, 2, 3):
            event = await claim_one(clock)
            assert event.attempts == attempt
            assert await leases.fail(event, "nobody_home", clock.now()) is EventStatus.PENDING
            clock.moment += leases.retry_delay(attempt) - timedelta(seconds=1)
            assert await leases.claim(TOPICS, clock.now(), 1) == []
            clock.moment += timedelta(seconds=1)

    async def test_after_the_last_try_it_is_dead_and_says_why(self, clock: FixedClock) -> None:
        await publish(clock, thing="42")
        started = clock.now()
        for _ in range(leases.MAX_ATTEMPTS - 1):
            event = await claim_one(clock)
            await leases.fail(event, "nobody_home", clock.now())
            clock.moment += leases.LONGEST_RETRY
        event = await claim_one(clock)
        assert await leases.fail(event, "nobody_home", clock.now()) is EventStatus.DEAD
        [dead] = await outbox.dead_events()
        assert (dead.id, dead.last_error, dead.payload) == (
            event.id,
            "nobody_home",
            {"thing": "42"},
        )
        assert dead.created_at == started
        clock.moment += timedelta(days=1)
        assert await leases.claim(TOPICS, clock.now(), 1) == []

    async def test_hopeless_means_dead_at_once(self, clock: FixedClock) -> None:
        await publish(clock)
        event = await claim_one(clock)
        ended = await leases.fail(event, "no_such_address", clock.now(), for_good=True)
        assert ended is EventStatus.DEAD

    def test_the_last_try_comes_about_six_hours_after_the_first(self) -> None:
        waits = [leases.retry_delay(attempt) for attempt in range(1, leases.MAX_ATTEMPTS)]
        assert timedelta(hours=5) < sum(waits, timedelta()) < timedelta(hours=7)
        assert waits[0] == leases.FIRST_RETRY
        assert waits[-1] == leases.LONGEST_RETRY


class TestComingBack:
    async def dead_event(self, clock: FixedClock) -> Event:
        await publish(clock)
        event = await claim_one(clock)
        await leases.fail(event, "no_such_address", clock.now(), for_good=True)
        return event

    async def test_a_retried_event_starts_over(self, clock: FixedClock, rings: list[int]) -> None:
        event = await self.dead_event(clock)
        rings.clear()
        async with unit_of_work():
            await outbox.revive(event.id, clock.now())
        assert rings == [1]
        again = await claim_one(clock)
        assert (again.id, again.attempts) == (event.id, 1)

    async def test_only_the_dead_can_be_retried(self, clock: FixedClock) -> None:
        event = await self.dead_event(clock)
        async with unit_of_work():
            await outbox.revive(event.id, clock.now())
        with pytest.raises(Conflict):
            async with unit_of_work():
                await outbox.revive(event.id, clock.now())

    async def test_a_whole_topic_can_be_retried(self, clock: FixedClock) -> None:
        await self.dead_event(clock)
        await self.dead_event(clock)
        async with unit_of_work():
            assert await outbox.revive_all(OTHER, clock.now()) == 0
            assert await outbox.revive_all(TOPIC, clock.now()) == 2
        assert len(await leases.claim(TOPICS, clock.now(), 10)) == 2


async def test_the_depth_counts_what_is_not_done(clock: FixedClock) -> None:
    for _ in range(3):
        await publish(clock)
    [first, second] = await leases.claim(TOPICS, clock.now(), 2)
    await leases.complete(first, clock.now())
    await leases.fail(second, "hopeless", clock.now(), for_good=True)
    assert await outbox.depth() == {EventStatus.PENDING: 1, EventStatus.DEAD: 1}


async def test_what_was_done_long_ago_is_forgotten(clock: FixedClock) -> None:
    await publish(clock)
    await leases.complete(await claim_one(clock), clock.now())
    clock.moment += outbox.KEEP_DONE
    assert await outbox.purge(clock.now()) == 0
    clock.moment += timedelta(seconds=1)
    assert await outbox.purge(clock.now()) == 1
