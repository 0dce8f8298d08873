"""The tickets that one window has to do with, each list read by an index of its own."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from msgspec import Struct

from services.catalog import Window
from services.kernel import database
from services.kernel.clock import local_date
from services.kernel.crypto import keyring
from services.queue.order import IN_ORDER, WAITS_FOR_WINDOW, WAITS_IN_LINE
from services.queue.tickets import COLUMNS, Ticket, from_row

MOST_SHOWN = 30


class Shown(Struct, frozen=True, kw_only=True):
    """The present ticket, whatever day it is from, and today's others."""

    current: Ticket | None
    waiting: tuple[Ticket, ...]
    waiting_count: int
    missed: tuple[Ticket, ...]
    parked: tuple[Ticket, ...]

    def all(self) -> tuple[Ticket, ...]:
        """Every ticket that is shown."""
        current = (self.current,) if self.current else ()
        return (*current, *self.waiting, *self.missed, *self.parked)


async def tickets_of(window: Window, now: datetime) -> Shown:
    """What a clerk at this window sees."""
    day = local_date(now)
    place = (window.id, day, window.office_code, list(window.lines))
    named = await _tickets(WAITS_FOR_WINDOW, window.id, day)
    in_line = await _tickets(WAITS_IN_LINE, *place)
    return Shown(
        current=next(iter(await _tickets(_AT_WINDOW, window.id)), None),
        waiting=(*named, *in_line)[:MOST_SHOWN],
        waiting_count=len(named) + await _count(in_line, place),
        missed=await _tickets(_MISSED, *place[1:]),
        parked=await _tickets(_PARKED, *place),
    )


_AT_WINDOW = "window_id = $1 AND status IN ('called', 'serving')"
_MISSED = """office_code = $2 AND day = $1 AND line = ANY($3)
             AND status = 'skipped' AND returned_at IS NULL"""
_PARKED = """office_code = $3 AND day = $2 AND (line = ANY($4) OR window_id = $1)
             AND status = 'parked'"""


async def _tickets(condition: str, *values: object) -> tuple[Ticket, ...]:
    rows = await database.fetch(
        f"SELECT {COLUMNS} FROM ticket WHERE {condition} {IN_ORDER} LIMIT {MOST_SHOWN}",  # noqa: S608 - constants of the area
        *values,
    )
    return tuple(from_row(row) for row in rows)


async def _count(shown: tuple[Ticket, ...], place: tuple[object, ...]) -> int:
    """How many wait in line: counted only when not all of them are shown."""
    if len(shown) < MOST_SHOWN:
        return len(shown)
    return int(
        await database.fetchval(f"SELECT count(*) FROM ticket WHERE {WAITS_IN_LINE}", *place)  # noqa: S608 - a constant of the area
    )


async def notes_on(tickets: Iterable[Ticket]) -> Mapping[UUID, str]:
    """What clerks left for the next one, by ticket."""
    rows = await database.fetch(
        "SELECT id, note FROM ticket WHERE id = ANY($1) AND note IS NOT NULL",
        [one.id for one in tickets],
    )
    keys = keyring()
    return {row["id"]: keys.unseal(row["note"], "ticket", "note", row["id"]) for row in rows}
