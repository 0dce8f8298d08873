"""The audit: append-only for the application, and a chain that shows what its owner does to it.

Tampering is done as the database's superuser with triggers off, which is more than the
application, or a slip of the hand, can do.
"""

from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID

import asyncpg
import pytest

from services import audit
from services.audit import chain
from services.kernel import database
from services.kernel.actor import SYSTEM, Actor, ActorKind
from services.kernel.clock import FixedClock, local_date
from services.kernel.ids import new_id
from services.kernel.unit_of_work import unit_of_work
from tests.harness.run import Worker

pytestmark = pytest.mark.usefixtures("committed_database")


@pytest.fixture
async def tamperer(worker: Worker) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    connection = await worker.run.postgres.connect(worker.database)
    await connection.execute("SET session_replication_role = replica")
    yield connection
    await connection.close()


async def record(clock: FixedClock, action: str = "test.done", **more: object) -> UUID:
    async with unit_of_work():
        return await audit.record(
            SYSTEM, action, subject="thing", subject_id=new_id(), data=more, now=clock.now()
        )


async def sealed_records(clock: FixedClock, count: int = 5) -> list[UUID]:
    """Records a minute apart, each sealed in a batch of its own."""
    ids = []
    for number in range(count):
        ids.append(await record(clock, number=number))
        clock.moment += timedelta(minutes=1)
        assert await audit.seal(clock.now()) == 1
    return ids


class TestWriting:
    async def test_a_record_is_written_with_its_operation_or_not_at_all(
        self, clock: FixedClock
    ) -> None:
        with pytest.raises(ZeroDivisionError):
            async with unit_of_work():
                await audit.record(
                    SYSTEM, "test.done", subject="thing", subject_id="1", now=clock.now()
                )
                raise ZeroDivisionError
        assert await audit.search(audit.Search()) == []

    async def test_outside_of_an_operation_it_is_refused(self, clock: FixedClock) -> None:
        with pytest.raises(RuntimeError):
            await audit.record(SYSTEM, "test.done", subject="x", subject_id="1", now=clock.now())

    @pytest.mark.parametrize("table", ["audit_record", "audit_seal", "audit_check"])
    @pytest.mark.parametrize("deed", ["UPDATE {} SET id = id", "DELETE FROM {}", "TRUNCATE {}"])
    async def test_the_application_can_only_add(
        self, clock: FixedClock, table: str, deed: str
    ) -> None:
        await sealed_records(clock, 1)
        deed = deed.replace("id = id", "position = position" if "seal" in table else "id = id")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await database.fetch(deed.format(table))

    async def test_the_owner_is_stopped_by_a_trigger(
        self, clock: FixedClock, worker: Worker
    ) -> None:
        await record(clock)
        owner = await worker.run.postgres.connect(worker.database)
        try:
            with pytest.raises(asyncpg.RaiseError, match="append-only"):
                await owner.execute("DELETE FROM audit_record")
        finally:
            await owner.close()


class TestSealing:
    async def test_everything_is_sealed_once(self, clock: FixedClock) -> None:
        for _ in range(3):
            await record(clock)
        assert await audit.seal(clock.now()) == 3
        assert await audit.seal(clock.now()) == 0
        head = await audit.head()
        assert head is not None
        assert head.position == 3

    async def test_two_sealers_do_not_disturb_each_other(
        self, clock: FixedClock, worker: Worker
    ) -> None:
        await record(clock)
        other = await worker.run.postgres.connect(worker.database)
        try:
            async with other.transaction():
                await other.execute("SELECT pg_advisory_xact_lock($1)", chain.SEAL_LOCK)
                assert await audit.seal(clock.now()) == 0
            assert await audit.seal(clock.now()) == 1
        finally:
            await other.close()

    async def test_a_writer_does_not_wait_for_the_sealer(
        self, clock: FixedClock, worker: Worker
    ) -> None:
        other = await worker.run.postgres.connect(worker.database)
        try:
            async with other.transaction():
                await other.execute("SELECT pg_advisory_xact_lock($1)", chain.SEAL_LOCK)
                await record(clock)
        finally:
            await other.close()

    async def test_more_than_a_batch_is_one_unbroken_chain(
        self, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(chain, "BATCH", 2)
        for _ in range(5):
            await record(clock)
        counts = [await audit.seal(clock.now()) for _ in range(4)]
        assert counts == [2, 2, 1, 0]
        assert await audit.verify(clock.now()) is None


class TestSound:
    async def test_an_empty_chain(self, clock: FixedClock) -> None:
        assert await audit.verify(clock.now()) is None
        assert await audit.head() is None

    async def test_an_untouched_chain_held_against_an_earlier_head(self, clock: FixedClock) -> None:
        await sealed_records(clock, 2)
        earlier = await audit.head()
        await sealed_records(clock, 2)
        assert await audit.verify(clock.now(), earlier) is None

    async def test_records_that_wait_for_the_sealer_are_no_finding(self, clock: FixedClock) -> None:
        await sealed_records(clock, 1)
        await record(clock)
        assert await audit.verify(clock.now()) is None

    async def test_a_worker_that_was_down_for_a_day_is_no_finding(self, clock: FixedClock) -> None:
        await sealed_records(clock, 1)
        for _ in range(3):
            await record(clock)
            clock.moment += timedelta(hours=8)
        assert await audit.verify(clock.now()) is None
        assert await audit.seal(clock.now()) == 3
        assert await audit.verify(clock.now()) is None


class TestTampering:
    @pytest.mark.parametrize(
        "change",
        [
            "actor_id = gen_random_uuid()",
            "at = at + interval '1 second'",
            "action = 'test.other'",
            "subject = 'other'",
            "subject_id = 'x'",
            "office_code = 'chiping'",
            """data = '{"number": 99}'""",
            "request_id = 'x'",
            "actor_kind = 'staff'",
        ],
    )
    async def test_an_altered_record(
        self, clock: FixedClock, tamperer: "asyncpg.Connection[asyncpg.Record]", change: str
    ) -> None:
        ids = await sealed_records(clock)
        await tamperer.execute(f"UPDATE audit_record SET {change} WHERE id = $1", ids[2])
        finding = await audit.verify(clock.now())
        assert finding is not None
        assert (finding.kind, finding.position, finding.record_id) == ("altered", 3, str(ids[2]))

    async def test_a_missing_record(
        self, clock: FixedClock, tamperer: "asyncpg.Connection[asyncpg.Record]"
    ) -> None:
        ids = await sealed_records(clock)
        await tamperer.execute("DELETE FROM audit_record WHERE id = $1", ids[1])
        finding = await audit.verify(clock.now())
        assert finding is not None
        assert (finding.kind, finding.position, finding.record_id) == ("missing", 2, str(ids[1]))

    async def test_a_record_that_is_missing_together_with_its_seal(
        self, clock: FixedClock, tamperer: "asyncpg.Connection[asyncpg.Record]"
    ) -> None:
        ids = await sealed_records(clock)
        await tamperer.execute("DELETE FROM audit_record WHERE id = $1", ids[1])
        await tamperer.execute("DELETE FROM audit_seal WHERE record_id = $1", ids[1])
        finding = await audit.verify(clock.now())
        assert finding is not None
        assert (finding.kind, finding.position) == ("missing", 2)

    async def test_links_renumbered_over_a_gap(
        self, clock: FixedClock, tamperer: "asyncpg.Connection[asyncpg.Record]"
    ) -> None:
        ids = await sealed_records(clock)
        await tamperer.execute("DELETE FROM audit_record WHERE id = $1", ids[1])
        await tamperer.execute("DELETE FROM audit_seal WHERE record_id = $1", ids[1])
        for position in (3, 4, 5):
            await tamperer.execute(
                "UPDATE audit_seal SET position = $2 WHERE position = $1", position, position - 1
            )
        finding = await audit.verify(clock.now())
        assert finding is not None
        assert (finding.kind, finding.record_id) == ("altered", str(ids[2]))

    async def test_a_back_dated_record_before_and_after_it_is_sealed(
        self, clock: FixedClock, tamperer: "asyncpg.Connection[asyncpg.Record]"
    ) -> None:
        await sealed_records(clock)
        forged = new_id()
        await tamperer.execute(
            "INSERT INTO audit_record (id, at, actor_kind, action, subject, subject_id, data)"
            " VALUES ($1, $2, 'system', 'test.forged', 'thing', 'x', '{}')",
            forged,
            clock.now() - timedelta(hours=3),
        )
        finding = await audit.verify(clock.now())
        assert finding == audit.Finding(
            "inserted", None, str(forged), (clock.now() - timedelta(hours=3)).isoformat()
        )
        assert await audit.seal(clock.now()) == 1
        finding = await audit.verify(clock.now())
        assert finding is not None
        assert (finding.kind, finding.position, finding.record_id) == ("inserted", 6, str(forged))

    async def test_a_chain_cut_short_shows_against_an_earlier_head(
        self, clock: FixedClock, tamperer: "asyncpg.Connection[asyncpg.Record]"
    ) -> None:
        ids = await sealed_records(clock)
        noted = await audit.head()
        await tamperer.execute("DELETE FROM audit_seal WHERE position > 3")
        await tamperer.execute("DELETE FROM audit_record WHERE id = ANY($1)", ids[3:])
        assert await audit.verify(clock.now()) is None, "without a head the cut does not show"
        finding = await audit.verify(clock.now(), noted)
        assert finding is not None
        assert (finding.kind, finding.position) == ("missing", 4)

    async def test_a_chain_rewritten_with_another_key_shows(
        self, clock: FixedClock, tamperer: "asyncpg.Connection[asyncpg.Record]"
    ) -> None:
        ids = await sealed_records(clock)
        await tamperer.execute("UPDATE audit_seal SET digest = sha256(digest) WHERE position >= 2")
        finding = await audit.verify(clock.now())
        assert finding is not None
        assert (finding.kind, finding.record_id) == ("altered", str(ids[1]))


class TestChecks:
    async def test_a_sound_walk_is_kept(self, clock: FixedClock) -> None:
        assert await audit.last_check() is None
        await sealed_records(clock, 2)
        check = await audit.check(SYSTEM, clock.now())
        assert check == await audit.last_check()
        assert check.finding is None
        assert check.head == await audit.head()

    async def test_a_finding_is_kept(
        self, clock: FixedClock, tamperer: "asyncpg.Connection[asyncpg.Record]"
    ) -> None:
        ids = await sealed_records(clock, 2)
        await tamperer.execute("UPDATE audit_record SET subject = 'other' WHERE id = $1", ids[1])
        await audit.check(SYSTEM, clock.now())
        check = await audit.last_check()
        assert check is not None
        assert check.finding is not None
        assert (check.finding.kind, check.finding.position) == ("altered", 2)

    async def test_each_walk_is_held_against_the_last_sound_one(
        self, clock: FixedClock, tamperer: "asyncpg.Connection[asyncpg.Record]"
    ) -> None:
        ids = await sealed_records(clock)
        await audit.check(SYSTEM, clock.now())
        await tamperer.execute("DELETE FROM audit_seal WHERE position > 3")
        await tamperer.execute("DELETE FROM audit_record WHERE id = ANY($1)", ids[3:])
        check = await audit.check(SYSTEM, clock.now())
        assert check.finding is not None
        assert (check.finding.kind, check.finding.position) == ("missing", 4)


class TestSearching:
    async def test_by_subject_actor_action_and_day(self, clock: FixedClock) -> None:
        clerk = Actor(kind=ActorKind.STAFF, id=new_id())
        person = new_id()
        async with unit_of_work():
            opened = await audit.record(
                clerk,
                "identity.person_opened",
                subject="person",
                subject_id=person,
                now=clock.now(),
            )
        yesterday = local_date(clock.now())
        clock.moment += timedelta(days=1)
        async with unit_of_work():
            called = await audit.record(
                clerk, "queue.called", subject="ticket", subject_id=new_id(), now=clock.now()
            )
        other = await record(clock, "queue.called")

        async def found(**wanted: object) -> list[UUID]:
            return [entry.id for entry in await audit.search(audit.Search(**wanted))]  # type: ignore[arg-type]  # each case gives fields of Search

        assert await found() == [other, called, opened]
        assert await found(actor_id=clerk.id) == [called, opened]
        assert await found(subject="person", subject_id=str(person)) == [opened]
        assert await found(action="queue.called") == [other, called]
        assert await found(action="queue") == [other, called]
        assert await found(action="que") == []
        assert await found(day=yesterday) == [opened]
        assert await found(day=yesterday, action="queue") == []

    async def test_page_by_page(self, clock: FixedClock) -> None:
        ids = [await record(clock) for _ in range(5)]
        first = await audit.search(audit.Search(), limit=2)
        second = await audit.search(audit.Search(), before=first[-1].id, limit=2)
        assert [entry.id for entry in (*first, *second)] == [ids[4], ids[3], ids[2], ids[1]]
