"""kombu's way to the broker in memory: `embedded://` addresses. What a queue does is in embedded.py.

A connection has an inbox of things to happen; whoever drains it sleeps until something is put in, so an idle
system costs nothing and a message takes one switch of greenthreads. Use it from one thread only.
"""

from __future__ import annotations

import errno
from collections import defaultdict, deque
from collections.abc import Callable, Mapping
from functools import partial
from itertools import count
from typing import Any
from weakref import WeakValueDictionary

from amqp.exceptions import AMQPError, ChannelError, NotFound, PreconditionFailed
from amqp.exceptions import ConnectionError as AMQPConnectionError
from amqp.protocol import queue_declare_ok_t
from eventlet.event import Event
from kombu.message import Message as KombuMessage
from kombu.transport import TRANSPORT_ALIASES, base

from netraven_chassis.bus.embedded import Broker, Envelope, Taker
from netraven_chassis.bus.message import Message

SCHEME = "embedded"
REPLY_TO = "amq.rabbitmq.reply-to"
# How many messages may lie in an inbox for a consumer that never acknowledges.
UNACKNOWLEDGED_LIMIT = 1000
NO_PREFETCH_LIMIT = 1_000_000

# A broker lives as long as somebody is connected to it.
_BROKERS: WeakValueDictionary[str, Broker] = WeakValueDictionary()


def register() -> None:
    """Let kombu connect to embedded:// addresses. Repeating it does nothing."""
    TRANSPORT_ALIASES[SCHEME] = f"{__name__}:Transport"


class Connection:
    """One user of the broker: its channels and what is to happen for them."""

    heartbeat = 0.0  # there is no other end that could vanish

    def __init__(self, broker: Broker, client: Any) -> None:
        self.broker = broker
        self.client = client
        self.channels: list[Channel] = []
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


class Channel(base.StdChannel):
    """AMQP's commands, done at once."""

    def __init__(self, connection: Connection, channel_id: int) -> None:
        self.connection: Connection | None = connection
        self.channel_id = channel_id
        self.events: defaultdict[str, set[Callable[..., None]]] = defaultdict(set)
        self.no_ack_consumers: set[str] = set()
        self._broker = connection.broker
        self._prefetch = 0
        self._tags = count(1)
        self._published = 0
        self._confirming = False
        self._takers: dict[str, tuple[Taker, Callable[[Any], None]]] = {}
        self._unsettled: dict[int, tuple[Taker, Envelope]] = {}
        self._reply_queue: str | None = None

    @property
    def is_open(self) -> bool:
        """Whether it may still be used."""
        return self.connection is not None

    # what bus code uses on both kinds of channel

    def publish(
        self,
        body: bytes,
        properties: Mapping[str, Any],
        exchange: str,
        routing_key: str,
        mandatory: bool = False,
    ) -> None:
        """Route one message. A mandatory one that no queue wants comes back as a basic_return event."""
        connection = self._alive()
        if properties.get("reply_to") == REPLY_TO:
            properties = {**properties, "reply_to": self._reply_queue}
        routed = self._broker.publish(body, properties, exchange, routing_key)
        if not routed and mandatory and self.events["basic_return"]:
            returned = Message(self, body, properties, "", 0, False, exchange, routing_key)
            error = ChannelError("NO_ROUTE", (60, 50), reply_code=312)
            connection.post(partial(self._happen, "basic_return", error, exchange, routing_key, returned))
        if self._confirming:
            self._published += 1
            connection.post(partial(self._happen, "basic_ack", self._published, False))

    def acknowledge(self, delivery_tag: int) -> None:
        """One message is done with."""
        self._alive()
        self._settle(delivery_tag)

    def answer(self, message: Message, body: bytes, properties: Mapping[str, Any]) -> None:
        """Publish the answer to a request and acknowledge the request."""
        self.publish(body, properties, "", message.properties["reply_to"])
        self.acknowledge(message.delivery_tag)

    def cancel_without_waiting(self, consumer_tag: str) -> None:
        """No more messages; those in the inbox still come."""
        taken = self._takers.get(consumer_tag)
        if taken is not None:
            taken[0].queue.detach(taken[0])
            if taken[0].queue.auto_delete and not taken[0].queue.takers:
                self._broker.delete_queue(taken[0].queue)

    # what kombu's queues, exchanges, producers and consumers use

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

    def basic_qos(self, prefetch_size: int = 0, prefetch_count: int = 0, a_global: bool = False) -> None:
        """How many messages may be unsettled at each consumer that comes after this."""
        self._prefetch = prefetch_count

    def basic_consume(
        self,
        queue: str,
        consumer_tag: str = "",
        no_ack: bool = False,
        callback: Callable[[Any], None] | None = None,
        **_: Any,
    ) -> str:
        """Let `callback(message)` have a queue's messages, when this connection is drained."""
        connection = self._alive()
        if queue == REPLY_TO:
            queue = self._make_reply_queue(connection)
        limit = UNACKNOWLEDGED_LIMIT if no_ack else self._prefetch or NO_PREFETCH_LIMIT
        tag = consumer_tag or f"ctag-{self.channel_id}-{next(self._tags)}"
        found = self._broker.queue(queue, connection)
        taker = Taker(self._hand, found, tag, no_ack, limit)
        self._takers[tag] = taker, callback or (lambda _message: None)
        if no_ack:
            self.no_ack_consumers.add(tag)
        found.attach(taker)
        return tag

    def basic_cancel(self, consumer_tag: str, **_: Any) -> None:
        """No more messages for this consumer; those in the inbox go back."""
        self.cancel_without_waiting(consumer_tag)
        self._takers.pop(consumer_tag, None)

    def basic_get(self, queue: str, no_ack: bool = False, **_: Any) -> Message | None:
        """The next message, or None."""
        found = self._broker.queue(queue, self._alive())
        while found.ready and found.ready[0].expired():
            found.ready.popleft()
        if not found.ready:
            return None
        taker = Taker(self._hand, found, "", no_ack, 1, unsettled=1)
        return self._received(taker, found.ready.popleft())

    def basic_ack(self, delivery_tag: int, multiple: bool = False, **_: Any) -> None:
        """One message, or all up to it, are done with."""
        for tag in (
            [known for known in self._unsettled if known <= delivery_tag] if multiple else [delivery_tag]
        ):
            self._settle(tag)

    def basic_reject(self, delivery_tag: int, requeue: bool = False, **_: Any) -> None:
        """Drop a message, or give it back."""
        taker, envelope = self._settle(delivery_tag)
        if requeue:
            taker.queue.give_back([envelope])

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

    def confirm_select(self, nowait: bool = False) -> None:
        """Answer every message from now on with a basic_ack event."""
        self._confirming = True

    def close(self) -> None:
        """Cancel all consumers and give back what they had not settled."""
        connection, self.connection = self.connection, None
        if connection is None:
            return
        connection.channels.remove(self)
        unsettled, self._unsettled = self._unsettled, {}
        for tag in list(self._takers):
            self.cancel_without_waiting(tag)
        returned: dict[Any, list[Envelope]] = {}
        for taker, envelope in unsettled.values():
            returned.setdefault(taker.queue, []).append(envelope)
        for queue, envelopes in returned.items():
            queue.give_back(envelopes)

    def _alive(self) -> Connection:
        if self.connection is None:
            raise ConnectionResetError(errno.ECONNRESET, "the channel is closed")
        return self.connection

    def _hand(self, taker: Taker, envelope: Envelope) -> None:
        message = self._received(taker, envelope)
        self._alive().post(partial(self._deliver, taker, message))

    def _received(self, taker: Taker, envelope: Envelope) -> Message:
        number = next(self._tags)
        if not taker.no_ack:
            self._unsettled[number] = taker, envelope
        return Message(
            self,
            envelope.body,
            envelope.properties,
            taker.tag,
            number,
            envelope.redelivered,
            envelope.exchange,
            envelope.routing_key,
        )

    def _deliver(self, taker: Taker, message: Message) -> None:
        if taker.no_ack:
            taker.settled()
        taken = self._takers.get(taker.tag)
        if taken is not None:
            taken[1](message)
        elif not taker.no_ack:
            self.basic_reject(message.delivery_tag, requeue=True)

    def _settle(self, number: int) -> tuple[Taker, Envelope]:
        try:
            taker, envelope = self._unsettled.pop(number)
        except KeyError:
            text = f"unknown delivery tag {number}"
            raise PreconditionFailed(text, (60, 80), reply_code=406) from None
        taker.settled()
        return taker, envelope

    def _happen(self, event: str, *details: Any) -> None:
        for callback in list(self.events[event]):
            callback(*details)

    def _make_reply_queue(self, connection: Connection) -> str:
        if self._reply_queue is None:
            self._reply_queue = self._broker.new_name(f"{REPLY_TO}.")
            self._broker.declare_queue(self._reply_queue, False, True, connection, {})
        return self._reply_queue


class Transport(base.Transport):
    """What kombu connects through for embedded:// addresses. One broker for each host and path."""

    connection_errors = (AMQPConnectionError, OSError)
    channel_errors = (ChannelError, NotFound)
    recoverable_connection_errors = (AMQPConnectionError, OSError)
    recoverable_channel_errors = (AMQPError,)
    driver_type = driver_name = SCHEME
    default_port = None
    implements = base.Transport.implements.extend(
        asynchronous=False, exchange_type=frozenset(["direct", "topic", "fanout"]), heartbeats=False
    )

    def establish_connection(self) -> Connection:
        """A connection to the broker of this address; the first one makes the broker."""
        address = f"{self.client.hostname}/{self.client.virtual_host}"
        broker = _BROKERS.get(address)
        if broker is None:
            broker = _BROKERS[address] = Broker()
        return Connection(broker, self.client)

    def create_channel(self, connection: Connection) -> Channel:
        """One more channel."""
        if connection.closed:
            raise ConnectionResetError(errno.ECONNRESET, "the connection is closed")
        channel = Channel(connection, len(connection.channels) + 1)
        connection.channels.append(channel)
        return channel

    def drain_events(self, connection: Connection, timeout: float | None = None, **_: Any) -> None:
        """See Connection.drain_events."""
        connection.drain_events(timeout)

    def close_connection(self, connection: Connection) -> None:
        """Close it and all that belongs to it."""
        connection.close()

    def verify_connection(self, connection: Connection) -> bool:
        """Whether it may still be used."""
        return connection.connected

    def heartbeat_check(self, connection: Connection, rate: int = 2) -> None:
        """There is no other end that could vanish."""

    def _collect(self, connection: Connection | None) -> None:
        if connection is not None:
            connection.close()

    @property
    def default_connection_params(self) -> dict[str, Any]:
        """What an address may leave out."""
        return {"hostname": "localhost", "port": None}
