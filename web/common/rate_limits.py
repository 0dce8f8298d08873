"""Where a request comes from, and limits on routes by it."""

import ipaddress
from dataclasses import dataclass
from typing import Any

from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from services.kernel.limits import Limit, charge

_IPV6_SITE = 64
_NOWHERE = "unknown"


def client_address(connection: ASGIConnection[Any, Any, Any, Any]) -> str:
    """The address that tries are counted by; of IPv6, the network that one household gets.

    Behind proxies of ours the server has already put the visitor's address in the proxy's place
    (`BANSHI_TRUSTED_PROXIES`); a forwarding header is not read here.
    """
    text = connection.client.host if connection.client else ""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return _NOWHERE
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((address, _IPV6_SITE), strict=False))
    return str(address)


@dataclass(frozen=True)
class Limited:
    """A guard that counts every request to its route against a limit by address."""

    limit: Limit

    async def __call__(
        self, connection: ASGIConnection[Any, Any, Any, Any], _handler: BaseRouteHandler
    ) -> None:
        """Raise RateLimited, or Unavailable when nobody can count."""
        await charge((self.limit, client_address(connection)))


def limited(limit: Limit) -> Limited:
    """`guards=[limited(LIMIT)]`, for routes whose operation does not count by itself."""
    return Limited(limit)
