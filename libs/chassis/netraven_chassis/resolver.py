"""Names of machines, looked up by the machine's own resolver in a native thread while the hub goes on.

eventlet brings a resolver of its own, which knows less of how this machine finds names (its order of
sources, its search domains) and whose import is a quarter of the start of every process. `patch` leaves that
one out and puts this one in its place. No connections.
"""

from __future__ import annotations

from typing import Any

from eventlet import patcher, tpool

_native: Any = patcher.original("socket")


def getaddrinfo(
    host: Any, port: Any, family: int = 0, type: int = 0, proto: int = 0, flags: int = 0
) -> list[tuple[Any, ...]]:
    """What `socket.getaddrinfo` gives and raises; only the greenthread that asks waits for it."""
    question = (host, port, family, type, proto, flags)
    if _is_name(host):
        return list(tpool.execute(_native.getaddrinfo, *question))
    return list(_native.getaddrinfo(*question))


def _is_name(host: Any) -> bool:
    """Whether somebody has to be asked: not for an address, nor for none, with which a server listens."""
    try:
        _native.getaddrinfo(host or None, 0, flags=_native.AI_NUMERICHOST)
    except OSError:
        return True
    return False
