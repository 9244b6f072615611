"""The monitor's rounds as a Nameko dependency: starts, paces and ends them. What they do is patrol.py's."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar

import eventlet
import structlog
from bson import ObjectId
from nameko.extensions import DependencyProvider

from netraven_chassis import mongo, settings
from netraven_chassis.bound import BoundStore
from netraven_chassis.bus.client import Call, SharedCaller
from netraven_chassis.bus.heartbeat import Beat
from netraven_chassis.clock import SystemClock
from netraven_chassis.eventlog.commit import Context
from netraven_chassis.faults import infrastructure
from netraven_chassis.feed import Feed
from netraven_chassis.ids import new_id
from netraven_chassis.rounds import Rounds, finish
from netraven_chassis.store import Store
from netraven_monitor.engine import Engine
from netraven_monitor.lapse import Marks
from netraven_monitor.monitoring import Monitoring
from netraven_monitor.patrol import Patrol
from netraven_monitor.record import Pulse, Recorder
from netraven_monitor.roster import Remembered, stand_of
from netraven_monitor.samples import Samples
from netraven_monitor.shards import IDLE, Pool, Shards
from netraven_monitor.sweep import Plan, Sweeper
from netraven_monitor.verdict import Rules
from netraven_monitor.watch import WATCH, RecordVerdict

log = structlog.get_logger(__name__)

T = TypeVar("T")
Pace = tuple[Callable[[], None], float]
"""A step, and the seconds between two of them."""

TICK_SECONDS = 0.1
STAND_SECONDS = 1.0  # that a change of the fleet may wait for, a quarter of the interval at most
WRITE_SECONDS = 0.2  # between two batches: what comes meanwhile goes together
RENEW_SECONDS = 3.0
WELCOME_SECONDS = 1.0
STOP_SECONDS = 2.0
ACTOR = {"id": "monitor", "name": "monitor"}
OFF = "PING_ENABLED is off"


def plan_of(chosen: settings.Settings) -> Plan:
    """How to ask, by the settings."""
    return Plan(
        attempts=chosen.ping_attempts,
        timeout=chosen.ping_timeout_ms / 1000,
        rate=float(chosen.ping_rate_per_second),
        rules=Rules(chosen.ping_misses_down, chosen.ping_answers_up),
    )


class Poller(DependencyProvider):
    """Runs the background rounds of a monitor, and gives workers a Monitoring."""

    shared = SharedCaller()
    beat = Beat()

    def __init__(self) -> None:
        self._patrol: Patrol | None = None
        self._rounds: list[Rounds] = []

    def setup(self) -> None:
        """Prepare the collections and try the socket. Raises pymongo's errors when the database is away."""
        self._settings = settings.current()
        self._plan = plan_of(self._settings)
        self._database = mongo.database(self.container.service_name)
        self._engine = Engine()
        self._samples = Samples(self._database, self._settings.ping_sample_retention_days)
        self._samples.prepare()
        self._told: Call | None = None
        self._reason = self._engine.unable()
        self.beat.add("ping_enabled", lambda: self.state()["ping_enabled"])
        self.beat.add("ping_reason", lambda: self.state()["reason"])

    def start(self) -> None:
        """Begin the rounds; where pinging is switched off only those that say what nobody looks at."""
        patrol = self._patrol = self._make_patrol()
        if not self._settings.ping_enabled:
            log.info("pinging is off", reason=OFF)
            self._begin(self._watching(patrol))
            return
        if self._reason:
            log.error("pinging is off", reason=self._reason)
        patrol.reason = self._reason
        self._provider(Feed).subscribe("devices", patrol.newcomers.hear)
        self._begin({**self._looking(patrol), **self._watching(patrol)})

    def _looking(self, patrol: Patrol) -> dict[str, Pace]:
        return {
            "tick": (patrol.tick, TICK_SECONDS),
            "write": (patrol.write, WRITE_SECONDS),
            "welcome": (patrol.welcome, WELCOME_SECONDS),
        }

    def _watching(self, patrol: Patrol) -> dict[str, Pace]:
        return {
            "renew": (patrol.renew, RENEW_SECONDS),
            "watch": (patrol.watch, max(1.0, self._settings.ping_interval_seconds)),
        }

    def _begin(self, rounds: Mapping[str, Pace]) -> None:
        for name, (step, pause) in rounds.items():
            going = Rounds(f"patrol {name}", step, pause, spread=0.0, endure=True)
            going.start(self.container.spawn_managed_thread)
            self._rounds.append(going)

    def stop(self) -> None:
        """End the rounds: what was found is written down, and others may have our shards at once."""
        rounds, self._rounds = self._rounds, []
        if self._patrol is None or not rounds:
            return
        finish(*rounds, within=STOP_SECONDS)
        try:
            with eventlet.Timeout(STOP_SECONDS):
                self._patrol.stop()
        except eventlet.Timeout:
            log.warning("the rounds did not end in time; the shards are held until they expire")
        except Exception as error:
            if not infrastructure(error):
                raise
            log.warning("the shards are held until they expire", error=repr(error))

    def kill(self) -> None:
        """Nothing to save: leases expire, and what was not written is looked at again."""
        for each in self._rounds:
            each.stop()

    def get_dependency(self, worker_ctx: Any) -> Monitoring:
        """What a worker gets."""
        return Monitoring(self._engine, self._plan, self._samples, self.state)

    def state(self) -> dict[str, Any]:
        """{"ping_enabled": bool, "reason": why not, or None}."""
        if not self._settings.ping_enabled:
            return {"ping_enabled": False, "reason": OFF}
        reason = self._patrol.reason if self._patrol else self._reason
        return {"ping_enabled": reason is None, "reason": reason}

    def _make_patrol(self) -> Patrol:
        interval_ms = int(self._settings.ping_interval_seconds * 1000)
        chosen = self._settings
        pool = Pool(chosen.ping_locations) if chosen.ping_enabled else IDLE
        shards = Shards(self._database, new_id(), pool)
        shards.prepare()
        marks = Marks(self._database)
        recorder = Recorder(self._handle, self._pulse, self._samples, marks, shards.pool.key, interval_ms)
        sweeper = Sweeper(self._engine, self._plan, partial(eventlet.sleep, 0))
        store = self._provider(Store)
        view = partial(store.core.generations.collection, "targets")
        stand = Remembered(partial(stand_of, store.core), min(STAND_SECONDS, interval_ms / 4000))
        return Patrol(view, stand, sweeper, shards, marks, recorder, SystemClock(), interval_ms)

    def _provider(self, kind: type[T]) -> T:
        return next(each for each in self.container.dependencies if isinstance(each, kind))

    def _handle(self, verdicts: Sequence[RecordVerdict]) -> Sequence[Any]:
        context = Context(actor=ACTOR, command_id=str(ObjectId()))
        bound = BoundStore(self._provider(Store).core, context)
        return bound.handle_many([(WATCH, verdict.device_id, verdict) for verdict in verdicts])

    def _pulse(self, pulses: list[Pulse]) -> None:
        """Tell the devices service, and hear meanwhile how the telling before went: raises what came of
        that.
        """
        before, self._told = self._told, None
        try:
            if before is not None:
                before.result()
        finally:
            client = self.shared.client("devices")
            self._told = client.call_async("pulse", samples=pulses, through=None)
