"""Who is there: hears the heartbeats of all instances and remembers them for a while. Publishes nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic
from typing import Any

import orjson
import structlog
from nameko.extensions import DependencyProvider

from netraven_chassis.bus import settings
from netraven_chassis.bus.heartbeat import EXCHANGE, STOPPED
from netraven_chassis.bus.message import Message
from netraven_chassis.bus.subscription import Subscription

log = structlog.get_logger(__name__)

FORGOTTEN_AFTER_SECONDS = 15.0
REMEMBERED_SECONDS = 3600.0
MOST = 1000


@dataclass(slots=True)
class _Heard:
    beat: dict[str, Any]
    when: float


class Collector:
    """The latest beat of each instance. `now` gives seconds on a clock that never goes back."""

    def __init__(self, now: Callable[[], float] = monotonic) -> None:
        self._now = now
        self._heard: dict[str, _Heard] = {}

    def hear(self, body: bytes) -> None:
        """Take one beat; anything else is logged and ignored."""
        try:
            beat = orjson.loads(body)
            instance = str(beat["instance"])
        except (ValueError, KeyError, TypeError) as error:
            log.warning("a heartbeat could not be read", error=repr(error))
            return
        self._heard.pop(instance, None)
        self._heard[instance] = _Heard(beat, self._now())
        self._forget()

    def present(self) -> list[dict[str, Any]]:
        """The beats of who is there now, by service and instance."""
        return self._those(lambda heard: self._is_there(heard))

    def gone(self) -> list[dict[str, Any]]:
        """The last beats of who was there within the hour and is no more; "state" tells who said goodbye."""
        self._forget()
        return self._those(lambda heard: not self._is_there(heard))

    def _those(self, wanted: Callable[[_Heard], bool]) -> list[dict[str, Any]]:
        beats = [heard.beat for heard in self._heard.values() if wanted(heard)]
        return sorted(beats, key=lambda beat: (str(beat.get("service")), str(beat["instance"])))

    def _is_there(self, heard: _Heard) -> bool:
        return heard.beat.get("state") != STOPPED and self._now() - heard.when <= FORGOTTEN_AFTER_SECONDS

    def _forget(self) -> None:
        # in the order in which they were heard: the oldest come first
        for instance, heard in list(self._heard.items()):
            if self._now() - heard.when <= REMEMBERED_SECONDS and len(self._heard) <= MOST:
                return
            del self._heard[instance]


class Heartbeats(DependencyProvider):
    """Gives workers the Collector of a process that hears everybody's beats."""

    def setup(self) -> None:
        """Prepare the subscription: a queue of this process alone."""
        self.collector = Collector()
        uri, beat = settings.amqp_uri(), settings.heartbeat()
        self._subscription = Subscription(uri, EXCHANGE, None, self._on_message, heartbeat=beat)

    def start(self) -> None:
        """Listen, now or as soon as the broker is there."""
        self._subscription.start(self.container.spawn_managed_thread, deadline=None)

    def stop(self) -> None:
        """Listen no more."""
        self._subscription.stop(drain=1.0)

    @property
    def connected(self) -> bool:
        """Whether the broker is there."""
        return self._subscription.connected

    def get_dependency(self, worker_ctx: Any) -> Collector:
        """What has been heard."""
        return self.collector

    def _on_message(self, body: bytes, _message: Message) -> None:
        self.collector.hear(body)
