"""One user of the broker in memory: what is to happen for it, and the greenthread that lets it happen.

Whoever drains a connection sleeps until something is put into its inbox, so an idle system costs nothing and
a message takes one switch of greenthreads. Use it from one thread only.
"""

from __future__ import annotations

import errno
from collections import deque
from collections.abc import Callable
from typing import Any

from eventlet.event import Event

from netraven_chassis.bus.embedded import Broker


class Connection:
    """One user of the broker: its channels and what is to happen for them."""

    heartbeat = 0.0  # there is no other end that could vanish

    def __init__(self, broker: Broker, client: Any) -> None:
        self.broker = broker
        self.client = client
        self.channels: list[Any] = []
        self.on_blocked: Any = None
        self.on_unblocked: Any = None
        self.closed = False
        self._inbox: deque[Callable[[], None]] = deque()
        self._wake: Event | None = None

    @property
    def connected(self) -> bool:
        """Whether it may still be used."""
        return not self.closed

    def stay(self) -> None:
        """Whoever drains goes on doing so; there is nothing to prepare for that."""

    def post(self, what: Callable[[], None]) -> None:
        """Let `what` happen in the greenthread that drains this connection."""
        self._inbox.append(what)
        if self._wake is not None and not self._wake.ready():
            self._wake.send(None)

    def drain_events(self, timeout: float | None = None) -> None:
        """Wait for something to happen and do it, with all that has gathered.

        Raises socket.timeout after `timeout` seconds, ConnectionResetError when the connection is closed.
        """
        if not self._inbox and not self.closed:
            if timeout == 0:
                raise TimeoutError
            self._wake = Event()
            self._wake.wait(timeout)
            self._wake = None
        if self.closed:
            raise ConnectionResetError(errno.ECONNRESET, "the connection is closed")
        if not self._inbox:
            raise TimeoutError
        for _ in range(len(self._inbox)):
            if self._inbox:
                self._inbox.popleft()()

    def close(self) -> None:
        """Close all channels: what they had not settled goes back to its queue."""
        self.closed = True
        for channel in list(self.channels):
            channel.close()
        for queue in [queue for queue in self.broker.queues.values() if queue.owner is self]:
            self.broker.delete_queue(queue)
        self._inbox.clear()
        if self._wake is not None and not self._wake.ready():
            self._wake.send(None)
