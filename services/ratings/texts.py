"""What people write: measured before it is kept, sealed where it is kept."""

from uuid import UUID

import asyncpg

from services.kernel.crypto import keyring
from services.kernel.errors import FieldError, InvalidInput
from services.kernel.i18n import N_

LONGEST_TEXT = 500
TOO_LONG = N_("Please write no more than %(most)s characters.")
MALFORMED = N_("Please write letters and digits; something else came in between.")
MISSING = N_("Please write a sentence or two.")
_ALLOWED_CONTROLS = "\n\t"


def written(field: str, text: str, *, required: bool) -> str | None:
    """The text as it is kept; None for nothing. Raises InvalidInput beside `field`."""
    kept = text.replace("\r\n", "\n").strip()
    if not all(each.isprintable() or each in _ALLOWED_CONTROLS for each in kept):
        raise InvalidInput(FieldError(field, "malformed", MALFORMED))
    if len(kept) > LONGEST_TEXT:
        raise InvalidInput(FieldError(field, "too_long", TOO_LONG, {"most": LONGEST_TEXT}))
    if required and not kept:
        raise InvalidInput(FieldError(field, "missing", MISSING))
    return kept or None


def sealed(text: str | None, table: str, column: str, row_id: UUID) -> bytes | None:
    """The text for one place in the database; None stays None."""
    return keyring().seal(text, table, column, row_id) if text is not None else None


def opened(row: asyncpg.Record, table: str, column: str) -> str | None:
    """The text in a row's column of that name; None if there is none."""
    if row[column] is None:
        return None
    return keyring().unseal(row[column], table, column, row["id"])
