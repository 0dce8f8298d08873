"""Where a state machine acts: the real database, one transaction a run, one savepoint an example.

Hypothesis drives a machine without an event loop; the world has one of its own, with a connection
of its own, so that nothing of the session's is touched.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager
from contextvars import copy_context
from datetime import timedelta
from itertools import count
from typing import Any, TypeVar

import asyncpg
from asyncpg.transaction import Transaction

from services.kernel import database
from services.kernel.errors import DomainError
from services.kernel.redis import close_redis, redis
from tests.queues import MORNING
from tests.stateful.promises import LOOK

Value = TypeVar("Value")

# Whatever an operation of a hall may write.
TABLES = (
    "slot",
    "seat",
    "hold",
    "appointment",
    "party",
    "booking_strike",
    "booking_penalty",
    "booking_appeal",
    "booking_emergency",
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
# After so many tries, far below any limit, it is forgotten how often everybody has tried.
TRIES = 10

# One number for all that is there.
WRITTEN = "SELECT sum(kept) FROM ({}) everything".format(
    " UNION ALL ".join(
        f"SELECT hashtextextended(t::text, 0)::numeric AS kept FROM {table} t" for table in TABLES
    )
)


class World:
    """Runs operations one after the other, on a clock that only a machine moves."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        # All steps share one context, in which the transaction is the current one.
        self._context = copy_context()
        self._transaction = self.run(_opened())
        self._savepoint: Transaction | None = None
        self._tries = count()
        self.now = MORNING
        # How often each operation was carried out.
        self.done: Counter[str] = Counter()

    def run(self, coroutine: Coroutine[Any, Any, Value]) -> Value:
        """The result of an operation."""
        task = self._loop.create_task(coroutine, context=self._context)
        return self._loop.run_until_complete(task)

    def attempt(self, coroutine: Coroutine[Any, Any, Value]) -> Value | DomainError:
        """The result of an operation, or what it refused; then it must have written nothing."""
        # How often everybody has tried is counted on the real clock.
        if next(self._tries) % TRIES == 0:
            self.run(_awaited(redis().flushall))
        name: str = getattr(coroutine, "__name__", "")
        before = self.run(database.fetchval(WRITTEN))
        try:
            result = self.run(coroutine)
        except DomainError as error:
            refusal = error
        else:
            self.done[name] += 1
            return result
        after = self.run(database.fetchval(WRITTEN))
        assert after == before, f"written by what was refused: {refusal!r}"
        return refusal

    def rows(self, sql: str, *values: object) -> list[asyncpg.Record]:
        """What the database holds."""
        return self.run(database.fetch(sql, *values))

    def look(self) -> tuple[list[str], frozenset[str]]:
        """The promises that are broken, each with what breaks it, and what there is to act upon."""
        rows = self.rows(LOOK, self.now)
        broken = [f"{row['promise']}: {row['what']}" for row in rows if row["promise"]]
        return broken, frozenset(row["what"] for row in rows if row["promise"] is None)

    def later(self, seconds: int) -> None:
        """Let time pass."""
        self.now += timedelta(seconds=seconds)

    def begin(self) -> None:
        """Begin an example."""
        self.now = MORNING
        self._savepoint = self._transaction.connection.transaction()
        self.run(_awaited(self._savepoint.start))

    def end(self) -> None:
        """Forget the example."""
        assert self._savepoint is not None
        self.run(_awaited(self._savepoint.rollback))

    def close(self) -> None:
        """Forget everything."""
        self.run(_closed(self._transaction))


async def _awaited(step: Callable[[], Awaitable[Value]]) -> Value:
    return await step()


@contextmanager
def world(prepare: Callable[[], Coroutine[Any, Any, None]]) -> Iterator[World]:
    """A world that `prepare` has filled; nothing of it stays."""
    engine = database.engine()
    pool, engine.pool = engine.pool, None
    redis.cache_clear()
    # Not a Runner, which sets signals up anew for each step; that takes longer than the step.
    loop = asyncio.new_event_loop()
    place = World(loop)
    try:
        place.run(prepare())
        yield place
    finally:
        place.close()
        place.run(close_redis())
        loop.close()
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
