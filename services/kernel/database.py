"""The repaired Piccolo engine, and plain reads.

Three faults of the stock engine are mended here, each shown by tests/services/test_database.py:
a failed COMMIT leaked the connection and left later transactions autocommitting; a nested
transaction was silently part of the outer one; a task started inside a transaction shared its
connection. See docs/decisions/0002-unit-of-work.md.
"""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from types import TracebackType
from typing import Any

import asyncpg
from piccolo.engine.postgres import PostgresEngine, PostgresTransaction
from piccolo.querystring import QueryString

from services.kernel.errors import OutcomeUnknown, Unavailable
from services.kernel.settings import settings

SESSION_SETTINGS = {
    "application_name": "banshi",
    "timezone": "UTC",
    "statement_timeout": "30s",
    "lock_timeout": "5s",
    "idle_in_transaction_session_timeout": "60s",
}


# What it looks like when the server goes away.
LOST = (OSError, asyncpg.PostgresConnectionError, asyncpg.OperatorInterventionError)


_commits = 0


def commits() -> int:
    """A number that rises whenever this process commits a transaction."""
    return _commits


class SharedTransactionError(RuntimeError):
    """A task used the transaction of the task that started it."""


@contextmanager
def _reachable() -> Iterator[None]:
    """Raise Unavailable when the server cannot be reached."""
    try:
        yield
    except (*LOST, asyncpg.TooManyConnectionsError) as error:
        raise Unavailable from error


def _closed(connection: Any) -> bool:
    try:
        return bool(connection.is_closed())
    except asyncpg.InterfaceError:
        # The pool has taken a broken connection away from whoever used it.
        return True


class Transaction(PostgresTransaction):
    """A transaction that always gives its connection back, and belongs to one task."""

    # Holding the task itself, not its id: ids are used again.
    owner: "asyncio.Task[Any] | None" = None

    async def __aenter__(self) -> PostgresTransaction:
        self.owner = asyncio.current_task()
        if self._parent is not None:
            return self._parent
        with _reachable():
            self.connection = await self.get_connection()  # type: ignore[no-untyped-call]  # Piccolo leaves it untyped
        self.transaction = self.connection.transaction()
        try:
            with _reachable():
                await self.begin()  # type: ignore[no-untyped-call]  # as above
        except BaseException:
            await self._give_back()
            raise
        self.context = self.engine.current_transaction.set(self)
        return self

    async def __aexit__(
        self,
        exception_type: type[BaseException] | None,
        exception: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool:
        if self._parent is not None:
            return exception is None
        try:
            if exception is not None:
                # With the connection gone, the server rolls back by itself.
                if not self._rolled_back and not _closed(self.connection):
                    await self.rollback()  # type: ignore[no-untyped-call]  # as above
                elif isinstance(exception, asyncpg.InterfaceError):
                    raise Unavailable from exception
            elif not self._committed and not self._rolled_back:
                await self._commit()
        finally:
            self.engine.current_transaction.reset(self.context)
            await self._give_back()
        return exception is None

    async def _commit(self) -> None:
        global _commits  # noqa: PLW0603 - the process's one count
        # Before as well: whoever looks while it is under way may or may not see it.
        _commits += 1
        try:
            await self.commit()  # type: ignore[no-untyped-call]  # Piccolo leaves it untyped
        except Exception as error:
            if isinstance(error, asyncpg.PostgresError) and not isinstance(error, LOST):
                raise  # the server has answered: a deferred constraint is broken
            raise OutcomeUnknown from error
        finally:
            _commits += 1

    async def _give_back(self) -> None:
        if self.engine.pool:
            # release() resets a connection that is still inside a transaction.
            await self.engine.pool.release(self.connection)
        else:
            await self.connection.close()

    def check_owner(self) -> None:
        """Raise SharedTransactionError when called from a task that did not open this."""
        if self.owner is not None and self.owner is not asyncio.current_task():
            raise SharedTransactionError("a task may not use the transaction of another task")


class Engine(PostgresEngine):
    """Piccolo's engine with repaired transactions, and no connection made on import."""

    async def check_version(self) -> None:
        """Skip the stock look-up: it opens a connection while modules are being imported."""

    def transaction(self, allow_nested: bool = True) -> Transaction:  # noqa: FBT001, FBT002 - Piccolo's signature
        """Open a transaction, to be used with `async with`."""
        return Transaction(engine=self, allow_nested=allow_nested)

    async def run_querystring(self, querystring: QueryString, in_pool: bool = True) -> Any:  # noqa: FBT001, FBT002 - Piccolo's signature
        """Run a query on the current task's transaction, else on the pool."""
        self._check_owner()
        return await super().run_querystring(querystring, in_pool)

    async def run_ddl(self, ddl: str, in_pool: bool = True) -> Any:  # noqa: FBT001, FBT002 - Piccolo's signature
        """Run a statement on the current task's transaction, else on the pool."""
        self._check_owner()
        return await super().run_ddl(ddl, in_pool)

    def _check_owner(self) -> None:
        current = self.current_transaction.get()
        if isinstance(current, Transaction):
            current.check_owner()


def engine_for(url: str) -> Engine:
    """An engine on `url` that connects when it is first used."""
    return Engine(config={"dsn": url, "server_settings": SESSION_SETTINGS})


@lru_cache(maxsize=1)
def engine() -> Engine:
    """The process's engine, as the application's role."""
    return engine_for(settings().database_url.get_secret_value())


async def open_pool() -> None:
    """Open the connection pool; an edge does this once when it starts."""
    await engine().start_connection_pool(
        min_size=1, max_size=settings().database_pool, reset=_nothing_to_reset
    )


async def _nothing_to_reset(connection: object) -> None:
    """In place of asyncpg's query at every release, which undoes what a session was set to.

    Nothing here changes a session: locks and settings are a transaction's (`SET LOCAL`,
    `pg_advisory_xact_lock`), and an open transaction is rolled back all the same.
    """


async def close_pool() -> None:
    """Close the pool and every connection in it."""
    if engine().pool:
        await engine().close_connection_pool()


async def _run(method: str, sql: str, args: Sequence[Any]) -> Any:
    current = engine().current_transaction.get()
    if current is not None:
        if isinstance(current, Transaction):
            current.check_owner()
        return await getattr(current.connection, method)(sql, *args)
    pool = engine().pool
    if pool is None:
        raise RuntimeError("the database pool is not open")
    with _reachable():
        return await getattr(pool, method)(sql, *args)


async def fetch(sql: str, *args: Any) -> list[asyncpg.Record]:
    """All rows of a query, in the current transaction if there is one."""
    rows: list[asyncpg.Record] = await _run("fetch", sql, args)
    return rows


async def fetchrow(sql: str, *args: Any) -> asyncpg.Record | None:
    """The first row of a query, or None."""
    row: asyncpg.Record | None = await _run("fetchrow", sql, args)
    return row


async def fetchval(sql: str, *args: Any) -> Any:
    """The first column of the first row, or None."""
    return await _run("fetchval", sql, args)
