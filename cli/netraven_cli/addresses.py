"""A server's address: its one form, and who could listen on the way. Nothing is sent."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from netraven_cli.exits import Exit, Stop


def normal(url: str) -> str:
    """The address with a scheme, without /api and the last slash. Stop when it is none."""
    text = url.strip()
    text = (text if "://" in text else f"http://{text}").rstrip("/").removesuffix("/api")
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise Stop(Exit.USAGE, f"{url} is no address of a server; one looks like http://127.0.0.1:8080")
    return text


def is_loopback(url: str) -> bool:
    """Whether the server is on this very machine."""
    host = urlsplit(url).hostname or ""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def is_plain(url: str) -> bool:
    """Whether others on the way could read what is sent."""
    return url.startswith("http://") and not is_loopback(url)
