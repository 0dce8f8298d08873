"""Where webhooks may go: public addresses alone, asked again at every delivery.

A URL is held against the rules when it is registered, and what its name resolves to is held
against them then and before each try. Whoever delivers connects to the address that was
checked, so that a name which changes its mind in between gains nothing (DNS rebinding).
"""

import asyncio
import ipaddress
import re
import socket
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from msgspec import Struct

from services.kernel.i18n import N_
from services.kernel.settings import Environment, Settings

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Lookup = Callable[[str, int], Awaitable[list[str]]]

URL_LENGTH = 500
_PORTS = {"https": 443, "http": 80}
_FIRST_FREE_PORT = 1024
# A last label of digits, or of hexadecimal ones, is an IPv4 address to whatever resolves it.
_NUMERIC_LABEL = re.compile(r"[0-9]+|0x[0-9a-f]*", re.IGNORECASE)
_NAME = re.compile(r"(?=.{1,253}$)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)(\.[a-z0-9_-]{1,63})*\.?")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_IPV4_COMPATIBLE = ipaddress.IPv6Network("::/96")
_LOW_32_BITS = 0xFFFFFFFF
# Public by its number, but each machine in that cloud reaches its own host there.
_HOSTS_OF_CLOUDS = frozenset({ipaddress.ip_address("168.63.129.16")})

NOT_A_URL = N_("Please give a whole address, such as https://example.com/webhooks.")
HTTPS_ONLY = N_("The address must begin with https://.")
NO_SIGN_IN = N_("The address must not hold a user name, a password or a part behind #.")
WRONG_PORT = N_("Please use port 443, or one from 1024 on.")
NOT_PUBLIC = N_("This address is not on the public internet. Nothing is sent there.")
NOT_FOUND = N_("This name could not be found. Please check it.")


class AddressRefused(ValueError):
    """Nothing is sent there; `code` is for programs, `message` a msgid for people."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code)
        self.code = code
        self.message = message


class Policy(Struct, frozen=True):
    """What a deployment allows besides public https addresses."""

    http: bool = False
    loopback: bool = False


class Target(Struct, frozen=True):
    """A well-formed URL, taken apart."""

    scheme: str
    host: str
    port: int


def policy_of(settings: Settings) -> Policy:
    """Production allows neither; elsewhere http, and this machine if the settings say so."""
    return Policy(
        http=settings.environment is not Environment.PRODUCTION,
        loopback=settings.webhooks_to_loopback,
    )


def target_of(url: str, policy: Policy) -> Target:
    """Take a URL apart. Raises AddressRefused for one that nothing may be sent to."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise AddressRefused("url_malformed", NOT_A_URL) from error
    if len(url) > URL_LENGTH or not url.isascii() or not url.isprintable() or " " in url:
        raise AddressRefused("url_malformed", NOT_A_URL)
    if parts.scheme not in _PORTS or not parts.hostname:
        raise AddressRefused("url_malformed", NOT_A_URL)
    if parts.scheme == "http" and not policy.http:
        raise AddressRefused("url_not_https", HTTPS_ONLY)
    if "@" in parts.netloc or parts.fragment:
        raise AddressRefused("url_with_sign_in", NO_SIGN_IN)
    port = _PORTS[parts.scheme] if port is None else port
    if port not in _PORTS.values() and port < _FIRST_FREE_PORT:
        raise AddressRefused("url_port", WRONG_PORT)
    return Target(parts.scheme, _host(parts.hostname), port)


def _host(host: str) -> str:
    """A name, or an address in its one usual form: no `127.1`, no `2130706433`, no zone."""
    try:
        if "%" not in host:
            return str(ipaddress.ip_address(host))
    except ValueError:
        pass
    labels = host.rstrip(".").split(".")
    if not _NAME.fullmatch(host) or _NUMERIC_LABEL.fullmatch(labels[-1]):
        raise AddressRefused("url_malformed", NOT_A_URL)
    return host


def is_allowed(address: Address, policy: Policy) -> bool:
    """Whether something may be sent to an address: public ones, loopback where it is allowed.

    An IPv4 address inside of an IPv6 one (mapped, compatible, 6to4, Teredo, NAT64) counts as
    what it leads to.
    """
    inner = _inner(address) if isinstance(address, ipaddress.IPv6Address) else None
    if inner is not None:
        return is_allowed(inner, policy)
    if address.is_loopback:
        return policy.loopback
    site_local = isinstance(address, ipaddress.IPv6Address) and address.is_site_local
    return (
        address.is_global
        and not address.is_multicast
        and not address.is_reserved
        and not site_local
        and address not in _HOSTS_OF_CLOUDS
    )


def _inner(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    found = address.ipv4_mapped or address.sixtofour
    if found is not None:
        return found
    if address.teredo is not None:
        return address.teredo[1]
    compatible = address in _IPV4_COMPATIBLE and int(address) > 1
    if compatible or address in _NAT64:
        return ipaddress.IPv4Address(int(address) & _LOW_32_BITS)
    return None


async def look_up(host: str, port: int) -> list[str]:
    """What the system's resolver says of a name. Raises OSError."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in found]


async def resolve(target: Target, policy: Policy, lookup: Lookup = look_up) -> list[str]:
    """The addresses behind a target, in the resolver's order.

    Raises AddressRefused if there are none, or if any of them may not be sent to: a name that
    leads to a private address among others is up to no good.
    """
    try:
        found = await lookup(target.host, target.port)
        addresses = [ipaddress.ip_address(text) for text in dict.fromkeys(found)]
    except (OSError, ValueError) as error:
        raise AddressRefused("url_name_unknown", NOT_FOUND) from error
    if not addresses:
        raise AddressRefused("url_name_unknown", NOT_FOUND)
    if not all(is_allowed(address, policy) for address in addresses):
        raise AddressRefused("url_not_public", NOT_PUBLIC)
    return [str(address) for address in addresses]
