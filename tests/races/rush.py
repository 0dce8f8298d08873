"""Starting many at once, and a database to be broken on purpose."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from uuid import UUID

import asyncpg
from msgspec import Struct

from services.kernel.errors import DomainError
from services.kernel.ids import new_id
from tests.harness.run import TEMPLATE, Worker


async def all_at_once(deeds: Iterable[Callable[[], Awaitable[object]]]) -> list[object]:
    """Start every deed in the same moment; each one's result, or the DomainError it met."""
    waiting = list(deeds)
    gate = asyncio.Barrier(len(waiting))

    async def run(deed: Callable[[], Awaitable[object]]) -> object:
        await gate.wait()
        try:
            return await deed()
        except DomainError as error:
            return error

    return await asyncio.gather(*(run(deed) for deed in waiting))


class BareSlot(Struct, frozen=True):
    """A slot in a throw-away database, and people who want it."""

    id: UUID
    people: tuple[UUID, ...]


@asynccontextmanager
async def throw_away_database(worker: Worker, name: str) -> AsyncIterator[str]:
    """A database of its own with the schema, dropped afterwards: constraints may be dropped."""
    database = f"{worker.database}_{name}"
    with worker.run.locked():
        await worker.run.postgres.create_database(database, TEMPLATE)
    try:
        yield database
    finally:
        superuser = await worker.run.postgres.connect()
        try:
            await superuser.execute(f"DROP DATABASE {database} WITH (FORCE)")
        finally:
            await superuser.close()


async def bare_slot(
    connection: "asyncpg.pool.PoolConnectionProxy[asyncpg.Record]", *, seats: int, people: int
) -> BareSlot:
    """The least that an appointment needs, written by hand."""
    slot_id = new_id()
    person_ids = tuple(new_id() for _ in range(people))
    await connection.execute(
        """
        INSERT INTO office (code, position, active, name_zh, name_en, district_zh, district_en,
                            address_zh, address_en, directions_zh, directions_en, phone)
        VALUES ('hall', 1, true, '', '', '', '', '', '', '', '', '');
        INSERT INTO item (code, line, position, bookable, offered, definition, search)
        VALUES ('item', 'household', 1, true, true, '{}', '');
        """
    )
    await connection.executemany(
        "INSERT INTO person (id, phone, phone_index, language, created_at)"
        " VALUES ($1, '', $2, 'zh_CN', now())",
        [(person_id, person_id.bytes) for person_id in person_ids],
    )
    await connection.execute(
        "INSERT INTO slot (id, office_code, line, starts_at, ends_at, released_at)"
        " VALUES ($1, 'hall', 'household', now(), now() + interval '1 hour', now())",
        slot_id,
    )
    await connection.executemany(
        "INSERT INTO seat (id, slot_id, number, share, state)"
        " VALUES ($1, $2, $3, 'online', 'free')",
        [(new_id(), slot_id, number) for number in range(1, seats + 1)],
    )
    return BareSlot(slot_id, person_ids)
