"""Every instance says every few seconds what it is and how it does. Who listens is in heartbeats.py."""

from __future__ import annotations

import os
import random
import socket
from collections.abc import Callable
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import eventlet
import orjson
import structlog
from amqp.exceptions import NotFound
from kombu import Exchange
from nameko.extensions import DependencyProvider, SharedExtension

from netraven_chassis.bus import connection as broker
from netraven_chassis.bus import settings, wire
from netraven_chassis.bus.stats import Stats
from netraven_chassis.clock import now_ms

log = structlog.get_logger(__name__)

EXCHANGE = "netraven.heartbeats"
EVERY_SECONDS = 5.0
# A beat that the broker does not take within this is not said.
PATIENCE_SECONDS = 4.0
# After an outage so many beats follow soon upon each other: whoever listens finds the broker a moment later.
SOON_SECONDS = 1.0
BEATS_SOON = 8
# Longer than the pause between two beats: they are what keeps this connection in use.
CONNECTION_HEARTBEAT_SECONDS = 30.0

UP, STOPPED = "up", "stopped"


class Beat(SharedExtension):
    """The heartbeat of a container. Extensions declare it to add what they know: `beat.add("lag", self.lag)`.

    A beat is {"service", "instance", "state" ("up", or "stopped" in the last one), "version", "pid", "host",
    "started_at", "at" (UTC milliseconds), "busy", "capacity", "handled", "failed", "p50_ms", "p99_ms",
    "queue_depth" (requests waiting, None without a queue)} and whatever was added.
    """

    stats = Stats()

    def __init__(self) -> None:
        self._extra: dict[str, Callable[[], Any]] = {}
        self._connection: Any = None
        self._channel: Any = None
        self._queue: str | None = None
        self._told = True
        self._missing: set[str] = set()
        super().__init__()

    def add(self, name: str, value: Callable[[], Any]) -> None:
        """Let every beat carry `name`: value(), which must be JSON-able and quick."""
        self._extra[name] = value

    def watch(self, queue: str) -> None:
        """Let every beat carry how many messages wait in this queue."""
        self._queue = queue

    def setup(self) -> None:
        """Find out what never changes."""
        self._uri = settings.amqp_uri()
        service = self.container.service_name
        host, pid = socket.gethostname(), os.getpid()
        self._fixed = {
            "service": service,
            "instance": f"{service}@{host}:{pid}",
            "version": _version(self.container.service_cls),
            "pid": pid,
            "host": host,
            "started_at": now_ms(),
            "capacity": self.container.max_workers,
        }

    def start(self) -> None:
        """Begin to beat."""
        self._thread = self.container.spawn_managed_thread(self._run)

    def stop(self) -> None:
        """Say goodbye."""
        self._thread.kill()
        self._beat(STOPPED)
        self._disconnect()

    def kill(self) -> None:
        """Fall silent."""
        self._disconnect()

    def snapshot(self, state: str = UP) -> dict[str, Any]:
        """What a beat says now, without the depth of the queue."""
        beat = {**self._fixed, "state": state, "at": now_ms(), **self.stats.counts.snapshot()}
        beat["busy"] = self.container._worker_pool.running()
        for name, value in self._extra.items():
            try:
                beat[name] = value()
                self._missing.discard(name)
            except Exception:
                if name not in self._missing:
                    log.exception("a figure for the heartbeat cannot be had", figure=name)
                self._missing.add(name)
        return beat

    def _run(self) -> None:
        pace = Pace()
        while True:
            eventlet.sleep(pace.after(self._beat(UP)))

    def _beat(self, state: str) -> bool:
        """Whether the broker took it."""
        try:
            with eventlet.Timeout(PATIENCE_SECONDS, TimeoutError("the broker did not take it in time")):
                self._say(self.snapshot(state))
            self._told = True
        except Exception as error:
            if self._told:
                log.warning("no heartbeat", service=self._fixed["service"], error=repr(error))
            self._told = False
            self._disconnect()
        return self._told

    def _say(self, beat: dict[str, Any]) -> None:
        if self._connection is None:
            self._connection = broker.connect(self._uri, CONNECTION_HEARTBEAT_SECONDS)
            self._channel = self._connection.channel()
        channel = self._channel
        # asked each time: the answer shows that the broker is there
        Exchange(EXCHANGE, type="fanout", durable=True)(channel).declare()
        body = orjson.dumps({**beat, "queue_depth": self._depth(channel)})
        channel.publish(body, {"content_type": wire.JSON, "delivery_mode": wire.NON_PERSISTENT}, EXCHANGE, "")
        self._connection.heartbeat_check()

    def _depth(self, channel: Any) -> int | None:
        if self._queue is None:
            return None
        with suppress(NotFound):
            return int(channel.queue_declare(self._queue, passive=True).message_count)
        return None

    def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(*broker.LOST), eventlet.Timeout(1.0, OSError("closing took too long")):
                connection.release()


class Pace:
    """How long to wait after each beat: less while the broker is away, and until its listeners are back."""

    def __init__(self) -> None:
        self._pauses = broker.pauses()
        self._soon = 0

    def after(self, said: bool) -> float:
        """Seconds until the next beat, after one that the broker took or did not take."""
        if not said:
            self._soon = BEATS_SOON
            return min(next(self._pauses), EVERY_SECONDS)
        self._pauses = broker.pauses()
        if not self._soon:
            return EVERY_SECONDS
        self._soon -= 1
        return min(SOON_SECONDS * random.uniform(0.5, 1.0), EVERY_SECONDS)  # noqa: S311 - spreads load alone


class Heartbeat(DependencyProvider):
    """Gives a service without @rpc methods a heartbeat; with them it has one already."""

    beat = Beat()

    def get_dependency(self, worker_ctx: Any) -> Beat:
        """The container's beat, for its snapshot."""
        return self.beat


def _version(service: type) -> str:
    with suppress(PackageNotFoundError):
        return version(service.__module__.partition(".")[0].replace("_", "-"))
    return "unknown"
