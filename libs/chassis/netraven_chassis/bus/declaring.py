"""What kombu's exchanges, queues, producers and consumers ask of a channel in memory. No delivery, no
settling."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

from amqp.protocol import queue_declare_ok_t
from kombu.message import Message as KombuMessage

from netraven_chassis.bus.embedded import Broker
from netraven_chassis.bus.inbox import Connection
from netraven_chassis.bus.message import Message


class Declaring(ABC):
    """The part of a channel that makes exchanges and queues, and speaks kombu's form of messages."""

    _broker: Broker

    def exchange_declare(self, exchange: str, type: str = "direct", passive: bool = False, **_: Any) -> None:
        """Make or find an exchange."""
        if exchange and not (passive and exchange in self._broker.exchanges):
            self._broker.declare_exchange(exchange, type)

    def queue_declare(
        self,
        queue: str = "",
        passive: bool = False,
        durable: bool = False,
        exclusive: bool = False,
        auto_delete: bool = False,
        nowait: bool = False,
        arguments: Mapping[str, Any] | None = None,
        **_: Any,
    ) -> queue_declare_ok_t:
        """Make or find a queue; (name, messages ready, consumers)."""
        connection = self._alive()
        if passive:
            found = self._broker.queue(queue, connection)
        else:
            owner = connection if exclusive else None
            found = self._broker.declare_queue(queue, durable, auto_delete, owner, arguments or {})
        return queue_declare_ok_t(found.name, len(found.ready), len(found.takers))

    def queue_bind(self, queue: str, exchange: str, routing_key: str = "", **_: Any) -> None:
        """Bind a queue to an exchange."""
        self._broker.bind(self._broker.queue(queue, self._alive()).name, exchange, routing_key)

    def queue_unbind(self, queue: str, exchange: str, routing_key: str = "", **_: Any) -> None:
        """Undo a binding."""
        self._broker.unbind(queue, exchange, routing_key)

    def queue_delete(self, queue: str, **_: Any) -> None:
        """Delete a queue; one that is not there is no matter."""
        found = self._broker.find(queue)
        if found is not None:
            self._broker.delete_queue(found)

    def queue_purge(self, queue: str, **_: Any) -> int:
        """Drop what waits; how many that were."""
        found = self._broker.queue(queue, self._alive())
        dropped = len(found.ready)
        found.ready.clear()
        return dropped

    def basic_publish(
        self, message: tuple[bytes, dict[str, Any]], exchange: str = "", routing_key: str = "", **options: Any
    ) -> None:
        """Publish what prepare_message made."""
        body, properties = message
        self.publish(body, properties, exchange, routing_key, bool(options.get("mandatory")))

    def prepare_message(
        self,
        body: bytes | str,
        priority: int | None = None,
        content_type: str | None = None,
        content_encoding: str | None = None,
        headers: Mapping[str, Any] | None = None,
        properties: Mapping[str, Any] | None = None,
        **_: Any,
    ) -> tuple[bytes, dict[str, Any]]:
        """A kombu producer's message as bytes and properties."""
        known = {
            "content_type": content_type,
            "content_encoding": content_encoding,
            "application_headers": dict(headers or {}),
            **(properties or {}),
        }
        return body.encode() if isinstance(body, str) else body, known

    def message_to_python(self, raw: Message) -> KombuMessage:
        """A received message as kombu's consumers hand it out."""
        return KombuMessage(
            body=raw.body,
            channel=self,
            delivery_tag=raw.delivery_tag,
            content_type=raw.properties.get("content_type"),
            content_encoding=raw.properties.get("content_encoding"),
            delivery_info=raw.delivery_info,
            properties=dict(raw.properties),
            headers=dict(raw.headers or {}),
        )

    @abstractmethod
    def publish(
        self,
        body: bytes,
        properties: Mapping[str, Any],
        exchange: str,
        routing_key: str,
        mandatory: bool = False,
    ) -> None:
        """Route one message."""

    @abstractmethod
    def _alive(self) -> Connection:
        """The connection, or ConnectionResetError when the channel is closed."""
