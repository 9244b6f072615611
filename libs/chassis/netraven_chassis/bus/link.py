"""One connection with one channel that is kept alive: set up, read, watched, and made anew after a loss.

Every consumer, publisher and caller has its own. A single greenthread reads the socket; whatever waits for
the broker's answer happens in it, inside `on_up`. No queue names, no message formats.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Mapping
from contextlib import suppress
from time import monotonic
from typing import Any, Protocol

import eventlet
import structlog
from amqp.exceptions import PreconditionFailed
from eventlet.event import Event
from greenlet import GreenletExit

from netraven_chassis.bus import connection as broker
from netraven_chassis.bus.message import Message

log = structlog.get_logger(__name__)

START_DEADLINE_SECONDS = 10.0
CLOSE_SECONDS = 1.0
IDLE_SECONDS = 60.0

Spawn = Callable[[Callable[[], None]], Any]


class BusNotReady(RuntimeError):
    """The broker did not do in time, or never will, what a start needs; the text says which queue and why."""


class Channel(Protocol):
    """What both transports' channels do beyond kombu's own interface."""

    events: Any

    def publish(
        self,
        body: bytes,
        properties: Mapping[str, Any],
        exchange: str,
        routing_key: str,
        mandatory: bool = False,
    ) -> None:
        """Hand one message over without waiting."""

    def answer(self, message: Message, body: bytes, properties: Mapping[str, Any]) -> None:
        """Publish the answer to a request and acknowledge the request."""

    def acknowledge(self, delivery_tag: int) -> None:
        """Say that one message is done with."""

    def cancel_without_waiting(self, consumer_tag: str) -> None:
        """Ask for no more messages."""

    def basic_consume(self, queue: str, **options: Any) -> str:
        """Ask for a queue's messages; the consumer's tag."""

    def basic_qos(self, prefetch_size: int, prefetch_count: int, a_global: bool) -> Any:
        """How many messages may be on their way unsettled."""

    def basic_reject(self, delivery_tag: int, requeue: bool) -> Any:
        """Give one message back, or drop it."""

    def confirm_select(self) -> Any:
        """Ask for a confirmation of every message from now on."""


class Link:
    """Keeps one channel open to `uri`.

    Parameters: `name` for logs and errors; `on_up(channel)` runs in the reading greenthread after every
    connection, may wait for the broker and must declare what is needed; `on_down()` runs after every loss.
    """

    def __init__(
        self,
        uri: str,
        name: str,
        on_up: Callable[[Any], None],
        on_down: Callable[[], None] = lambda: None,
        heartbeat: float = broker.HEARTBEAT_SECONDS,
    ) -> None:
        self.uri = uri
        self.name = name
        self.channel: Any = None  # None while the broker is away
        self.blocked = False  # the broker is short of memory or disk and takes nothing
        self._on_up = on_up
        self._on_down = on_down
        self._heartbeat = heartbeat
        self._reader: Any = None
        self._closing = False
        self._up = Event()
        self._last_error: Exception | None = None

    def open(self, spawn: Spawn) -> None:
        """Begin connecting in a greenthread made by `spawn`; returns at once."""
        self._reader = spawn(self._run)

    def wait_until_up(self, timeout: float) -> bool:
        """Whether the channel is open, waiting up to `timeout` seconds for it."""
        if self.channel is None and timeout > 0:
            self._up.wait(timeout)
        return self.channel is not None

    def require(self, deadline: float = START_DEADLINE_SECONDS) -> None:
        """Wait for the first connection.

        Raises BusNotReady after `deadline` seconds, or at once when what is to be declared contradicts what
        exists.
        """
        until = monotonic() + deadline
        while not self.wait_until_up(min(0.1, max(0.0, until - monotonic()))):
            if isinstance(self._last_error, PreconditionFailed):
                raise BusNotReady(f"{self._where()}: exists with other arguments: {self._last_error}")
            if monotonic() >= until:
                raise BusNotReady(f"{self._where()}: not ready within {deadline:g} s: {self._last_error!r}")

    def close(self) -> None:
        """End the connection, after what was published before. Returns when it is closed, within seconds."""
        self._closing = True
        reader, self._reader = self._reader, None
        if reader is not None:
            reader.kill()
            with suppress(GreenletExit), eventlet.Timeout(CLOSE_SECONDS * 2, False):
                reader.wait()

    def _where(self) -> str:
        return f"{self.name} at {broker.without_password(self.uri)}"

    def _run(self) -> None:
        pauses = broker.pauses()
        while not self._closing:
            try:
                self._live()
            except Exception as error:
                self._note(error)
            if self._up.ready():
                pauses = broker.pauses()
                self._up = Event()
            if not self._closing:
                eventlet.sleep(next(pauses))

    def _live(self) -> None:
        """One connection from its opening to its end."""
        connection = broker.connect(self.uri, self._heartbeat)
        try:
            raw = connection.connection
            raw.on_blocked, raw.on_unblocked = self._block, self._unblock
            channel = connection.channel()
            self._on_up(channel)
            self.channel, self.blocked, self._last_error = channel, False, None
            self._up.send(True)
            raw.stay()
            self._read(connection, raw)
        finally:
            self._drop(connection)

    def _read(self, connection: Any, raw: Any) -> None:
        # without heartbeats nothing is to be looked after
        interval = max(raw.heartbeat / 4, 0.1) if raw.heartbeat else IDLE_SECONDS
        next_check = monotonic() + interval
        while not self._closing:
            with suppress(socket.timeout):
                raw.drain_events(timeout=interval)
            if monotonic() >= next_check:
                # also under steady traffic: a connection that only receives must still say that it is there
                connection.heartbeat_check()
                next_check = monotonic() + interval

    def _drop(self, connection: Any) -> None:
        was_up, self.channel = self.channel is not None, None
        with suppress(*broker.LOST), eventlet.Timeout(CLOSE_SECONDS, OSError("closing took too long")):
            connection.release() if self._closing else connection.collect(CLOSE_SECONDS)
        if was_up:
            self._on_down()

    def _note(self, error: Exception) -> None:
        expected = isinstance(error, broker.LOST)
        if type(error) is not type(self._last_error) or not expected:
            log.warning(
                "lost the broker" if self._up.ready() else "cannot reach the broker",
                link=self.name,
                broker=broker.without_password(self.uri),
                error=repr(error),
                exc_info=not expected,
            )
        self._last_error = error

    def _block(self, reason: str) -> None:
        self.blocked = True
        log.warning(
            "the broker is short of memory or disk and takes no messages", link=self.name, reason=reason
        )

    def _unblock(self) -> None:
        self.blocked = False
        log.info("the broker takes messages again", link=self.name)
