"""Sealing every personal datum again under the active key."""

from collections.abc import AsyncIterator, Iterator
from itertools import groupby

from piccolo.table import Table

from services.kernel import database
from services.kernel.columns import Sealed
from services.kernel.crypto import keyring
from services.kernel.unit_of_work import unit_of_work

BATCH = 500


def sealed_columns() -> Iterator[tuple[str, str]]:
    """Every (table, column) of every area that holds sealed values."""
    from services.kernel import piccolo_conf

    tables: list[type[Table]] = [
        table
        for config in piccolo_conf.APP_REGISTRY.app_configs.values()
        for table in config.table_classes
    ]
    for table in sorted(tables, key=lambda each: each._meta.tablename):  # noqa: SLF001 - Piccolo's own name for it
        for column in table._meta.columns:  # noqa: SLF001 - as above
            if isinstance(column, Sealed):
                yield table._meta.tablename, column._meta.name  # noqa: SLF001 - as above


def _prefix(key_name: str) -> bytes:
    return bytes([len(key_name)]) + key_name.encode()


async def reseal() -> AsyncIterator[tuple[str, int]]:
    """Seal again what is under another key than the active one, batch by batch.

    Yields (`table.column`, rows sealed again) as each column is finished. Each batch is a
    transaction of its own, so an interruption loses nothing and a second run goes on.
    """
    for table, columns in groupby(sealed_columns(), key=lambda pair: pair[0]):
        for _, column in columns:
            total = 0
            while count := await _reseal_batch(table, column):
                total += count
            yield f"{table}.{column}", total


async def _reseal_batch(table: str, column: str) -> int:
    keys = keyring()
    active = _prefix(keys.active)
    async with unit_of_work() as uow:
        rows = await uow.fetch(
            f"""
            SELECT id, {column} AS sealed FROM {table}
             WHERE {column} IS NOT NULL AND substr({column}, 1, $1) <> $2
             LIMIT $3 FOR UPDATE SKIP LOCKED
            """,  # noqa: S608 - names come from our own table classes
            len(active),
            active,
            BATCH,
        )
        for row in rows:
            plain = keys.unseal(row["sealed"], table, column, row["id"])
            await uow.execute(
                f"UPDATE {table} SET {column} = $2 WHERE id = $1",  # noqa: S608 - as above
                row["id"],
                keys.seal(plain, table, column, row["id"]),
            )
        return len(rows)


async def rows_under(key_name: str) -> int:
    """How many values are still sealed under a key."""
    prefix = _prefix(key_name)
    total = 0
    for table, column in sealed_columns():
        total += await database.fetchval(
            f"SELECT count(*) FROM {table} WHERE substr({column}, 1, $1) = $2",  # noqa: S608 - as above
            len(prefix),
            prefix,
        )
    return total
