"""The hall's own devices: a kiosk is known by a cookie that it got when it opened its link."""

from typing import Any

from litestar.connection import ASGIConnection
from litestar.datastructures import Cookie

from services import catalog, queue
from services.kernel.actor import Actor
from services.kernel.errors import DomainError
from services.kernel.i18n import N_
from services.kernel.limits import Limit, charge
from services.kernel.settings import settings
from services.queue import Kiosk
from web.common.preferences import preferences
from web.common.rendering import AnyRequest

# A device stands for years; it is shut out by the administrator, not by time.
_LIFETIME_SECONDS = 5 * 365 * 24 * 60 * 60
_LONGEST_TOKEN = 100

KIOSK_LIMIT = Limit("kiosk", 30, 60)
"""A person needs ten seconds at the least; what asks faster is no person."""


class NotThisKiosk(DomainError):
    """The device is no kiosk of this office."""

    code = "not_this_kiosk"
    status = 401
    message = N_("This device is not set up as a kiosk of this hall.")


def kiosk_cookie(token: str) -> Cookie:
    """What the device keeps. Strict: no link from elsewhere acts as the kiosk."""
    return Cookie(
        key=_cookie_name(),
        value=token,
        path="/",
        max_age=_LIFETIME_SECONDS,
        httponly=True,
        secure=settings().secure,
        samesite="strict",
    )


def _cookie_name() -> str:
    return "__Host-kiosk" if settings().secure else "kiosk"


async def kiosk_at(connection: ASGIConnection[Any, Any, Any, Any], office: str) -> Kiosk:
    """The kiosk that asks. Raises OfficeUnknown, or NotThisKiosk unless it stands there."""
    await catalog.office(office)
    token = connection.cookies.get(_cookie_name(), "")
    found = await queue.kiosk_of(token) if 0 < len(token) <= _LONGEST_TOKEN else None
    if found is None or found.office_code != office:
        raise NotThisKiosk
    return found


async def acting_kiosk(request: AnyRequest, office: str) -> Actor:
    """The kiosk as the party that acts, one try counted. Raises NotThisKiosk or RateLimited."""
    kiosk = await kiosk_at(request, office)
    await charge((KIOSK_LIMIT, str(kiosk.id)))
    return kiosk.actor(preferences(request.scope).language)
