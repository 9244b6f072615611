"""Takes messages from queues, whatever happens to the broker. What they mean is the callback's affair.

A message that the callback chokes on is rejected and logged, a connection lost at an acknowledgement is the
broker's matter (it will deliver again), and a stop lets what has begun finish.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import eventlet
import structlog
from eventlet.event import Event
from kombu import Queue

from netraven_chassis.bus import connection as broker
from netraven_chassis.bus.link import START_DEADLINE_SECONDS, BusNotReady, Link, Spawn
from netraven_chassis.bus.message import Message

__all__ = ["BusNotReady", "Consumer", "Message"]

log = structlog.get_logger(__name__)

OnMessage = Callable[[bytes, Message], None]


class Consumer:
    """Consumes `queues` over a connection of its own and calls `on_message(body, message)` for each message.

    The callback runs in the greenthread that reads the socket: it must not block (see Subscription for one
    that may), and it, or whoever it hands the message to, settles it with ack, reject or requeue.

    Parameters: `queues`, kombu Queues, declared and bound again after every connection (a Queue without a
    name is named by the broker each time); `prefetch`, how many messages may be unsettled (0: any number);
    `no_ack`, the broker forgets a message when it sends it; `heartbeat` in seconds; `on_connected(channel)`
    runs after every connection in the reading greenthread, when the queues are bound and before their first
    message; `on_lost()` after every loss.
    """

    def __init__(
        self,
        uri: str,
        queues: Sequence[Queue],
        on_message: OnMessage,
        *,
        prefetch: int = 10,
        no_ack: bool = False,
        heartbeat: float = broker.HEARTBEAT_SECONDS,
        on_connected: Callable[[Any], None] = lambda _channel: None,
        on_lost: Callable[[], None] = lambda: None,
    ) -> None:
        name = "queue " + ", ".join(queue.name or f"of {queue.exchange.name}" for queue in queues)
        self.link = Link(uri, name, self._up, self._down, heartbeat)
        self._queues = queues
        self._on_message = on_message
        self._prefetch = prefetch
        self._no_ack = no_ack
        self._on_connected = on_connected
        self._on_lost = on_lost
        self._tags: list[str] = []
        self.queue_names: list[str] = []  # as the broker knows them
        self._unsettled: set[Message] = set()
        self._idle: Event | None = None
        self._stopping = False

    def start(self, spawn: Spawn = eventlet.spawn, deadline: float = START_DEADLINE_SECONDS) -> None:
        """Begin consuming in a greenthread made by `spawn` (a container's spawn_managed_thread will do).

        Returns when messages flow. Raises BusNotReady, naming the queue, when that takes over `deadline`
        seconds or when a queue exists with other arguments.
        """
        self.link.open(spawn)
        try:
            self.link.require(deadline)
        except BusNotReady:
            self.link.close()
            raise

    def cancel(self) -> None:
        """Take no more messages; those already taken can still be settled."""
        self._stopping = True
        self._cancel_at(self.link.channel)

    def stop(self, drain: float = 5.0) -> None:
        """Take no more messages, wait up to `drain` seconds until those taken are settled, and disconnect.

        What is unsettled even then goes back to its queue.
        """
        self.cancel()
        if self._unsettled and self.link.channel is not None:
            self._idle = Event()
            self._idle.wait(drain)
        self.link.close()

    def ack(self, message: Message) -> None:
        """The message is done with. Never raises: a lost connection means that it will come again."""
        self._settle(message, "acknowledge")

    def reject(self, message: Message) -> None:
        """Nobody shall get this message again. Never raises."""
        self._settle(message, "basic_reject", False)

    def requeue(self, message: Message) -> None:
        """Somebody else shall get this message. Never raises."""
        self._settle(message, "basic_reject", True)

    def settled(self, message: Message) -> None:
        """The message was settled by other means, such as Channel.answer."""
        self._unsettled.discard(message)
        if self._idle is not None and not self._unsettled:
            self._finish_idling()

    def _up(self, channel: Any) -> None:
        self._unsettled.clear()
        channel.basic_qos(0, self._prefetch, False)
        self.queue_names = [self._declare(channel, queue) for queue in self._queues]
        # whoever looks now for what was missed misses nothing: what is said from here on waits in the queues
        self._on_connected(channel)
        self._tags = [] if self._stopping else [self._consume(channel, name) for name in self.queue_names]
        if self._stopping:
            # the callback may have stopped us at the first message, when we did not know our names yet
            self._cancel_at(channel)

    def _declare(self, channel: Any, queue: Queue) -> str:
        bound = queue(channel)
        bound.declare()
        return str(bound.name)

    def _consume(self, channel: Any, queue: str) -> str:
        return str(channel.basic_consume(queue, no_ack=self._no_ack, callback=self._deliver))

    def _down(self) -> None:
        self._unsettled.clear()
        self._finish_idling()
        self._on_lost()

    def _deliver(self, message: Message) -> None:
        if not self._no_ack:
            self._unsettled.add(message)
        if self._stopping:
            self.requeue(message)
            return
        try:
            self._on_message(message.body or b"", message)
        except Exception:
            log.exception("a message could not be handled and is dropped", consumer=self.link.name)
            self.reject(message)

    def _settle(self, message: Message, command: str, *details: Any) -> None:
        if self._no_ack:
            return
        self._tell(message.channel, command, message.delivery_tag, *details)
        self.settled(message)

    def _finish_idling(self) -> None:
        if self._idle is not None and not self._idle.ready():
            self._idle.send()

    def _cancel_at(self, channel: Any) -> None:
        for tag in self._tags:
            self._tell(channel, "cancel_without_waiting", tag)

    def _tell(self, channel: Any, command: str, *details: Any) -> None:
        if channel is None:
            return
        try:
            getattr(channel, command)(*details)
        except broker.LOST as error:
            log.info(
                "the broker left before it heard", consumer=self.link.name, command=command, error=repr(error)
            )
