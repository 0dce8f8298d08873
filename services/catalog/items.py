"""Reading items. They change only when a release brings new files, so a process keeps them."""

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec
from msgspec import structs

from services.catalog.definitions import Item
from services.catalog.errors import ItemUnknown
from services.catalog.search import ranked_codes
from services.catalog.states import Category, Line, Mode
from services.kernel import database


@dataclass(frozen=True)
class _Shelf:
    offered: tuple[Item, ...]
    known: Mapping[str, Item]


_shelf: _Shelf | None = None


def forget_items() -> None:
    """Read them afresh next time; `sync` asks for this."""
    global _shelf  # noqa: PLW0603 - the process's one copy
    _shelf = None


async def _items() -> _Shelf:
    global _shelf  # noqa: PLW0603 - the process's one copy
    if _shelf is not None:
        return _shelf
    rows = await database.fetch("SELECT definition, offered, line, position FROM item")
    read = [(msgspec.json.decode(row["definition"], type=Item), row["offered"]) for row in rows]
    order = {line: index for index, line in enumerate(Line)}
    read.sort(key=lambda pair: (order[pair[0].line], pair[0].position))
    shelf = _Shelf(
        offered=tuple(item for item, offered in read if offered),
        known={
            item.code: item if offered else structs.replace(item, modes=())
            for item, offered in read
        },
    )
    if rows:
        _shelf = shelf
    return shelf


async def items() -> tuple[Item, ...]:
    """Every item on offer, by line and position."""
    return (await _items()).offered


async def item(code: str) -> Item:
    """One item; one that is no longer on offer has no modes, so it cannot be booked.

    Raises ItemUnknown.
    """
    known = (await _items()).known
    if code not in known:
        raise ItemUnknown
    return known[code]


async def search_items(
    query: str = "",
    *,
    line: Line | None = None,
    category: Category | None = None,
    mode: Mode | None = None,
) -> tuple[Item, ...]:
    """The items on offer that match everything given: the likeliest first, else by position.

    `query` is what a person typed, in either language.
    """
    shelf = await _items()
    found = shelf.offered
    if query.strip():
        found = tuple(shelf.known[code] for code in await ranked_codes(query))
    return tuple(
        one
        for one in found
        if (line is None or one.line is line)
        and (category is None or one.category is category)
        and (mode is None or mode in one.modes)
    )
