"""A time that was picked before we knew for whom: kept in the session, held once we do.

Holding follows a redirect, which is a GET. It holds nothing but what this very session's own form
has picked shortly before, and only once, so that no other site's link can take a seat.
"""

from datetime import datetime, timedelta

from msgspec import Struct

from web.common.rendering import AnyRequest
from web.common.sessions import ERRAND

KEPT = timedelta(hours=1)


class TimeForm(Struct):
    """A time that was picked, with the choices that led to it."""

    item: str = ""
    office: str = ""
    slot_id: str = ""


def keep(request: AnyRequest, form: TimeForm, now: datetime) -> None:
    """Remember what was picked until its holder is known."""
    request.session[ERRAND] = {"pick": _choices(form), "until": (now + KEPT).timestamp()}


def take(request: AnyRequest, form: TimeForm, now: datetime) -> bool:
    """Whether this is what was picked, not too long ago. It is so only once."""
    kept = request.session.pop(ERRAND, None)
    return kept is not None and kept["pick"] == _choices(form) and now.timestamp() <= kept["until"]


def _choices(form: TimeForm) -> list[str]:
    return [form.item, form.office, form.slot_id]
