"""The tickets that one window has to do with: one statement, each list by an index of its own."""

from collections.abc import Mapping, Sequence
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

MOST_COUNTED = 500
"""Beyond so many the page says "and more": counting them all would be done at every press."""


class Shown(Struct, frozen=True, kw_only=True):
    """The present ticket, whatever day it is from, and today's others.

    `waiting_count` ends at MOST_COUNTED. `notes` are what clerks left for the next one, by ticket.
    """

    current: Ticket | None
    waiting: tuple[Ticket, ...]
    waiting_count: int
    missed: tuple[Ticket, ...]
    parked: tuple[Ticket, ...]
    notes: Mapping[UUID, str]

    def all(self) -> tuple[Ticket, ...]:
        """Every ticket that is shown."""
        current = (self.current,) if self.current else ()
        return (*current, *self.waiting, *self.missed, *self.parked)


# By the name under which `Shown` is filled; $1 to $4 as in order.py.
_LISTS = {
    "current": "window_id = $1 AND status IN ('called', 'serving')",
    "named": WAITS_FOR_WINDOW,
    "in_line": WAITS_IN_LINE,
    "missed": """office_code = $3 AND day = $2 AND line = ANY($4)
                 AND status = 'skipped' AND returned_at IS NULL""",
    "parked": """office_code = $3 AND day = $2 AND (line = ANY($4) OR window_id = $1)
                 AND status = 'parked'""",
}
_SHOWN = " UNION ALL ".join(
    f"(SELECT '{name}' AS shown, {COLUMNS}, note FROM ticket"  # noqa: S608 - constants of the area
    f" WHERE {condition} {IN_ORDER} LIMIT {MOST_SHOWN})"
    for name, condition in _LISTS.items()
)
_COUNT = f"""
SELECT count(*) FROM (SELECT FROM ticket WHERE {WAITS_IN_LINE} LIMIT {MOST_COUNTED}) AS waiting
"""  # noqa: S608 - constants of the area


async def tickets_of(window: Window, now: datetime) -> Shown:
    """What a clerk at this window sees."""
    place = (window.id, local_date(now), window.office_code, list(window.lines))
    lists: dict[str, list[Ticket]] = {name: [] for name in _LISTS}
    notes: dict[UUID, str] = {}
    for row in await database.fetch(_SHOWN, *place):
        columns = dict(row)
        shown, note = columns.pop("shown"), columns.pop("note")
        lists[shown].append(from_row(columns))
        if note is not None:
            notes[row["id"]] = keyring().unseal(note, "ticket", "note", row["id"])
    named, in_line = lists["named"], lists["in_line"]
    return Shown(
        current=next(iter(lists["current"]), None),
        waiting=(*named, *in_line)[:MOST_SHOWN],
        waiting_count=min(len(named) + await _count(in_line, place), MOST_COUNTED),
        missed=tuple(lists["missed"]),
        parked=tuple(lists["parked"]),
        notes=notes,
    )


async def _count(shown: Sequence[Ticket], place: tuple[object, ...]) -> int:
    """How many wait in line: counted only when not all of them are shown, and so far only."""
    if len(shown) < MOST_SHOWN:
        return len(shown)
    return int(await database.fetchval(_COUNT, *place))
