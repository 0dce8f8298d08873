"""Bringing the catalogue's files into PostgreSQL, as often as one likes.

Only what differs is written. What the files no longer list is withdrawn, not deleted, because
appointments and tickets refer to it. Exceptions that an administrator entered are left alone.
"""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import msgspec
from msgspec import Struct

from services import audit
from services.catalog.definitions import Item
from services.catalog.items import forget_items
from services.catalog.search import search_vector
from services.catalog.source import DATA, read_catalogue
from services.catalog.sync_offices import sync_offices
from services.kernel.actor import SYSTEM
from services.kernel.unit_of_work import UnitOfWork, unit_of_work

# Any constant will do; it only has to be the same in every process that syncs.
_SYNC_LOCK = 0x636174616C6F67


class Synced(Struct, frozen=True, kw_only=True):
    """What the files hold, and how many rows had to be written to match them."""

    items: int
    offices: int
    written: int


async def sync(now: datetime, folder: Path = DATA) -> Synced:
    """Make the tables say what the files under `folder` say.

    Takes one advisory lock until the end of the transaction, so two processes that start together
    sync one after the other. Raises CatalogueInvalid when the files hold a mistake.
    """
    catalogue = read_catalogue(folder)
    async with unit_of_work() as uow:
        await uow.execute("SELECT pg_advisory_xact_lock($1)", _SYNC_LOCK)
        uow.after_commit(forget_items)
        written = await _sync_items(uow, catalogue.items)
        written += await sync_offices(uow, catalogue.offices)
        if written:
            await audit.record(
                SYSTEM,
                "catalog.synced",
                subject="catalogue",
                subject_id="files",
                data={"written": written},
                now=now,
            )
    return Synced(items=len(catalogue.items), offices=len(catalogue.offices), written=written)


async def _sync_items(uow: UnitOfWork, items: Sequence[Item]) -> int:
    written = await uow.execute(
        """
        UPDATE item SET offered = false, bookable = false
         WHERE offered AND code <> ALL ($1::text[])
        """,
        [item.code for item in items],
    )
    for item in items:
        written += await uow.execute(
            """
            INSERT INTO item (code, line, position, bookable, offered, definition, search)
            VALUES ($1, $2, $3, $4, true, $5::text::jsonb, $6::text::tsvector)
            ON CONFLICT (code) DO UPDATE
               SET line = excluded.line, position = excluded.position,
                   bookable = excluded.bookable, offered = true,
                   definition = excluded.definition, search = excluded.search
             WHERE (item.line, item.position, item.bookable, item.offered, item.definition,
                    item.search)
                   IS DISTINCT FROM (excluded.line, excluded.position, excluded.bookable, true,
                                     excluded.definition, excluded.search)
            """,
            item.code,
            item.line,
            item.position,
            item.bookable,
            msgspec.json.encode(item).decode(),
            search_vector(item),
        )
    return written
