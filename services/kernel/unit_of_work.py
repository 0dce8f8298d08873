"""One transaction an operation; side effects only after it has committed."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from contextvars import ContextVar
from typing import Any

import asyncpg
import structlog

from services.kernel import database
from services.kernel.errors import from_database

Effect = Callable[[], Awaitable[None]]
log = structlog.get_logger(__name__)


class UnitOfWork:
    """The connection of one transaction and what is to happen once it has committed."""

    def __init__(self, connection: "asyncpg.Connection[asyncpg.Record]") -> None:
        self.connection = connection
        self.effects: list[Effect] = []

    async def fetch(self, sql: str, *args: Any) -> list[asyncpg.Record]:
        """All rows of a statement."""
        rows: list[asyncpg.Record] = await self.connection.fetch(sql, *args)
        return rows

    async def fetchrow(self, sql: str, *args: Any) -> asyncpg.Record | None:
        """The first row of a statement, or None."""
        row: asyncpg.Record | None = await self.connection.fetchrow(sql, *args)
        return row

    async def fetchval(self, sql: str, *args: Any) -> Any:
        """The first column of the first row, or None."""
        return await self.connection.fetchval(sql, *args)

    async def execute(self, sql: str, *args: Any) -> int:
        """Run a statement and say how many rows it touched."""
        status = await self.connection.execute(sql, *args)
        count = status.rsplit(" ", 1)[-1]
        return int(count) if count.isdigit() else 0

    def after_commit(self, effect: Effect) -> None:
        """Run `effect` once the outermost transaction has committed; never if it rolls back.

        An effect is a hint (a doorbell, a live message): its failure is logged and changes nothing.
        """
        self.effects.append(effect)


_current: ContextVar[UnitOfWork | None] = ContextVar("unit_of_work", default=None)


def current() -> UnitOfWork:
    """The unit of work that this runs in. Raises RuntimeError outside of one."""
    uow = _current.get()
    if uow is None:
        raise RuntimeError("this must run inside a unit_of_work()")
    return uow


def in_unit_of_work() -> bool:
    """Whether a transaction is open here, so that work would become part of it."""
    return database.engine().current_transaction.get() is not None


@asynccontextmanager
async def unit_of_work() -> AsyncIterator[UnitOfWork]:
    """Open a transaction, or a savepoint when one is open already.

    Raises the DomainError registered for a constraint that PostgreSQL found broken.
    """
    outer = _current.get()
    engine = database.engine()
    transaction = engine.current_transaction.get()
    try:
        if transaction is None:
            async with engine.transaction() as opened:
                uow = UnitOfWork(opened.connection)
                token = _current.set(uow)
                try:
                    yield uow
                finally:
                    _current.reset(token)
        else:
            if isinstance(transaction, database.Transaction):
                transaction.check_owner()
            uow = UnitOfWork(transaction.connection)
            async with transaction.connection.transaction():
                token = _current.set(uow)
                try:
                    yield uow
                finally:
                    _current.reset(token)
    except asyncpg.PostgresError as error:
        known = from_database(error)
        if known is None:
            raise
        raise known from error
    if outer is not None:
        outer.effects.extend(uow.effects)
        return
    for effect in uow.effects:
        await _run_effect(effect)


async def _run_effect(effect: Effect) -> None:
    try:
        await effect()
    except Exception:  # noqa: BLE001 - whatever an effect raises, the work stands
        # The work is committed: a sweep or a refetch makes up for a hint that was lost.
        log.warning("after_commit_failed", effect=getattr(effect, "__qualname__", "effect"))
