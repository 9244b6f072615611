"""One client of a stream: what it still has to get, and writing it without ever waiting. No rings of its own,
no calls.

It holds a place in its source's ring and the rest of what did not go out yet, which it shares with all other
clients at that place.
"""

from __future__ import annotations

import socket
import time
from dataclasses import dataclass
from enum import Enum
from typing import Any, Protocol

from netraven_contracts.access import Caller
from netraven_gateway import sse
from netraven_gateway.rings import Ring

_END = sse.frame(b"end", b"{}")


@dataclass(frozen=True, slots=True)
class Page:
    """A piece of history: its frames, the place after it, and where it joins the ring, if that is known."""

    body: bytes
    place: Any
    serial: int | None = None


class Source(Protocol):
    """What is streamed. A place says how far a client is; what it looks like is the source's own affair."""

    ring: Ring
    readers: set[Stream]
    numbered: bool  # places are those of the ring

    def serial(self, place: Any) -> int | None:
        """Where `place` is in the ring; None when what follows it is not all there."""

    def history(self, place: Any) -> Page:
        """What follows `place`, from where it is kept. May wait, and raise errors of ours."""


class State(Enum):
    """How a client stands after it got what it takes just now."""

    IDLE = "has all that there is"
    BLOCKED = "takes no more for now"
    BEHIND = "needs what the ring does not have"
    TOO_SLOW = "needs what the ring no longer has, again and again"
    OVER = "has all that there will be"


class Stream:
    """A client.

    Parameters: `sock`, its socket, never waiting; `source`; `place`, after which it goes on; `caller`, who
    opened it; `first`, what it is told before all else.
    """

    __slots__ = (
        "_last",
        "blocked_at",
        "caller",
        "fell_at",
        "fetching",
        "place",
        "rest",
        "serial",
        "sock",
        "source",
        "wrote_at",
    )

    def __init__(
        self, sock: socket.socket, source: Source, place: Any, caller: Caller, first: bytes = b""
    ) -> None:
        self.sock = sock
        self.source = source
        self.place = place
        self.caller = caller
        self.serial: int | None = None
        self.rest: bytes | memoryview = sse.OPENING + first
        self.fetching = False
        self.wrote_at = time.monotonic()
        self.blocked_at = 0.0  # since when it took nothing; 0 while it does
        self.fell_at = 0.0  # since when it has not been at the end again after the ring lost it
        self._last = False

    def pump(self, patience: float) -> State:
        """Write as much as the client takes. Raises OSError when it is gone.

        `patience`: seconds that it may go on behind a ring that was too fast for it.
        """
        while not self.rest or self._write():
            if self._last:
                return State.OVER
            if self.serial is None:
                self.serial = self.source.serial(self.place)
            if self.serial is None:
                return State.BEHIND
            if not self._read(self.serial, patience):
                return State.TOO_SLOW
            if not self.rest and self.serial is not None:
                self.fell_at = 0.0
                if not self.source.ring.closed:
                    return State.IDLE
                self.rest, self._last = _END, True
        return State.BLOCKED

    def _read(self, serial: int, patience: float) -> bool:
        """Take what follows `serial` in the ring, or go back to history after a burst; False: too slow."""
        read = self.source.ring.read(serial)
        if read is not None:
            self.rest, self.serial = read
            if self.source.numbered:
                self.place = self.source.ring.place(self.serial)
            return True
        self.serial = None
        self.fell_at = self.fell_at or time.monotonic()
        return self.source.numbered and time.monotonic() - self.fell_at <= patience

    def continue_with(self, page: Page) -> None:
        """Take a piece of history, to be pumped."""
        self.rest, self.place, self.serial = page.body, page.place, page.serial

    def _write(self) -> bool:
        """Whether all of the rest went out."""
        try:
            sent = self.sock.send(self.rest)
        except BlockingIOError:
            self.blocked_at = self.blocked_at or time.monotonic()
            return False
        self.wrote_at = time.monotonic()
        if sent == len(self.rest):
            self.rest, self.blocked_at = b"", 0.0
            return True
        self.rest, self.blocked_at = memoryview(self.rest)[sent:], self.wrote_at
        return False
