"""Ports that nobody listens on. No server is started here."""

from __future__ import annotations

import socket


def free_ports(count: int) -> list[int]:
    """`count` different loopback TCP ports that were free a moment ago."""
    held = [socket.socket() for _ in range(count)]
    try:
        for one in held:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in held]
    finally:
        for one in held:
            one.close()
