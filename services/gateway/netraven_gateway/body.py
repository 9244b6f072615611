"""A request's body as it comes from the wire, counted or in chunks. Nothing is parsed here."""

from __future__ import annotations

import io
import time
from typing import Any

from netraven_gateway.http1 import ProtocolError, chunk_size
from netraven_gateway.wire import Wire

_CHUNK_LINE = 256
_TRAILERS = 32
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_WORTH_READING = 65_536


class Body(io.RawIOBase):
    """WSGI's `wsgi.input` for one request.

    Parameters: `wire`; `length` in octets or None when the body comes in chunks; `expects`, whether the
    client waits for `100 Continue`, which is sent at the first read. Reads raise ProtocolError (408 when too
    slow).
    """

    def __init__(self, wire: Wire, length: int | None, *, expects: bool = False) -> None:
        super().__init__()
        self._wire = wire
        self._chunked = length is None
        self._left = length or 0
        self._expects = expects
        self._first = True
        self._started = time.monotonic()
        self._received = 0
        self._broken = False
        self.finished = length == 0

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
        if self._chunked and not self._left and not self._open_chunk():
            return b""
        data = self._wire.take(min(most, self._left), self._patience())
        self._count(len(data))
        return data

    def _count(self, taken: int) -> None:
        self._received += taken
        self._left -= taken
        if not self._left and not self._chunked:
            self.finished = True

    def _patience(self) -> float:
        patience = self._wire.patience
        allowed = patience.body + self._received / patience.rate
        return min(patience.body, self._started + allowed - time.monotonic())

    def _open_chunk(self) -> bool:
        if not self._first and self._wire.line(_CHUNK_LINE, self._patience()):
            raise ProtocolError(400, "a chunk is longer than it says")
        self._first = False
        self._left = chunk_size(self._wire.line(_CHUNK_LINE, self._patience()))
        if not self._left:
            self._skip_trailers()
            self.finished = True
        return bool(self._left)

    def _skip_trailers(self) -> None:
        for _ in range(_TRAILERS):
            if not self._wire.line(_CHUNK_LINE, self._patience()):
                return
        raise ProtocolError(400, "the chunked body has too many trailers")
