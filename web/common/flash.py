"""One sentence that survives a redirect, such as the news that an appointment is booked.

The cookie holds a catalogue's msgid and nothing else, and only msgids that the catalogues know are
shown, so that a forged cookie can say nothing of its own.
"""

import base64
import binascii
from enum import StrEnum
from typing import Any

import msgspec
from litestar import Request
from litestar.datastructures import Cookie
from litestar.response import Redirect
from msgspec import Struct

from services.kernel.settings import settings
from services.kernel.translations import Language, translations

COOKIE = "flash"
_KEPT_SECONDS = 60


class Tone(StrEnum):
    """How a message is meant; the components colour it."""

    INFO = "info"
    SUCCESS = "success"
    WARNING = "warning"
    DANGER = "danger"


class Flash(Struct, frozen=True):
    """A sentence (msgid) and its tone."""

    message: str
    tone: Tone = Tone.SUCCESS


def redirect(path: str, message: str | None = None, tone: Tone = Tone.SUCCESS) -> Redirect:
    """After a POST: see other (303), with one sentence (marked by N_) shown there."""
    cookies = [] if message is None else [_cookie(Flash(message, tone))]
    return Redirect(path, status_code=303, cookies=cookies)


def read(request: Request[Any, Any, Any]) -> Flash | None:
    """What the previous answer left to be said, if it is one of our sentences."""
    packed = request.cookies.get(COOKIE)
    if not packed:
        return None
    try:
        found = msgspec.json.decode(base64.urlsafe_b64decode(packed), type=Flash)
    # The last one for JSON that is nested without end.
    except (binascii.Error, msgspec.MsgspecError, ValueError, RecursionError):
        return None
    return found if _is_ours(found.message) else None


def _is_ours(message: str) -> bool:
    """Whether a catalogue has it, with no places to fill in; Chinese never repeats the msgid."""
    return "%" not in message and translations(Language.CHINESE).gettext(message) != message


def _cookie(flash: Flash) -> Cookie:
    packed = base64.urlsafe_b64encode(msgspec.json.encode(flash)).decode()
    return _keep(packed, _KEPT_SECONDS)


def clearing_cookie() -> Cookie:
    """Take the sentence away once a page has shown it."""
    return _keep("", 0)


def _keep(value: str, seconds: int) -> Cookie:
    return Cookie(
        key=COOKIE,
        value=value,
        max_age=seconds,
        httponly=True,
        secure=settings().secure,
        samesite="lax",
    )
