"""Says things on an exchange, with the broker's word that it has them or without waiting. No encoding."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from time import monotonic
from typing import Any

import eventlet
import structlog
from eventlet.event import Event
from kombu import Exchange

from netraven_chassis.bus import connection as broker
from netraven_chassis.bus.link import Link, Spawn
from netraven_contracts.errors import Unavailable

log = structlog.get_logger(__name__)

NON_PERSISTENT, PERSISTENT = 1, 2
JSON = "application/json"
_NOWHERE: tuple[type[Exception], ...] = (Unavailable, *broker.LOST)


class Publisher:
    """Publishes to `exchange` over a connection of its own and hears nothing back: news that may be missed.

    Parameters: `exchange`, a name, declared as a durable exchange of `kind` when missing; the empty name is
    the default exchange, whose routing keys are queue names.
    """

    def __init__(self, uri: str, exchange: str, kind: str = "fanout") -> None:
        self.exchange = exchange
        self._kind = kind
        self.link = Link(uri, f"publisher to {exchange or 'queues'}", self._up, self._down)

    def start(self, spawn: Spawn = eventlet.spawn) -> None:
        """Begin connecting in a greenthread made by `spawn`; returns at once."""
        self.link.open(spawn)

    def stop(self) -> None:
        """Disconnect; what was published before is sent."""
        self.link.close()

    def send(
        self,
        body: bytes,
        headers: Mapping[str, Any] | None = None,
        routing_key: str = "",
        persistent: bool = False,
        expires_ms: int | None = None,
    ) -> bool:
        """Hand one message to the broker and do not wait. Returns False when it is away; never raises."""
        try:
            self._put(body, headers, routing_key, persistent, expires_ms)
        except _NOWHERE as error:
            log.debug("a message went nowhere", exchange=self.exchange, error=repr(error))
            return False
        return True

    def _put(
        self,
        body: bytes,
        headers: Mapping[str, Any] | None,
        routing_key: str,
        persistent: bool,
        expires_ms: int | None = None,
    ) -> None:
        channel = self._require()
        properties = {
            "content_type": JSON,
            "application_headers": headers,
            "delivery_mode": PERSISTENT if persistent else NON_PERSISTENT,
            "expiration": None if expires_ms is None else str(expires_ms),
        }
        channel.publish(body, properties, self.exchange, routing_key)

    def _require(self) -> Any:
        channel = self.link.channel
        if channel is None or self.link.blocked:
            raise unavailable("the broker is away" if channel is None else "the broker takes no messages")
        return channel

    def _up(self, channel: Any) -> None:
        if self.exchange:
            Exchange(self.exchange, type=self._kind, durable=True)(channel).declare()

    def _down(self) -> None:
        """Nothing waits for an answer here."""


class ConfirmedPublisher(Publisher):
    """Publishes and returns only when the broker has said that it has the message.

    Any number of greenthreads may publish at once: the confirmations come back in whatever order and bundle.
    """

    def __init__(self, uri: str, exchange: str, kind: str = "fanout") -> None:
        super().__init__(uri, exchange, kind)
        self._sent = 0
        self._waiting: dict[int, Event] = {}

    def publish(
        self,
        body: bytes,
        headers: Mapping[str, Any] | None = None,
        timeout: float = 5.0,
        routing_key: str = "",
        persistent: bool = False,
    ) -> None:
        """Publish one message and wait for the broker's confirmation, `timeout` seconds in all.

        Raises Unavailable when the broker is away, refuses or does not answer; the message may be out even
        then.
        """
        until = monotonic() + timeout
        self.link.wait_until_up(timeout)
        self._require()
        # nothing may switch greenthreads between the count and the write: the broker counts what arrives
        waiting, confirmed = self._waiting, Event()
        self._sent = tag = self._sent + 1
        waiting[tag] = confirmed
        try:
            self._put(body, headers, routing_key, persistent)
            answer = confirmed.wait(max(0.001, until - monotonic()))
        except broker.LOST as error:
            raise unavailable(f"the broker went away: {error!r}") from error
        finally:
            waiting.pop(tag, None)
        if answer is not True:
            raise unavailable("the broker did not confirm a message")

    def _up(self, channel: Any) -> None:
        super()._up(channel)
        self._sent = 0
        channel.confirm_select()
        channel.events["basic_ack"].add(self._answered(True))
        channel.events["basic_nack"].add(self._answered(False))

    def _down(self) -> None:
        lost, self._waiting = self._waiting, {}
        for event in lost.values():
            _tell(event, False)

    def _answered(self, good: bool) -> Callable[[int, bool], None]:
        def on_answer(tag: int, multiple: bool) -> None:
            tags = [known for known in self._waiting if known <= tag] if multiple else [tag]
            for each in tags:
                if each in self._waiting:
                    _tell(self._waiting[each], good)

        return on_answer


def unavailable(message: str, retry_after: int = 1) -> Unavailable:
    """The error for a caller who may come again in `retry_after` seconds."""
    return Unavailable(message, {"retry_after": retry_after})


def _tell(event: Event, answer: bool) -> None:
    if not event.ready():
        event.send(answer)
