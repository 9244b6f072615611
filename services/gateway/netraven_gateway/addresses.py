"""Where a request really comes from, when proxies that are trusted stand in between. Pure."""

from __future__ import annotations

import ipaddress
from collections.abc import Collection
from typing import Any

from netraven_chassis.values import Network


def client_address(environ: dict[str, Any], trusted: Collection[Network]) -> str:
    """The client's IP address.

    X-Forwarded-For is read from its end, where our own proxies write, and believed only as far as they wrote
    it: the first address that is not a trusted proxy's is the client, and what stands before it may be
    forged.
    """
    address = str(environ.get("REMOTE_ADDR", ""))
    hops = [hop.strip() for hop in str(environ.get("HTTP_X_FORWARDED_FOR", "")).split(",") if hop.strip()]
    while hops and _is_trusted(address, trusted):
        hop = _bare(hops.pop())
        if hop is None:
            break
        address = hop
    return address


def _is_trusted(address: str, trusted: Collection[Network]) -> bool:
    if not trusted:
        return False
    known = _parsed(address)
    return known is not None and any(
        known in network for network in trusted if network.version == known.version
    )


def _bare(hop: str) -> str | None:
    """The address of one hop, with or without port and brackets; None when it is none."""
    if hop.startswith("["):
        hop = hop[1:].partition("]")[0]
    elif hop.count(":") == 1:
        hop = hop.partition(":")[0]
    known = _parsed(hop)
    return None if known is None else str(known)


def _parsed(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        known = ipaddress.ip_address(text)
    except ValueError:
        return None
    return known.ipv4_mapped or known if isinstance(known, ipaddress.IPv6Address) else known
