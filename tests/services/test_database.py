"""The three faults of the stock engine, each shown on it, and their absence on ours."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import asyncpg
import pytest
from piccolo.engine.postgres import PostgresEngine

from services.kernel import database
from services.kernel.database import SharedTransactionError, engine_for
from services.kernel.errors import (
    Conflict,
    OutcomeUnknown,
    Unavailable,
    from_database,
    register_constraints,
)
from services.kernel.settings import Settings
from services.kernel.unit_of_work import current, unit_of_work

MakeEngine = Callable[[str], PostgresEngine]


def stock(url: str) -> PostgresEngine:
    return PostgresEngine(config={"dsn": url})


@pytest.fixture
async def owner_url(settings: Settings, committed_database: None) -> AsyncIterator[str]:
    """A database with a table whose unique constraint is only checked at COMMIT."""
    assert settings.database_owner_url is not None
    url = settings.database_owner_url.get_secret_value()
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(
            "DROP TABLE IF EXISTS trap; CREATE TABLE trap (n int CONSTRAINT trap_n UNIQUE"
            " DEFERRABLE INITIALLY DEFERRED)"
        )
        yield url
        await connection.execute("DROP TABLE trap")
    finally:
        await connection.close()


async def with_pool(
    make: MakeEngine, url: str, story: Callable[[PostgresEngine], Awaitable[None]]
) -> None:
    engine = make(url)
    await engine.start_connection_pool(min_size=1, max_size=1)
    try:
        # A task of its own: what the stock engine leaves in the context stays there.
        await asyncio.wait_for(asyncio.ensure_future(story(engine)), 10)
    finally:
        assert engine.pool is not None
        engine.pool.terminate()


async def insert_twice(engine: PostgresEngine) -> None:
    with pytest.raises(asyncpg.UniqueViolationError):
        async with engine.transaction():
            await engine.run_ddl("INSERT INTO trap VALUES (1)")
            await engine.run_ddl("INSERT INTO trap VALUES (1)")


async def test_stock_a_failed_commit_leaks_the_connection(owner_url: str) -> None:
    async def story(engine: PostgresEngine) -> None:
        await insert_twice(engine)
        assert engine.transaction_exists()
        assert engine.pool is not None
        assert engine.pool.get_idle_size() == 0

    await with_pool(stock, owner_url, story)


async def test_stock_afterwards_transactions_autocommit(owner_url: str) -> None:
    async def story(engine: PostgresEngine) -> None:
        await insert_twice(engine)
        with pytest.raises(ZeroDivisionError):
            async with engine.transaction():
                await engine.run_ddl("INSERT INTO trap VALUES (2)")
                raise ZeroDivisionError
        assert len(await engine.run_ddl("SELECT n FROM trap")) == 1

    await with_pool(stock, owner_url, story)


async def test_ours_a_failed_commit_gives_the_connection_back(owner_url: str) -> None:
    async def story(engine: PostgresEngine) -> None:
        await insert_twice(engine)
        assert not engine.transaction_exists()
        assert engine.pool is not None
        assert engine.pool.get_idle_size() == 1
        with pytest.raises(ZeroDivisionError):
            async with engine.transaction():
                await engine.run_ddl("INSERT INTO trap VALUES (2)")
                raise ZeroDivisionError
        assert await engine.run_ddl("SELECT n FROM trap") == []

    await with_pool(engine_for, owner_url, story)


async def test_ours_a_lost_connection_is_replaced(owner_url: str) -> None:
    async def story(engine: PostgresEngine) -> None:
        with pytest.raises(OutcomeUnknown):
            async with engine.transaction() as transaction:
                transaction.connection.terminate()
        assert not engine.transaction_exists()
        async with engine.transaction():
            await engine.run_ddl("INSERT INTO trap VALUES (3)")
        assert len(await engine.run_ddl("SELECT n FROM trap")) == 1

    await with_pool(engine_for, owner_url, story)


async def test_stock_a_started_task_shares_the_connection(owner_url: str) -> None:
    async def story(engine: PostgresEngine) -> None:
        async with engine.transaction() as transaction:
            pid = transaction.connection.get_server_pid()
            rows = await asyncio.create_task(engine.run_ddl("SELECT pg_backend_pid() AS pid"))
            assert rows[0]["pid"] == pid

    await with_pool(stock, owner_url, story)


async def test_ours_a_started_task_may_not(owner_url: str) -> None:
    async def story(engine: PostgresEngine) -> None:
        async with engine.transaction():
            with pytest.raises(SharedTransactionError):
                await asyncio.create_task(engine.run_ddl("SELECT 1"))

    await with_pool(engine_for, owner_url, story)


async def test_stock_a_nested_transaction_keeps_half_of_what_failed(owner_url: str) -> None:
    async def story(engine: PostgresEngine) -> None:
        async with engine.transaction():
            with pytest.raises(ZeroDivisionError):
                async with engine.transaction():
                    await engine.run_ddl("INSERT INTO trap VALUES (4)")
                    raise ZeroDivisionError
        assert len(await engine.run_ddl("SELECT n FROM trap")) == 1

    await with_pool(stock, owner_url, story)


@pytest.mark.usefixtures("database")
async def test_a_nested_unit_of_work_is_a_savepoint() -> None:
    async with unit_of_work() as outer:
        await outer.execute("CREATE TEMPORARY TABLE nested (n int) ON COMMIT DROP")
        with pytest.raises(ZeroDivisionError):
            async with unit_of_work() as inner:
                await inner.execute("INSERT INTO nested VALUES (1)")
                raise ZeroDivisionError
        assert await database.fetchval("SELECT count(*) FROM nested") == 0


@pytest.mark.usefixtures("database")
async def test_effects_run_after_the_outermost_commit_only() -> None:
    ran: list[str] = []

    def effect(name: str) -> Callable[[], Awaitable[None]]:
        async def run() -> None:
            ran.append(name)

        return run

    async with unit_of_work() as outer:
        outer.after_commit(effect("outer"))
        async with unit_of_work() as inner:
            inner.after_commit(effect("inner"))
        with pytest.raises(ZeroDivisionError):
            async with unit_of_work() as failed:
                failed.after_commit(effect("never"))
                raise ZeroDivisionError
        assert ran == []
    assert ran == ["outer", "inner"]


@pytest.mark.usefixtures("database")
async def test_a_failing_effect_changes_nothing() -> None:
    async def fail() -> None:
        raise ConnectionError

    async with unit_of_work() as uow:
        uow.after_commit(fail)


async def test_outside_of_one_there_is_no_current_unit_of_work() -> None:
    with pytest.raises(RuntimeError):
        current()


class Taken(Conflict):
    code = "taken"


def test_a_constraint_is_claimed_once() -> None:
    register_constraints({"test_once": Taken})
    register_constraints({"test_once": Taken})
    with pytest.raises(ValueError, match="test_once"):
        register_constraints({"test_once": Unavailable})


@pytest.mark.usefixtures("database")
async def test_a_broken_constraint_is_the_business_error() -> None:
    register_constraints({"claimed_n": Taken})
    with pytest.raises(Taken):
        async with unit_of_work() as uow:
            await uow.execute(
                "CREATE TEMPORARY TABLE claimed (n int CONSTRAINT claimed_n UNIQUE) ON COMMIT DROP"
            )
            await uow.execute("INSERT INTO claimed VALUES (1), (1)")


def test_a_deadlock_is_said_to_be_passing() -> None:
    assert isinstance(from_database(asyncpg.DeadlockDetectedError()), Unavailable)
    assert from_database(asyncpg.DivisionByZeroError()) is None
