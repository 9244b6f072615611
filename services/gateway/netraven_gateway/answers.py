"""What a handler gives back: a status, headers and bytes or a stream of them. No sockets, no services."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

JSON = "application/json"


@dataclass(slots=True)
class Answer:
    """One answer on its way to the client.

    `body` is the whole of it, or an iterable that is read after the worker has ended and closed at the end.
    `cache` and `policy` are its Cache-Control and Content-Security-Policy.
    """

    status: int
    body: bytes | Iterable[bytes] = b""
    headers: list[tuple[str, str]] = field(default_factory=list)
    content_type: str = JSON
    cache: str = "no-store"
    policy: str = "default-src 'none'; frame-ancestors 'none'"

    def add(self, name: str, value: str) -> Answer:
        """This answer with one more header."""
        self.headers.append((name, value))
        return self
