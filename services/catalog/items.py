"""Reading items. They change only when a release brings new files, so a process keeps them."""

from collections.abc import Iterable, Mapping
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


async def forget_items() -> None:
    """Read them afresh next time; `sync` asks for this once it has committed."""
    global _shelf  # noqa: PLW0603 - the process's one copy
    _shelf = None


async def _items(needed: Iterable[str] = ()) -> _Shelf:
    """All items; read again when there were none, or one of `needed` came with a later sync."""
    global _shelf  # noqa: PLW0603 - the process's one copy
    shelf = _shelf
    if shelf is None or not shelf.known or not shelf.known.keys() >= set(needed):
        shelf = _shelf = await _read()
    return shelf


async def _read() -> _Shelf:
    rows = await database.fetch("SELECT definition, offered FROM item")
    read = [(msgspec.json.decode(row["definition"], type=Item), row["offered"]) for row in rows]
    order = list(Line)
    read.sort(key=lambda pair: (order.index(pair[0].line), pair[0].position))
    return _Shelf(
        offered=tuple(item for item, offered in read if offered),
        known={
            item.code: item if offered else structs.replace(item, modes=())
            for item, offered in read
        },
    )


async def items() -> tuple[Item, ...]:
    """Every item on offer, by line and position."""
    return (await _items()).offered


async def item(code: str) -> Item:
    """One item; one that is no longer on offer has no modes, so it cannot be booked.

    Raises ItemUnknown.
    """
    known = (await _items([code])).known
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
    if query.strip():
        codes = await ranked_codes(query)
        known = (await _items(codes)).known
        found = tuple(known[code] for code in codes)
    else:
        found = await items()
    return tuple(
        one
        for one in found
        if (line is None or one.line is line)
        and (category is None or one.category is category)
        and (mode is None or mode in one.modes)
    )
