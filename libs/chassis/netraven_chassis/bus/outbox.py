"""Sends bytes in order and whole, however many greenthreads give some. It knows nothing of what they mean.

What is given within one turn of the hub goes out in one system call. For calls that is the largest saving
there is: sixteen callers at once cost the process, the kernel and the broker little more than one.
"""

from __future__ import annotations

import errno
from collections.abc import Callable

import eventlet

# A broker that takes nothing more (memory alarm, full link) must not make us hoard what we cannot send.
LIMIT_BYTES = 16 * 1024 * 1024


class Outbox:
    """Parameters: `send` writes all of its argument and may wait; `on_broken()` is called when it failed."""

    def __init__(self, send: Callable[[bytes], None], on_broken: Callable[[], None]) -> None:
        self._send = send
        self._on_broken = on_broken
        self._waiting: list[bytes] = []
        self._size = 0
        self._flushing = False
        self._broken = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Take `data` and return at once; it goes out after everything given before it.

        Raises OSError when the connection is broken or when too much waits already.
        """
        if self._broken:
            raise ConnectionResetError(errno.ECONNRESET, "the connection to the broker is broken")
        if self._size > LIMIT_BYTES:
            raise BlockingIOError(errno.EAGAIN, "the broker takes no more messages")
        # copied, because py-amqp packs the next frame into the same buffer
        self._waiting.append(bytes(data))
        self._size += len(data)
        if not self._flushing:
            self._flushing = True
            eventlet.spawn_n(self._flush)

    def _flush(self) -> None:
        try:
            while self._waiting:
                batch, self._waiting = self._waiting, []
                self._size = 0
                self._send(b"".join(batch))
        except OSError:
            # half a frame may be out: whatever followed it would be read as its rest
            self._broken = True
            self._waiting.clear()
            self._on_broken()
        finally:
            self._flushing = False
