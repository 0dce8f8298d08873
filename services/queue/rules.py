"""The published rule of who is called next, and what else needs no record to be decided.

docs/queue-order.md says the same in plain words and both languages; change them together.
"""

from datetime import datetime, timedelta
from urllib.parse import parse_qsl, unquote, urlsplit

from services import appointments
from services.catalog import Line
from services.kernel.ids import normalise_reference
from services.queue.states import Priority

CHECK_IN_OPENS = timedelta(minutes=30)
"""How long before its time an appointment can be checked in, and from when it stands in line."""

LONGEST_LEAD = timedelta(hours=2)
"""Nobody is placed further ahead of the moment of arrival than this."""

HEAD_START = {
    Priority.NORMAL: timedelta(0),
    Priority.ELDERLY_OR_DISABLED: timedelta(minutes=20),
    Priority.URGENT: timedelta(minutes=40),
}

MOST_CALLS = 3
"""A ticket is called this often at most before it counts as not answered."""

UNDO_WITHIN = appointments.UNDO_WITHIN
"""A clerk may take back the last act of the window for so long, by the server's clock."""

PARKED_LONG = timedelta(minutes=45)
"""Somebody who fetches a paper for longer than this is shown to the clerks."""

LONGEST_BREAK = timedelta(hours=2)

LONGEST_NOTE = 200
"""Characters of what one clerk leaves for the next."""

LINE_LETTERS = {
    Line.HOUSEHOLD: "H",
    Line.VEHICLE: "V",
    Line.EXIT_ENTRY: "E",
    Line.FIRM: "F",
}

LAST_NUMBER = 9999
_LONGEST_SCAN = 400


def check_in_opens_at(starts_at: datetime) -> datetime:
    """From when an appointment for `starts_at` can be checked in."""
    return starts_at - CHECK_IN_OPENS


def place_in_line(
    arrived_at: datetime,
    priority: Priority,
    slot: tuple[datetime, datetime] | None = None,
) -> datetime:
    """The moment from which somebody counts as standing in line; the earliest is called first.

    `slot` is the start and end of the appointment, None for a walk-in or a return after a missed
    call. Within the slot's band an appointment counts from when its check-in opened; one that
    comes after the slot's end counts from its arrival, as everyone else. The class's head start
    comes on top, and LONGEST_LEAD bounds the whole, so that nobody who has waited that long is
    overtaken by a newcomer.
    """
    stands_from = arrived_at
    if slot is not None and arrived_at <= slot[1]:
        stands_from = min(arrived_at, check_in_opens_at(slot[0]))
    return max(stands_from - HEAD_START[priority], arrived_at - LONGEST_LEAD)


def ticket_number(line: Line, count: int) -> str:
    """The number as it is called: the line's letter and three digits, four from the 1,000th on.

    Raises ValueError beyond LAST_NUMBER.
    """
    if not 1 <= count <= LAST_NUMBER:
        raise ValueError("a line gives out the numbers 1 to 9999 in a day")
    return f"{LINE_LETTERS[line]}{count:03}"


def reference_in(text: str) -> str | None:
    """The reference in what a clerk typed or a scanner read, or None.

    Takes a bare reference and any address that holds one as a part of its path or as a value of
    its query, which is what the code on a slip says.
    """
    text = text.strip()
    if len(text) > _LONGEST_SCAN:
        return None
    bare = normalise_reference(text)
    if bare is not None:
        return bare
    try:
        address = urlsplit(text)
    except ValueError:
        return None
    parts = [unquote(part) for part in address.path.split("/")]
    parts += [value for _, value in parse_qsl(address.query)]
    found = (normalise_reference(part) for part in parts)
    return next((reference for reference in found if reference is not None), None)
