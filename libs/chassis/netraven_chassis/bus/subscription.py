"""Hears what is said on a fanout exchange, one message after the other. What it means is the callback's
affair.

It is a doorbell, not a log: messages may be missing (the queue was full, the broker restarted) and may come
twice. `on_connected` is the moment to look what was missed.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

import eventlet
import structlog
from eventlet.event import Event
from eventlet.semaphore import Semaphore
from kombu import Exchange, Queue

from netraven_chassis.bus import connection as broker
from netraven_chassis.bus.consumer import Consumer, OnMessage
from netraven_chassis.bus.link import START_DEADLINE_SECONDS, Spawn
from netraven_chassis.bus.message import Message

log = structlog.get_logger(__name__)

# A named queue that nobody has consumed from for this long belongs to a follower that no longer exists.
FORGOTTEN_AFTER_MS = 7 * 24 * 3600 * 1000
PREFETCH = 20


class Subscription:
    """Calls `on_message(body, message)` for each message of a fanout exchange, in order, one at a time.

    The callbacks run in a greenthread of their own and may block. A message is acknowledged when the callback
    returns; one that it raises on is logged and dropped, because a follower finds gaps by itself.

    Parameters: `exchange`, the name of a durable fanout exchange, declared when missing; `queue_name`, the
    queue that all instances of a follower share (one of them is active, the others wait), or None for a
    queue of this process alone, gone with its connection; `on_connected()` runs after every connection
    before its messages; `max_length`, messages that the queue holds before it drops its oldest; `heartbeat`
    in seconds.
    """

    def __init__(
        self,
        uri: str,
        exchange: str,
        queue_name: str | None,
        on_message: OnMessage,
        on_connected: Callable[[], None] = lambda: None,
        max_length: int = 1000,
        heartbeat: float = broker.HEARTBEAT_SECONDS,
    ) -> None:
        self._on_message = on_message
        self._on_connected = on_connected
        self._inbox: deque[Message | None] = deque()  # None: a new connection begins here
        self._filled = Semaphore(0)
        self._handler: Any = None
        self._stopping = False
        self._stopped = Event()
        self.consumer = Consumer(
            uri,
            [_queue(exchange, queue_name, max_length)],
            lambda _body, message: self._put(message),
            prefetch=PREFETCH,
            heartbeat=heartbeat,
            on_connected=lambda _channel: self._begin_anew(),
        )

    def start(self, spawn: Spawn = eventlet.spawn, deadline: float | None = START_DEADLINE_SECONDS) -> None:
        """Begin in greenthreads made by `spawn`; waits for the first connection up to `deadline` seconds.

        With `deadline` None it returns at once and connects when it can. Raises BusNotReady as Consumer does.
        """
        self._handler = spawn(self._handle)
        if deadline is None:
            self.consumer.link.open(spawn)
        else:
            self.consumer.start(spawn, deadline)

    def stop(self, drain: float = 5.0) -> None:
        """Let the running callback finish, within `drain` seconds, give the rest back and disconnect."""
        self._stopping = True
        self.consumer.cancel()
        self._filled.release()
        if self._handler is not None:
            self._stopped.wait(drain)
            self._handler.kill()
        self.consumer.stop(drain=0)

    @property
    def connected(self) -> bool:
        """Whether the broker is there."""
        return self.consumer.link.channel is not None

    def _begin_anew(self) -> None:
        # what came over the old connection comes again, or is covered by on_connected
        self._inbox.clear()
        self._put(None)

    def _put(self, message: Message | None) -> None:
        self._inbox.append(message)
        self._filled.release()

    def _handle(self) -> None:
        try:
            while not self._stopping:
                self._filled.acquire()
                if self._inbox and not self._stopping:
                    self._handle_one(self._inbox.popleft())
        finally:
            self._stopped.send()

    def _handle_one(self, message: Message | None) -> None:
        try:
            if message is None:
                self._on_connected()
            else:
                self._on_message(message.body or b"", message)
                self.consumer.ack(message)
        except Exception:
            log.exception("a follower failed on a message", consumer=self.consumer.link.name)
            if message is not None:
                self.consumer.reject(message)


def _queue(exchange: str, name: str | None, max_length: int) -> Queue:
    arguments = {"x-max-length": max_length, "x-overflow": "drop-head", "x-queue-type": "classic"}
    source = Exchange(exchange, type="fanout", durable=True)
    if name is None:
        return Queue("", source, durable=False, exclusive=True, auto_delete=True, queue_arguments=arguments)
    arguments |= {"x-single-active-consumer": True, "x-expires": FORGOTTEN_AFTER_MS}
    return Queue(name, source, durable=True, queue_arguments=arguments)
