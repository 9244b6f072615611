"""Every message of a virtual host, whatever its exchange, told by RabbitMQ's own tracer.

Start it before whoever is listened to.
"""

from __future__ import annotations

from typing import Any

import kombu

from tests.patience import patience
from tests.servers.rabbitmq import RabbitMQ, vhost_of


class Tap:
    """What was published and what was delivered, with all headers."""

    def __init__(self, broker: RabbitMQ, uri: str) -> None:
        broker.api("PUT", f"/vhosts/{vhost_of(uri)}", {"tracing": True})
        self._connection = kombu.Connection(uri)
        self._channel: Any = self._connection.channel()
        self._channel.queue_declare("tap", exclusive=True, auto_delete=False)
        self._channel.queue_bind("tap", "amq.rabbitmq.trace", "#")
        self._said: list[bytes] = []

    def said(self) -> bytes:
        """All messages until now, one a line: where it went, its headers and properties, its body."""
        # Services go on talking: who reads until nothing is left may read for ever.
        waiting = self._channel.queue_declare("tap", passive=True).message_count
        through = len(self._said) + waiting
        tag = self._channel.basic_consume("tap", no_ack=True, callback=self._hear)
        while len(self._said) < through:
            self._connection.drain_events(timeout=patience(20))
        self._channel.basic_cancel(tag)
        return b"\n".join(self._said)

    def _hear(self, message: Any) -> None:
        body = message.body if isinstance(message.body, bytes) else str(message.body).encode()
        where = message.delivery_info["routing_key"]
        self._said.append(b" ".join((where.encode(), repr(message.headers).encode(), body)))

    @property
    def count(self) -> int:
        """How many messages have been heard."""
        return len(self._said)

    def close(self) -> None:
        """Listen no more."""
        self._connection.release()
