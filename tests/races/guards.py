"""Negative controls: the real operations with one of their guards taken out.

A guard is a piece of SQL (a lock, the state that an UPDATE expects) or a unique index. Without it
the race that it ends has to show. Nothing is left to luck: whoever is to come in between does so at
a named statement, from beginning to end. A control whose statement or guard is gone fails.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from contextvars import Context
from typing import Any

import pytest

from services.kernel.errors import DomainError
from services.kernel.unit_of_work import UnitOfWork, unit_of_work
from tests.harness.run import Worker

Deed = Callable[[], Awaitable[object]]
PATIENCE = 2  # seconds, for whoever comes in between and is made to wait


@contextmanager
def _tampered(
    of: str, run: Callable[[str, Callable[[str], Awaitable[object]]], Awaitable[object]]
) -> Iterator[None]:
    """Let `run` carry out every statement that contains `of`; a blank is any white space."""
    met = False

    def tampering(method: Callable[..., Awaitable[object]]) -> Callable[..., Awaitable[object]]:
        async def fetch(uow: UnitOfWork, sql: str, *args: Any) -> object:
            nonlocal met
            flat = " ".join(sql.split())
            if of not in flat:
                return await method(uow, sql, *args)
            met = True
            return await run(flat, lambda text: method(uow, text, *args))

        return fetch

    with pytest.MonkeyPatch.context() as patch:
        for name in ("fetch", "fetchrow", "fetchval", "execute"):
            patch.setattr(UnitOfWork, name, tampering(getattr(UnitOfWork, name)))
        yield
    assert met, f"nothing ran a statement with {of!r}"


@contextmanager
def without(guard: str, *, of: str, instead: str = "") -> Iterator[None]:
    """Run every statement that contains `of` with `instead` in the place of `guard`."""

    async def run(sql: str, execute: Callable[[str], Awaitable[object]]) -> object:
        assert guard in sql, f"no {guard!r} in {sql!r}"
        return await execute(sql.replace(guard, instead))

    with _tampered(of, run):
        yield


class Overtaker:
    """Somebody who comes in between, and the result, or the DomainError that was met."""

    def __init__(self, deed: Deed) -> None:
        self._deed = deed
        self._came = False
        self.outcome: object = None

    async def come(self) -> None:
        """Do it all, once, as another process would. Raises TimeoutError when it has to wait."""
        if self._came:
            return
        self._came = True
        # A context of its own: it is no part of the transaction that it overtakes.
        task = asyncio.get_running_loop().create_task(self._act(), context=Context())
        self.outcome = await asyncio.wait_for(task, PATIENCE)

    async def _act(self) -> object:
        try:
            async with unit_of_work():
                return await self._deed()
        except DomainError as error:
            return error


@contextmanager
def overtaken(by: Deed, *, after: str = "", before: str = "") -> Iterator[Overtaker]:
    """Let `by` happen, all of it, right after or before the first statement with that text."""
    overtaker = Overtaker(by)

    async def run(sql: str, execute: Callable[[str], Awaitable[object]]) -> object:
        if before:
            await overtaker.come()
        found = await execute(sql)
        await overtaker.come()
        return found

    with _tampered(after or before, run):
        yield overtaker


async def alone(deed: Deed) -> object:
    """Do it in a transaction of its own; a booking, that is, not in a batch."""
    async with unit_of_work():
        return await deed()


@asynccontextmanager
async def without_trigger(worker: Worker, name: str, *, on: str) -> AsyncIterator[None]:
    """Switch a trigger of the worker's database off."""
    superuser = await worker.run.postgres.connect(worker.database)
    try:
        await superuser.execute(f"ALTER TABLE {on} DISABLE TRIGGER {name}")
        try:
            yield
        finally:
            await superuser.execute(f"ALTER TABLE {on} ENABLE TRIGGER {name}")
    finally:
        await superuser.close()


@asynccontextmanager
async def without_index(worker: Worker, name: str) -> AsyncIterator[None]:
    """Drop a unique or excluding index of the worker's database; what it lets in is deleted."""
    superuser = await worker.run.postgres.connect(worker.database)
    try:
        row = await superuser.fetchrow(
            """
            SELECT indrelid::regclass::text AS of, pg_get_indexdef(indexrelid) AS definition,
                   conname, pg_get_constraintdef(c.oid) AS constraint
              FROM pg_index
              LEFT JOIN pg_constraint c ON conindid = indexrelid AND contype IN ('u', 'x')
             WHERE indexrelid = $1::text::regclass
            """,
            name,
        )
        assert row is not None
        drop, create = f"DROP INDEX {name}", row["definition"]
        if row["conname"]:
            drop = f"ALTER TABLE {row['of']} DROP CONSTRAINT {name}"
            create = f"ALTER TABLE {row['of']} ADD CONSTRAINT {name} {row['constraint']}"
        await superuser.execute(drop)
        try:
            yield
        finally:
            async with superuser.transaction():
                await superuser.execute("SET LOCAL session_replication_role = replica")
                await superuser.execute(f"DELETE FROM {row['of']}")
                await superuser.execute(create)
    finally:
        await superuser.close()
