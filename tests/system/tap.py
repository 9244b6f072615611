"""Every message of a virtual host, whatever its exchange, told by RabbitMQ's own tracer.

Start it before whoever is listened to.
"""

from __future__ import annotations

from typing import Any

import kombu

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
        while (message := self._channel.basic_get("tap", no_ack=True)) is not None:
            body = message.body if isinstance(message.body, bytes) else str(message.body).encode()
            where = message.delivery_info["routing_key"]
            self._said.append(b" ".join((where.encode(), repr(message.headers).encode(), body)))
        return b"\n".join(self._said)

    @property
    def count(self) -> int:
        """How many messages have been heard."""
        return len(self._said)

    def close(self) -> None:
        """Listen no more."""
        self._connection.release()
