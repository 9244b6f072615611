"""A channel in memory: AMQP's commands, done at once. What a queue does is in embedded.py."""

from __future__ import annotations

import errno
from collections import defaultdict
from collections.abc import Callable, Mapping
from functools import partial
from itertools import count
from typing import Any

from amqp.exceptions import ChannelError, PreconditionFailed
from kombu.transport import base

from netraven_chassis.bus.declaring import Declaring
from netraven_chassis.bus.embedded import Envelope, Taker
from netraven_chassis.bus.inbox import Connection
from netraven_chassis.bus.message import Message

REPLY_TO = "amq.rabbitmq.reply-to"
# How many messages may lie in an inbox for a consumer that never acknowledges.
UNACKNOWLEDGED_LIMIT = 1000
NO_PREFETCH_LIMIT = 1_000_000


class Channel(Declaring, base.StdChannel):
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

    def confirm_select(self, nowait: bool = False) -> None:
        """Answer every message from now on with a basic_ack event."""
        self._confirming = True

    def close(self) -> None:
        """Cancel all consumers and give back what they had not settled."""
        if self.connection is None:
            return
        # all leave before the first message goes back: none of them may be handed another one
        for tag in list(self._takers):
            self.cancel_without_waiting(tag)
        self.connection.channels.remove(self)
        self.connection = None
        unsettled, self._unsettled = self._unsettled, {}
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
