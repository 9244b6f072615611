"""One client's socket: reading with deadlines, writing with deadlines, an ending that lets the answer arrive.

A deadline counts the whole, not the gap between two bytes: a client that sends one byte a second is slow, not
alive.
"""

from __future__ import annotations

import contextlib
import socket
import time
from typing import NamedTuple

from netraven_gateway.http1 import LARGEST_HEAD, LONGEST_LINE, ProtocolError

_BLOCK = 65536
_END = b"\r\n\r\n"


class Patience(NamedTuple):
    """How long a client is waited for, in seconds; `rate` is the octets a second that a body must reach."""

    idle: float = 75.0
    head: float = 10.0
    body: float = 15.0
    write: float = 30.0
    linger: float = 2.0
    rate: int = 16_384


class Wire:
    """Buffered bytes to and from one client.

    Parameters: `sock`, a connected (green) socket; `patience`. Reads raise TimeoutError and ConnectionError.
    """

    def __init__(self, sock: socket.socket, patience: Patience) -> None:
        self.sock = sock
        self.patience = patience
        self._buffer = bytearray()
        # An answer is written in one piece; holding it back for more would only delay it.
        with contextlib.suppress(OSError):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    @property
    def waiting(self) -> bool:
        """Whether bytes of a next request are here already."""
        return bool(self._buffer)

    def wait(self) -> bool:
        """Wait for the first byte of a request; False when the client left or kept silent for too long."""
        try:
            return bool(self._buffer) or self._fill(self.patience.idle)
        except OSError:
            return False

    def head(self) -> bytes:
        """A request's head without its empty line. Raises ProtocolError when it is none or comes slowly."""
        deadline = time.monotonic() + self.patience.head
        searched = 0
        while (end := self._buffer.find(_END, searched)) < 0:
            searched = max(0, len(self._buffer) - 3)
            self._refuse_hopeless()
            self._fill_or_refuse(deadline - time.monotonic(), "the head came too slowly")
        if end > LARGEST_HEAD:
            raise ProtocolError(431, "the header fields are too large")
        head = bytes(self._buffer[:end])
        del self._buffer[: end + 4]
        # An empty line before a request is allowed: old clients end a body with one.
        return head.lstrip(b"\r\n")

    def _refuse_hopeless(self) -> None:
        first = self._buffer[:4].lstrip(b"\r\n")[:1]
        if first and not first.isalpha():
            # A client that begins with TLS waits for us, and would wait as long as we do.
            raise ProtocolError(400, "the request is not HTTP; TLS is a proxy's to speak")
        if len(self._buffer) > LONGEST_LINE and b"\r\n" not in self._buffer[: LONGEST_LINE + 2]:
            raise ProtocolError(414, "the request line is too long")
        if len(self._buffer) > LARGEST_HEAD:
            raise ProtocolError(431, "the header fields are too large")
        if b"\n\n" in self._buffer:
            raise ProtocolError(400, "lines end with a bare line feed")

    def take(self, most: int, timeout: float) -> bytes:
        """At least one and at most `most` octets of a body. Raises ProtocolError without any in time."""
        if not self._buffer:
            self._fill_or_refuse(timeout, "the body came too slowly")
        taken = bytes(self._buffer[:most])
        del self._buffer[:most]
        return taken

    def _fill_or_refuse(self, timeout: float, reason: str) -> None:
        try:
            if timeout <= 0:
                raise ProtocolError(408, reason)
            if not self._fill(timeout):
                raise ProtocolError(400, "the request ended before its end")
        except TimeoutError:
            raise ProtocolError(408, reason) from None
        except OSError:
            raise ProtocolError(400, "the connection broke") from None

    def _fill(self, timeout: float) -> bool:
        self.sock.settimeout(timeout)
        data = self.sock.recv(_BLOCK)
        self._buffer += data
        return bool(data)

    def send(self, data: bytes) -> None:
        """Send all of `data`. Raises OSError when the client is gone or does not read fast enough."""
        deadline = time.monotonic() + self.patience.write + len(data) / self.patience.rate
        view = memoryview(data)
        while view:
            self.sock.settimeout(max(0.001, deadline - time.monotonic()))
            view = view[self.sock.send(view) :]

    def end(self, *, linger: bool) -> None:
        """Close; with `linger`, read on first: bytes unread at a close would destroy our answer."""
        try:
            if linger:
                self.sock.shutdown(socket.SHUT_WR)
                self._discard()
        except OSError:
            pass  # the client was faster
        finally:
            self.sock.close()

    def _discard(self) -> None:
        deadline = time.monotonic() + self.patience.linger
        while (left := deadline - time.monotonic()) > 0 and self._fill(left):
            self._buffer.clear()
