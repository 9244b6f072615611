"""A small broker in memory: exchanges, queues, who gets which message. No connection, no socket, no kombu.

It does what NetRaven asks of RabbitMQ, in the same words and with the same refusals, so that one machine
needs no broker. Nothing survives the process. Every queue is bounded.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from time import monotonic
from typing import Any

from amqp.exceptions import NotFound, PreconditionFailed, ResourceLocked

# What a queue holds when its declaration sets no length: enough for a burst, too little to eat the machine.
MAX_LENGTH = 10_000


@dataclass(slots=True)
class Envelope:
    """A message on its way: what was published, and until when anybody wants it."""

    body: bytes
    properties: Mapping[str, Any]
    exchange: str
    routing_key: str
    expires_at: float | None = None  # monotonic seconds
    redelivered: bool = False

    def expired(self) -> bool:
        """Whether its time is over."""
        return self.expires_at is not None and self.expires_at <= monotonic()


@dataclass(eq=False, slots=True)
class Taker:
    """One consumer of a queue: `hand(taker, envelope)` takes a message, `limit` how many may be unsettled."""

    hand: Callable[[Taker, Envelope], None]
    queue: MessageQueue
    tag: str
    no_ack: bool
    limit: int
    unsettled: int = 0

    def free(self) -> bool:
        """Whether one more message may be given."""
        return self.unsettled < self.limit

    def settled(self) -> None:
        """One message less is on its way; the next may come."""
        self.unsettled -= 1
        self.queue.pump()


@dataclass(eq=False, slots=True)
class MessageQueue:
    """Messages in order, and who takes them."""

    name: str
    durable: bool
    auto_delete: bool
    owner: object | None  # the only connection that may use it
    arguments: Mapping[str, Any]
    ready: deque[Envelope] = field(default_factory=deque)
    takers: deque[Taker] = field(default_factory=deque)
    unused_since: float = field(default_factory=monotonic)

    def put(self, envelope: Envelope) -> None:
        """Add at the end; over its length the queue drops its oldest."""
        self.ready.append(envelope)
        self.pump()
        if len(self.ready) > self.arguments.get("x-max-length", MAX_LENGTH):
            self.ready.popleft()

    def give_back(self, envelopes: list[Envelope]) -> None:
        """Put messages that were not settled back to the front, in their order."""
        for envelope in envelopes:
            envelope.redelivered = True
        self.ready.extendleft(reversed(envelopes))
        self.pump()

    def pump(self) -> None:
        """Hand out what can be handed out."""
        while self.ready:
            if self.ready[0].expired():
                self.ready.popleft()
            elif (taker := self._next_taker()) is not None:
                taker.unsettled += 1
                taker.hand(taker, self.ready.popleft())
            else:
                return

    def attach(self, taker: Taker) -> None:
        """A consumer comes."""
        self.takers.append(taker)
        self.pump()

    def detach(self, taker: Taker) -> None:
        """A consumer goes; with a single active one the next in line takes over."""
        if taker in self.takers:
            self.takers.remove(taker)
            self.unused_since = monotonic()
            self.pump()

    def forgotten(self) -> bool:
        """Whether nobody has used it for as long as its declaration allows."""
        expires = self.arguments.get("x-expires")
        return not self.takers and expires is not None and monotonic() > self.unused_since + expires / 1000

    def _next_taker(self) -> Taker | None:
        if self.arguments.get("x-single-active-consumer"):
            return self.takers[0] if self.takers and self.takers[0].free() else None
        for _ in range(len(self.takers)):
            self.takers.rotate(-1)
            if self.takers[-1].free():
                return self.takers[-1]
        return None


@dataclass(eq=False, slots=True)
class Exchange:
    """Where messages are published: direct, fanout or topic, and what is bound to it."""

    name: str
    kind: str
    bindings: dict[tuple[str, str], None] = field(default_factory=dict)  # (routing key, queue name), in order

    def targets(self, routing_key: str) -> Iterator[str]:
        """The names of the queues that a message with this key goes to."""
        for key, queue in self.bindings:
            if (
                self.kind == "fanout"
                or key == routing_key
                or (self.kind == "topic" and _matches(key, routing_key))
            ):
                yield queue


class Broker:
    """All exchanges and queues of one address."""

    def __init__(self) -> None:
        self.exchanges: dict[str, Exchange] = {}
        self.queues: dict[str, MessageQueue] = {}
        self._names = 0

    def declare_exchange(self, name: str, kind: str) -> None:
        """Make the exchange, or find it; PreconditionFailed when it is of another kind."""
        if self.exchanges.setdefault(name, Exchange(name, kind)).kind != kind:
            raise PreconditionFailed(
                f"inequivalent arg 'type' for exchange '{name}'", (40, 10), reply_code=406
            )

    def declare_queue(
        self, name: str, durable: bool, auto_delete: bool, owner: object | None, arguments: Mapping[str, Any]
    ) -> MessageQueue:
        """Make the queue, or find it; PreconditionFailed when it differs, ResourceLocked when another's."""
        wanted = MessageQueue(name or self.new_name(), durable, auto_delete, owner, dict(arguments))
        known = self.find(wanted.name)
        if known is None:
            self.queues[wanted.name] = wanted
            return wanted
        _refuse_stranger(known, owner)
        if (known.durable, known.auto_delete, known.arguments) != (durable, auto_delete, wanted.arguments):
            raise PreconditionFailed(f"inequivalent arguments for queue '{name}'", (50, 10), reply_code=406)
        return known

    def queue(self, name: str, user: object) -> MessageQueue:
        """The queue; NotFound when there is none, ResourceLocked when another connection owns it."""
        found = self.find(name)
        if found is None:
            raise NotFound(f"no queue '{name}'", (50, 10), reply_code=404)
        if found.owner is not None:
            _refuse_stranger(found, user)
        return found

    def find(self, name: str) -> MessageQueue | None:
        """The queue, or None when there is none or it was left unused for too long."""
        found = self.queues.get(name)
        if found is not None and found.forgotten():
            self.delete_queue(found)
            return None
        return found

    def delete_queue(self, queue: MessageQueue) -> None:
        """Remove the queue, its messages and its bindings."""
        self.queues.pop(queue.name, None)
        queue.ready.clear()
        for exchange in self.exchanges.values():
            for binding in [known for known in exchange.bindings if known[1] == queue.name]:
                del exchange.bindings[binding]

    def bind(self, queue: str, exchange: str, routing_key: str) -> None:
        """Let the exchange's messages with this key go to the queue."""
        self._exchange(exchange).bindings[routing_key, queue] = None

    def unbind(self, queue: str, exchange: str, routing_key: str) -> None:
        """Let them no longer."""
        self._exchange(exchange).bindings.pop((routing_key, queue), None)

    def publish(self, body: bytes, properties: Mapping[str, Any], exchange: str, routing_key: str) -> bool:
        """Route one message; False when no queue wants it. NotFound when there is no such exchange."""
        names = (
            {routing_key} if exchange == "" else dict.fromkeys(self._exchange(exchange).targets(routing_key))
        )
        queues = [queue for name in names if (queue := self.find(name)) is not None]
        lifetime = properties.get("expiration")
        expires_at = None if lifetime is None else monotonic() + int(lifetime) / 1000
        for queue in queues:
            queue.put(Envelope(body, properties, exchange, routing_key, expires_at))
        return bool(queues)

    def new_name(self, prefix: str = "amq.gen-") -> str:
        """A name that no queue has had."""
        self._names += 1
        return f"{prefix}{self._names}"

    def _exchange(self, name: str) -> Exchange:
        try:
            return self.exchanges[name]
        except KeyError:
            raise NotFound(f"no exchange '{name}'", (40, 10), reply_code=404) from None


def _refuse_stranger(queue: MessageQueue, user: object | None) -> None:
    if queue.owner is not user:
        raise ResourceLocked(f"queue '{queue.name}' belongs to another connection", (50, 10), reply_code=405)


@lru_cache(maxsize=1024)
def _pattern(binding: str) -> re.Pattern[str]:
    # every word with its dot: then "any number of words", which is what # means, needs no special cases
    words = {"*": r"[^.]+\.", "#": r"(?:[^.]+\.)*"}
    return re.compile("".join(words.get(word, re.escape(f"{word}.")) for word in binding.split(".")))


def _matches(binding: str, routing_key: str) -> bool:
    return _pattern(binding).fullmatch(f"{routing_key}." if routing_key else "") is not None
