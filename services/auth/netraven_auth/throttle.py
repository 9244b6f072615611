"""How many log-ins may fail before the next must wait: a pure rule over times. No clock and no database.

The address and the name are counted apart: one machine cannot try many names, and many machines cannot try
one. A name is counted whether or not anybody has it.
"""

from __future__ import annotations

import hashlib
import ipaddress
from collections.abc import Sequence
from math import ceil

from netraven_auth.user import name_key
from netraven_contracts.errors import Unauthorized

FAILURES = 5
WINDOW_MS = 60_000


class WrongPassword(Unauthorized):
    """A user name and a password that do not belong together; which of the two is wrong is not said."""


def wait_seconds(failures: Sequence[int], now: int) -> int:
    """How long to wait before another try, 0 when it may be made at once.

    `failures`: when the last ones were, `now`: what time it is, both UTC milliseconds.
    """
    recent = sorted(at for at in failures if now - WINDOW_MS < at)
    if len(recent) < FAILURES:
        return 0
    return max(1, ceil((recent[-FAILURES] + WINDOW_MS - now) / 1000))


def counted_name(username: str) -> str:
    """Under what a name is counted: not the name itself, since people type passwords into the wrong field."""
    return "name:" + hashlib.sha256(name_key(username).encode("utf-8", "surrogatepass")).hexdigest()


def counted_address(address: str) -> str:
    """Under what an address is counted: IPv6 by its /64, which one machine has to itself."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return f"address:{address[:64]}"
    if ip.version == 6 and ip.ipv4_mapped is not None:
        ip = ip.ipv4_mapped
    if ip.version == 6:
        return f"address:{ipaddress.ip_network((ip, 64), strict=False)}"
    return f"address:{ip}"
