"""The addresses of the booking pages, with the choices that they carry."""

import re
from collections.abc import Mapping
from datetime import date
from urllib.parse import urlencode, urlsplit
from uuid import UUID

from services.kernel.settings import settings

BOOK = "/book"
MY = "/my"
MY_APPOINTMENTS = "/my/appointments"
MY_WAITLIST = "/my/waitlist"
SHORT = "/a"
SHORT_WAITLIST = "/w"
WAIT = "/book/wait"
TRACK = "/track"


def with_choices(path: str, choices: Mapping[str, object]) -> str:
    """`path` with the choices that are set."""
    chosen = {name: value for name, value in choices.items() if value not in (None, "")}
    return f"{path}?{urlencode(chosen)}" if chosen else path


def times(
    item_code: str, office_code: str, *, day: date | None = None, slot_id: UUID | None = None
) -> str:
    """The page with a hall's times for an item."""
    return with_choices(
        BOOK, {"item": item_code, "office": office_code, "day": day, "slot_id": slot_id}
    )


def picked(item_code: str, office_code: str, slot_id: UUID | None) -> str:
    """Where a time that was picked is held once it is known for whom."""
    return with_choices(
        f"{BOOK}/picked", {"item": item_code, "office": office_code, "slot_id": slot_id}
    )


def confirm(hold_id: UUID) -> str:
    """The page that confirms a held seat."""
    return f"{BOOK}/confirm/{hold_id}"


def held_in(address: str) -> UUID | None:
    """The hold that an address of `confirm` is about."""
    path = urlsplit(address).path
    begins = f"{BOOK}/confirm/"
    return read_uuid(path.removeprefix(begins)) if path.startswith(begins) else None


def own(reference: str) -> str:
    """The page of one's own appointment."""
    return f"{MY_APPOINTMENTS}/{reference}"


def on_slip(reference: str) -> str:
    """What the code on a slip says: whole, so that any phone's camera can open it."""
    return with_choices(f"{settings().base_url}{TRACK}", {"reference": reference})


def read_uuid(text: str | None) -> UUID | None:
    """The key in a form or a query; None for anything that is none."""
    try:
        return UUID(text) if text else None
    except ValueError:
        return None


def read_sequences(text: str) -> tuple[int, ...] | None:
    """The sequences in a form, `0.2.1`; None where it names none."""
    parts = text.split(".")
    if not all(re.fullmatch("[0-9]{1,9}", part) for part in parts):
        return None
    return tuple(int(part) for part in parts)


def read_day(text: str | None) -> date | None:
    """The day in a query; None for anything that is none."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None
