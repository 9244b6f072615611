"""Waits for bytes on one socket, over and over, at little cost. It does not know what they mean.

eventlet registers a socket with the kernel and sets a timer for every single wait, and undoes both after it.
A connection that is read all its life can stay registered, and one timer that comes around will do for its
timeouts.
"""

from __future__ import annotations

from typing import Any

import greenlet
from eventlet.hubs import get_hub

_READ, _LATE, _GONE = "read", "late", "gone"


class Readable:
    """The receiving side of a green socket, for one greenthread."""

    def __init__(self, sock: Any) -> None:
        self._socket = sock.fd  # the kernel's socket under eventlet's
        self._fileno: int = sock.fileno()
        self._listener: Any = None
        self._alarm: Any = None
        self._waiter: Any = None

    def receive(self, size: int, timeout: float | None) -> bytes:
        """Up to `size` bytes; none at the end of the stream.

        Raises TimeoutError at latest after `timeout` seconds (maybe earlier), OSError when the socket fails.
        """
        while True:
            try:
                return bytes(self._socket.recv(size))
            except BlockingIOError:
                self._wait(timeout)

    def forget(self) -> None:
        """The socket is about to be closed."""
        self._unlisten()
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None

    def _wait(self, timeout: float | None) -> None:
        hub = get_hub()
        if self._listener is None:
            self._listener = hub.add(
                hub.READ, self._fileno, self._on_readable, self._on_closed, self._disowned
            )
        if self._alarm is None and timeout is not None:
            self._alarm = hub.schedule_call_global(timeout, self._on_alarm)
        self._waiter = greenlet.getcurrent()
        try:
            reason = hub.switch()
        finally:
            self._waiter = None
        if reason == _LATE:
            raise TimeoutError("nothing to read")
        if reason == _GONE:
            raise ConnectionAbortedError("the socket was closed")

    # These run in the hub.

    def _on_readable(self, _fileno: int) -> None:
        if self._waiter is None:
            # whoever reads is busy elsewhere: the kernel would go on telling
            self._unlisten()
        else:
            self._wake(_READ)

    def _on_alarm(self) -> None:
        self._alarm = None
        self._wake(_LATE)

    def _on_closed(self, *_: Any) -> None:
        self._wake(_GONE)

    def _disowned(self) -> None:
        # the socket was closed behind our back and its number went to another: the hub has let go already
        self._listener = None

    def _wake(self, reason: str) -> None:
        waiter, self._waiter = self._waiter, None
        if waiter is not None:
            waiter.switch(reason)

    def _unlisten(self) -> None:
        listener, self._listener = self._listener, None
        if listener is not None:
            get_hub().remove(listener)
