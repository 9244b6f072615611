"""What a handler gives back: a status, headers and bytes, a stream of them, or somebody who takes the client
over. No services.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Takeover:
    """A body that somebody else sends: `take(sock)` gets the client's socket once the head is out.

    The connection is over for the server then; whoever took it closes it.
    """

    take: Callable[[Any], None]

    def __iter__(self) -> Iterator[bytes]:
        """Nothing: for whoever serves it as a body of bytes."""
        return iter(())


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
