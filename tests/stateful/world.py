"""Where a state machine acts: the real database, one transaction a run, one savepoint an example.

Hypothesis drives a machine without an event loop; the world has one of its own, with a connection
of its own, so that nothing of the session's is touched.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, TypeVar

import asyncpg
from asyncpg.transaction import Transaction

from services.kernel import database
from services.kernel.errors import DomainError
from services.kernel.redis import close_redis, redis
from tests.queues import MORNING

Value = TypeVar("Value")

# Whatever an operation of a hall may write.
TABLES = (
    "slot",
    "seat",
    "hold",
    "appointment",
    "booking_strike",
    "booking_penalty",
    "waitlist_entry",
    "waitlist_office",
    "opening_exception",
    "exception_period",
    "schedule_exception",
    "closure",
    "displacement",
    "ticket",
    "ticket_stint",
    "ticket_counter",
    "window_act",
    "window_assignment",
    "window_session",
    "window_pause",
    "outbox_event",
    "audit_record",
)
# One number for all that is there.
WRITTEN = "SELECT sum(kept) FROM ({}) everything".format(
    " UNION ALL ".join(
        f"SELECT hashtextextended(t::text, 0)::numeric AS kept FROM {table} t" for table in TABLES
    )
)


class World:
    """Runs operations one after the other, on a clock that only a machine moves."""

    def __init__(
        self, runner: asyncio.Runner, connection: "asyncpg.Connection[asyncpg.Record]"
    ) -> None:
        self._runner = runner
        self._connection = connection
        self._savepoint: Transaction | None = None
        self.now = MORNING

    def run(self, coroutine: Coroutine[Any, Any, Value]) -> Value:
        """The result of an operation."""
        return self._runner.run(coroutine)

    def attempt(self, coroutine: Coroutine[Any, Any, Value]) -> Value | DomainError:
        """The result of an operation, or what it refused; then it must have written nothing."""
        # How often everybody has tried is counted on the real clock.
        self.run(_awaited(redis().flushall))
        before = self.run(database.fetchval(WRITTEN))
        try:
            return self.run(coroutine)
        except DomainError as error:
            refusal = error
        after = self.run(database.fetchval(WRITTEN))
        assert after == before, f"written by what was refused: {refusal!r}"
        return refusal

    def rows(self, sql: str, *values: object) -> list[asyncpg.Record]:
        """What the database holds."""
        return self.run(database.fetch(sql, *values))

    def later(self, seconds: int) -> None:
        """Let time pass."""
        self.now += timedelta(seconds=seconds)

    def begin(self) -> None:
        """Begin an example."""
        self.now = MORNING
        self._savepoint = self._connection.transaction()
        self.run(_awaited(self._savepoint.start))

    def end(self) -> None:
        """Forget the example."""
        assert self._savepoint is not None
        self.run(_awaited(self._savepoint.rollback))


async def _awaited(step: Callable[[], Awaitable[Value]]) -> Value:
    return await step()


@contextmanager
def world(prepare: Callable[[], Coroutine[Any, Any, None]]) -> Iterator[World]:
    """A world that `prepare` has filled; nothing of it stays."""
    engine = database.engine()
    pool, engine.pool = engine.pool, None
    redis.cache_clear()
    with asyncio.Runner() as runner:
        transaction = runner.run(_awaited(_opened))
        try:
            runner.run(prepare())
            yield World(runner, transaction.connection)
        finally:
            runner.run(_awaited(lambda: _closed(transaction)))
            runner.run(close_redis())
            engine.pool = pool


async def _opened() -> database.Transaction:
    transaction = database.engine().transaction()
    await transaction.__aenter__()
    # Each step of a machine is a task of its own, one after the other.
    transaction.owner = None
    return transaction


async def _closed(transaction: database.Transaction) -> None:
    await transaction.rollback()  # type: ignore[no-untyped-call]  # Piccolo leaves it untyped
    await transaction.__aexit__(None, None, None)


def opening_hours(now: datetime) -> bool:
    """Whether it is still the machine's day."""
    return now < MORNING + timedelta(hours=8)
