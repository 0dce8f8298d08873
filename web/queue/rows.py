"""The waiting list of a desk, row by row.

A call moves one row of thirty, and every desk of the line draws the list again: a row is drawn
once in each language and minute, and kept. It holds nothing of whoever looks at it.
"""

from datetime import datetime, timedelta
from functools import lru_cache

from markupsafe import Markup

from services.kernel.translations import Language
from services.queue import Ticket, Workbench
from web.common.rendering import render
from web.queue.words import PRIORITIES

MINUTE = timedelta(minutes=1)
MOST_KEPT = 8_192
"""Rows of about 700 characters: a hall's 500 who wait, in two languages, for some minutes."""


def waiting_rows(
    bench: Workbench, titles: dict[str, str], language: Language, now: datetime
) -> Markup:
    """Everybody who waits for the window; `titles` are those of the items, by code."""
    return Markup().join(
        _row(
            language,
            one,
            titles.get(one.item_code) if one.item_code else None,
            bench.names.get(one.person_id) if one.person_id else None,
            (now - one.in_line_at) // MINUTE,
            first=place == 0,
        )
        for place, one in enumerate(bench.waiting)
    )


@lru_cache(maxsize=MOST_KEPT)
def _row(
    language: Language,
    one: Ticket,
    title: str | None,
    name: str | None,
    minutes: int,
    *,
    first: bool,
) -> Markup:
    shown = {"one": one, "title": title, "name": name, "minutes": minutes, "first": first}
    return render("desk/waiting_row.html", language, {**shown, "priorities": PRIORITIES})
