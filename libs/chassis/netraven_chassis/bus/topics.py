"""Hears those topics of an exchange that somebody asked for just now, and nothing else. What is said there is
the callback's affair.

A doorbell like Subscription, but one whose topics come and go: the broker sends what was asked for and keeps
the rest. A topic that is asked for is heard a moment later; whoever must not miss anything looks again then.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import eventlet
from kombu import Exchange, Queue

from netraven_chassis.bus import connection as broker
from netraven_chassis.bus.consumer import Consumer, OnMessage
from netraven_chassis.bus.link import Spawn

# What may wait at the broker for a process that is busy; what is dropped is noticed as a gap.
MOST_WAITING = 1000
_NOTHING = "-"


class Topics:
    """Calls `on_message(body, message)` for each message under a topic that was asked for.

    The callbacks run in the greenthread that reads the socket: they must not block. Parameters: `exchange`,
    the name of a durable topic exchange, declared when missing; `on_connected()` runs after every connection,
    when all topics are bound again.
    """

    def __init__(
        self,
        uri: str,
        exchange: str,
        on_message: OnMessage,
        on_connected: Callable[[], None] = lambda: None,
        heartbeat: float = broker.HEARTBEAT_SECONDS,
    ) -> None:
        self._exchange = exchange
        self._topics: set[str] = set()
        self._on_connected = on_connected
        arguments = {"x-max-length": MOST_WAITING, "x-overflow": "drop-head", "x-queue-type": "classic"}
        source = Exchange(exchange, type="topic", durable=True)
        # A queue has a binding from the start: this one to a topic under which nothing is ever said.
        queue = Queue(
            "", source, _NOTHING, durable=False, exclusive=True, auto_delete=True, queue_arguments=arguments
        )
        self._consumer = Consumer(
            uri,
            [queue],
            on_message,
            no_ack=True,
            heartbeat=heartbeat,
            on_connected=self._bind_all,
            on_lost=self._lost,
        )
        self._channel: Any = None

    def start(self, spawn: Spawn = eventlet.spawn) -> None:
        """Begin to connect in a greenthread made by `spawn`; returns at once and connects when it can."""
        self._consumer.link.open(spawn)

    def stop(self) -> None:
        """Hear nothing more."""
        self._consumer.stop(drain=0)

    @property
    def connected(self) -> bool:
        """Whether the broker is there."""
        return self._channel is not None

    def ask(self, topic: str) -> None:
        """Hear this topic from now on, also after the broker was away. `#` is all of them."""
        if topic not in self._topics:
            self._topics.add(topic)
            self._tell("queue_bind", topic)

    def forget(self, topic: str) -> None:
        """Hear it no more."""
        if topic in self._topics:
            self._topics.discard(topic)
            self._tell("queue_unbind", topic)

    def _bind_all(self, channel: Any) -> None:
        self._channel = channel
        for topic in list(self._topics):
            self._tell("queue_bind", topic)
        self._on_connected()

    def _lost(self) -> None:
        self._channel = None

    def _tell(self, command: str, topic: str) -> None:
        """Without waiting for the broker's consent, so from any greenthread."""
        if self._channel is None:
            return  # the next connection binds what is asked for then
        (queue,) = self._consumer.queue_names
        try:
            getattr(self._channel, command)(queue, self._exchange, topic, nowait=True)
        except broker.LOST:
            return  # the next connection binds what is asked for then
