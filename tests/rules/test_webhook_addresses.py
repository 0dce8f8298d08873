"""Webhooks go to public addresses alone, however a private one is written."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.partners.addresses import (
    AddressRefused,
    Lookup,
    Policy,
    is_allowed,
    look_up,
    resolve,
    target_of,
)

PRODUCTION = Policy()
DEVELOPMENT = Policy(http=True, loopback=True)
PUBLIC = ("8.8.8.8", "114.114.114.114", "1.1.1.1", "2400:3200::1", "2606:4700:4700::1111")
PRIVATE = (
    *("127.0.0.1", "127.8.9.1", "::1", "0.0.0.0", "::"),
    *("10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "100.64.0.1", "100.100.100.200"),
    *("169.254.169.254", "169.254.0.1", "fe80::1", "fc00::1", "fd00:ec2::254", "fec0::1"),
    *("192.0.0.170", "192.0.2.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "168.63.129.16"),
    *("224.0.0.1", "239.255.255.250", "ff02::1", "240.0.0.1", "255.255.255.255", "2001:db8::1"),
    *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::127.0.0.1"),
    *("64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "2002:7f00:1::", "2002:c0a8:101::1"),
    *("64:ff9b:1::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2", "100::1"),
)
MALFORMED = (
    *("", "example.com/hook", "ftp://example.com", "https://", "https:///hook", "//example.com"),
    *("https://127.1/", "https://2130706433/", "https://0x7f000001/", "https://0177.0.0.1/"),
    *("https://0x7f.1/", "https://example.0x7f/", "https://[::1%25eth0]/", "https://[fe80::1"),
    *("https://exa mple.com/", "https://例子.com/", "https://example.com:99999/"),
    *("https://-bad-.com/", "https://a..b/", "https://example.com/\r\nx: y", "https://./"),
    "https://example.com/" + "a" * 500,
)


def says(*addresses: str) -> Lookup:
    """A resolver that has one answer."""

    async def lookup(_host: str, _port: int) -> list[str]:
        return list(addresses)

    return lookup


@pytest.mark.parametrize("text", PRIVATE)
def test_private_addresses_are_refused(text: str) -> None:
    assert not is_allowed(ipaddress.ip_address(text), PRODUCTION)


@pytest.mark.parametrize("text", PUBLIC)
def test_public_addresses_are_taken(text: str) -> None:
    assert is_allowed(ipaddress.ip_address(text), PRODUCTION)


@given(st.ip_addresses(v=4))
def test_an_ipv4_address_counts_the_same_in_every_ipv6_dress(
    address: ipaddress.IPv4Address,
) -> None:
    number, allowed = int(address), is_allowed(address, PRODUCTION)
    for dressed in (
        ipaddress.IPv6Address(0xFFFF << 32 | number),
        ipaddress.IPv6Address(0x64FF9B << 96 | number),
        ipaddress.IPv6Address(0x2002 << 112 | number << 80),
    ):
        assert is_allowed(dressed, PRODUCTION) == allowed


def test_only_loopback_is_opened_for_development() -> None:
    opened = {text for text in PRIVATE if is_allowed(ipaddress.ip_address(text), DEVELOPMENT)}
    assert opened == {
        text
        for text in PRIVATE
        if text in {"127.0.0.1", "127.8.9.1", "::1", "::ffff:127.0.0.1", "::127.0.0.1"}
        or text in {"64:ff9b::7f00:1", "2002:7f00:1::"}
    }


@pytest.mark.parametrize("url", MALFORMED)
def test_what_is_no_plain_url_is_refused_before_anything_is_looked_up(url: str) -> None:
    with pytest.raises(AddressRefused):
        target_of(url, DEVELOPMENT)


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://example.com/", "url_not_https"),
        ("https://user:secret@example.com/", "url_with_sign_in"),
        ("https://example.com/#part", "url_with_sign_in"),
        ("https://example.com:22/", "url_port"),
        ("https://example.com:25/", "url_port"),
    ],
)
def test_what_production_refuses(url: str, code: str) -> None:
    with pytest.raises(AddressRefused) as refused:
        target_of(url, PRODUCTION)
    assert refused.value.code == code


@pytest.mark.parametrize("text", PRIVATE)
async def test_a_name_that_leads_to_a_private_address_is_refused(text: str) -> None:
    target = target_of("https://hooks.example.com/x", PRODUCTION)
    for answer in ((text,), ("8.8.8.8", text)):
        with pytest.raises(AddressRefused) as refused:
            await resolve(target, PRODUCTION, says(*answer))
        assert refused.value.code == "url_not_public"


async def test_the_system_resolver_s_own_names_are_held_to_it() -> None:
    for url in ("https://localhost/", "https://127.0.0.1/", "https://[::ffff:7f00:1]/"):
        with pytest.raises(AddressRefused):
            await resolve(target_of(url, PRODUCTION), PRODUCTION, look_up)
    with pytest.raises(AddressRefused) as refused:
        await resolve(target_of("https://no-such-name.invalid/", PRODUCTION), PRODUCTION)
    assert refused.value.code == "url_name_unknown"


async def test_what_is_resolved_is_what_is_connected_to() -> None:
    target = target_of("https://hooks.example.com:8443/x?y=1", PRODUCTION)
    assert (target.host, target.port) == ("hooks.example.com", 8443)
    assert await resolve(target, PRODUCTION, says("8.8.8.8", "1.1.1.1", "8.8.8.8")) == [
        "8.8.8.8",
        "1.1.1.1",
    ]
