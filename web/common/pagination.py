"""Lists page by page: an opaque cursor says after which entry the next page starts."""

import base64
import binascii
from typing import Annotated, Generic, TypeVar
from uuid import UUID

import msgspec
from litestar.params import QueryParameter
from msgspec import Meta, Struct

from services.kernel.errors import FieldError, InvalidInput
from services.kernel.i18n import N_

DEFAULT_LIMIT = 20
LARGEST_LIMIT = 100

# What a list of the API takes: `cursor: AfterCursor = None, limit: PageLimit = DEFAULT_LIMIT`.
AfterCursor = Annotated[
    str | None,
    QueryParameter(max_length=200, description=N_("The next_cursor of the page before.")),
]
PageLimit = Annotated[
    int, QueryParameter(ge=1, le=LARGEST_LIMIT, description=N_("How many entries at most."))
]

NextCursor = Annotated[str | None, Meta(examples=["WyJtb3ZlLWluIl0"])]

Entry = TypeVar("Entry")


class Listing(Struct, Generic[Entry], frozen=True):
    """One page of a list, and the cursor of the next one if there is more."""

    items: list[Entry]
    next_cursor: NextCursor


def cursor(*position: str) -> str:
    """The cursor of the entry whose sort keys are `position`."""
    return base64.urlsafe_b64encode(msgspec.json.encode(position)).decode().rstrip("=")


def position(text: str | None, keys: int) -> tuple[str, ...] | None:
    """The sort keys in a cursor, or None at the start of the list.

    Raises InvalidInput for a cursor that this service did not give out.
    """
    if not text:
        return None
    try:
        packed = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        found = msgspec.json.decode(packed, type=tuple[str, ...])
    except (binascii.Error, msgspec.MsgspecError, ValueError) as error:
        raise _not_ours() from error
    if len(found) != keys:
        raise _not_ours()
    return found


def key_position(text: str | None) -> UUID | None:
    """The one key in the cursor of a list that is sorted by key, or None at the start.

    Raises InvalidInput as `position` does.
    """
    keys = position(text, 1)
    try:
        return UUID(keys[0]) if keys else None
    except ValueError as error:
        raise _not_ours() from error


def listing(entries: list[Entry], limit: int, *, keys: list[tuple[str, ...]]) -> Listing[Entry]:
    """A page of `limit` out of `limit + 1` entries that were fetched to see whether more follow."""
    if len(entries) <= limit:
        return Listing(entries, None)
    return Listing(entries[:limit], cursor(*keys[limit - 1]))


def _not_ours() -> InvalidInput:
    return InvalidInput(
        FieldError("cursor", "unknown_cursor", N_("This page of the list no longer exists."))
    )
