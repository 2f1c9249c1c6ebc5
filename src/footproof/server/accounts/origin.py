"""From which network address a request comes, also where reverse proxies of one's own stand in between.

RFC 7239; X-Forwarded-For has the same addresses in a simpler form. Only one header is read, the one that the proxies
set, and of it only what they added: whoever asks can write everything further left.

An IPv6 address stands for its /64 network: that is the least a single subscriber is given, who chooses freely among
its 2^64 addresses (RFC 6177; RFC 8981).
"""

from collections.abc import Mapping, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any

from footproof.errors import FootproofError, Where
from footproof.server.workspace import CONFIGURATION

FORWARDED, PLAIN = "forwarded", "x-forwarded-for"
HEADERS = (PLAIN, FORWARDED)
SUBSCRIBER = 64
"""Length of the prefix that one subscriber has. [bit]"""

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


def proxies_of(settings: Mapping[str, Any]) -> tuple[tuple[Network, ...], str]:
    """Return the networks of trusted proxies and the header that these set.

    Args:
        settings: Of the workspace: `[platform]` with `trusted_proxies` and `proxy_header`.

    Raises:
        FootproofError: E-ACCOUNT-PROXY where one is no network, or the header none of HEADERS.
    """
    part = settings.get("platform", {})
    named = part.get("trusted_proxies", []) if isinstance(part, dict) else None
    header = part.get("proxy_header", PLAIN) if isinstance(part, dict) else None
    try:
        if not isinstance(named, list) or header not in HEADERS:
            raise ValueError(f"proxy_header: {', '.join(HEADERS)}")
        return tuple(ip_network(str(one)) for one in named), header
    except ValueError as problem:
        place = Where(CONFIGURATION, field="platform")
        raise FootproofError("E-ACCOUNT-PROXY", place, reason=str(problem)[:200]) from problem


def origin_of(peer: str, line: str, header: str, trusted: Sequence[Network]) -> str:
    """Return the nearest place that is none of our proxies: an IPv4 address, or the network of an IPv6 address.

    Args:
        peer: Who is connected to us.
        line: What the header says; empty where there is none.
        header: One of HEADERS.
        trusted: Networks of our proxies.

    Returns:
        As text; the proxy's own where it names none, so that whoever hides counts as one.
    """
    here = _address(peer)
    hops = [_plain(one) if header == FORWARDED else one for one in line.split(",")] if line else []
    while hops and here is not None and any(here in network for network in trusted):
        there = _address(hops.pop())
        if there is None:
            break
        here = there
    return _place(here) if here is not None else peer


def _place(address: Address) -> str:
    if isinstance(address, IPv4Address):
        return str(address)
    return str(IPv6Network((address.packed, SUBSCRIBER), strict=False))


def _plain(element: str) -> str:
    """Return the address of an element such as `for="[2001:db8::1]:4711";proto=https`."""
    pairs = (one.strip().partition("=") for one in element.split(";"))
    named = [value for name, _, value in pairs if name.casefold() == "for"]
    return named[0].strip('"') if len(named) == 1 else ""


def _address(text: str) -> Address | None:
    """Return an address without its port; None for what is none, such as "unknown"."""
    plain = text.strip()
    if plain.startswith("["):
        plain = plain[1:].partition("]")[0]
    elif plain.count(":") == 1:
        plain = plain.partition(":")[0]
    try:
        found = ip_address(plain)
    except ValueError:
        return None
    return (found.ipv4_mapped or found) if isinstance(found, IPv6Address) else found
