"""A request's body as it comes from the wire, counted or in chunks. Nothing is parsed here."""

from __future__ import annotations

import io
import time
from typing import Any

from netraven_gateway.http1 import Head, ProtocolError
from netraven_gateway.wire import Wire

_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_WORTH_READING = 65_536
_BLOCK = 65_536
# Octets that may frame chunks (sizes, extensions, trailers) beside eight for each octet of the body itself.
_MOST_FRAMING = 4096


class Body(io.RawIOBase):
    """WSGI's `wsgi.input` for one request.

    Parameters: `wire`; `head`, the request's. When the client waits for `100 Continue`, that is sent at the
    first read. Reads raise ProtocolError (408 when too slow).
    """

    def __init__(self, wire: Wire, head: Head) -> None:
        super().__init__()
        self._wire = wire
        self._parser = head.parser
        self._chunked = head.length is None
        self._left = head.length or 0
        self._expects = head.expects
        self._unread = b""
        self._started = time.monotonic()
        self._received = 0
        self._carried = 0
        self._broken = False
        self.finished = head.length == 0

    @property
    def drainable(self) -> bool:
        """Whether what is left is so little that reading it is cheaper than a new connection."""
        if self.finished:
            return True
        return not (self._chunked or self._expects or self._broken) and self._left <= _WORTH_READING

    def drain(self) -> None:
        """Read what is left and forget it."""
        while not self.finished:
            self.read(_WORTH_READING)

    def readable(self) -> bool:
        """True: that is all a body can."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill some of `buffer`; 0 at the end."""
        view = memoryview(buffer).cast("B")
        try:
            data = self._next(len(view)) if len(view) else b""
        except ProtocolError:
            self._broken = True
            raise
        view[: len(data)] = data
        return len(data)

    def _next(self, most: int) -> bytes:
        if self.finished:
            return b""
        if self._expects:
            self._expects = False
            self._wire.send(_CONTINUE)
        if self._chunked:
            return self._from_chunks(most)
        data = self._wire.take(min(most, self._left), self._patience())
        self._count(len(data))
        return data

    def _count(self, taken: int) -> None:
        self._received += taken
        self._left -= taken
        self.finished = not self._left

    def _patience(self) -> float:
        patience = self._wire.patience
        allowed = patience.body + self._received / patience.rate
        return min(patience.body, self._started + allowed - time.monotonic())

    def _from_chunks(self, most: int) -> bytes:
        while not self._unread and not self._parser.finished:
            framed = self._wire.take(_BLOCK, self._patience())
            self._received += len(framed)
            self._parser.feed(framed)
            self._unread = b"".join(self._parser.parts)
            self._parser.parts.clear()
            self._carried += len(self._unread)
            if not self._parser.finished and self._received > _MOST_FRAMING + 9 * self._carried:
                raise ProtocolError(400, "the chunks are frame rather than body")
        data, self._unread = self._unread[:most], self._unread[most:]
        self.finished = self._parser.finished and not self._unread
        return data
