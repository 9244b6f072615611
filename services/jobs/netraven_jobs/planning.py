"""The planner as a Nameko dependency: makes what it works with, goes its rounds under a lease, and gives
workers what they need of it. What the rounds do is planner.py's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from time import monotonic
from typing import Any, TypeVar

import eventlet
import structlog
from eventlet.event import Event
from nameko import config
from nameko.extensions import DependencyProvider

from netraven_chassis import mongo, settings
from netraven_chassis.bound import BoundStore
from netraven_chassis.bus.client import SharedCaller
from netraven_chassis.clock import SystemClock
from netraven_chassis.eventlog.commit import Context
from netraven_chassis.faults import infrastructure
from netraven_chassis.ids import new_id
from netraven_chassis.lease import Lease
from netraven_chassis.store import Store
from netraven_jobs.dispatch import TaskPublisher
from netraven_jobs.feeding import Feeder
from netraven_jobs.lines import JobLog
from netraven_jobs.planner import Desk, Planner
from netraven_jobs.recovery import Recovery
from netraven_jobs.settle import Settler
from netraven_jobs.tasks import Tasks

log = structlog.get_logger(__name__)

T = TypeVar("T")

ACTOR = {"id": "jobs", "name": "jobs"}
TURN_SECONDS = 1.0
RARELY = 3  # turns between two looks for what was left behind
LEASE_MS = 6_000
STOP_SECONDS = 2.0
CALL_SECONDS = 8.0


@dataclass(frozen=True, slots=True)
class Planning:
    """What a call works with: the tasks, the settler, and `wake`, which lets the planner look at once."""

    tasks: Tasks
    settler: Settler
    wake: Callable[[], None]


class Plans(DependencyProvider):
    """Runs the planner of this instance, and gives workers a Planning."""

    shared = SharedCaller()

    def setup(self) -> None:
        """Prepare the tasks. Raises pymongo's errors when the database is away."""
        self._database = mongo.database("jobs")
        self._tasks = Tasks(self._database)
        self._tasks.prepare()
        self._publisher = TaskPublisher(str(config["AMQP_URI"]))
        self._lease = Lease(self._database["leases"], "planner", new_id(), LEASE_MS)
        self._stopped, self._awake = Event(), Event()
        self._rounds: list[Any] = []
        self._epoch, self._held_until = 0, 0.0

    def start(self) -> None:
        """Begin the rounds."""
        self._publisher.start(self.container.spawn_managed_thread)
        lines, clock = self._provider(JobLog).writer, SystemClock()
        self._settler = Settler(self._bind, self._tasks, lines)
        site_limit = settings.current().site_limit
        desk = Desk(
            self._bind,
            self._tasks,
            self._settler,
            Feeder(self._tasks, self._publisher, clock, site_limit),
            Recovery(self._tasks, self._settler, lines, clock),
            lines,
            partial(self.shared.client, "devices", CALL_SECONDS, {"actor": ACTOR}),
            clock,
        )
        self._planner = Planner(desk)
        self._rounds = [
            self.container.spawn_managed_thread(step, identifier=f"planner {name}")
            for name, step in (("lease", self._keep), ("rounds", self._go), ("beginnings", self._begin))
        ]

    def stop(self) -> None:
        """End the rounds; another instance may plan at once."""
        if self._stopped.ready() or not self._rounds:
            return
        self._stopped.send(None)
        self._wake()
        with eventlet.Timeout(STOP_SECONDS, False):
            for going in self._rounds:
                going.wait()
        for going in self._rounds:
            going.kill()
        self._publisher.stop()
        try:
            self._lease.release()
        except Exception as error:
            if not infrastructure(error):
                raise
            log.info("the planner's lease is held until it expires", error=repr(error))

    def kill(self) -> None:
        """Nothing to save: the lease expires."""
        if not self._stopped.ready():
            self._stopped.send(None)

    def get_dependency(self, worker_ctx: Any) -> Planning:
        """What a worker gets."""
        return Planning(self._tasks, self._settler, self._wake)

    def _keep(self) -> None:
        """Take the planner's lease when it is free, and keep it, whatever the rounds are doing."""
        while not self._stopped.ready():
            asked = monotonic()
            if self._guarded(self._lease.hold):
                self._held_until = asked + LEASE_MS / 1000
                if self._epoch != self._lease.epoch:
                    self._epoch = self._lease.epoch
                    self._wake()
            self._stopped.wait(LEASE_MS / 3000)

    @property
    def _ours(self) -> bool:
        return monotonic() < self._held_until and not self._stopped.ready()

    def _go(self) -> None:
        epoch, turns = 0, 0
        while not self._stopped.ready():
            awake = self._awake
            if self._ours:
                if self._epoch != epoch:
                    epoch, turns = self._epoch, 0
                    self._guarded(self._planner.taken_over)
                self._planner.turn()
                if turns % RARELY == 0:
                    self._planner.look_after()
                turns += 1
            awake.wait(TURN_SECONDS)

    def _begin(self) -> None:
        while not self._stopped.ready():
            awake = self._awake
            if self._ours:
                self._planner.begin()
            awake.wait(TURN_SECONDS)

    def _guarded(self, step: Callable[[], Any]) -> Any:
        try:
            return step()
        except Exception as error:
            if not infrastructure(error):
                log.exception("the planner failed")
            return None

    def _wake(self) -> None:
        awake, self._awake = self._awake, Event()
        awake.send(None)

    def _bind(self, command_id: str) -> BoundStore:
        context = Context(actor=ACTOR, command_id=command_id)
        return BoundStore(self._provider(Store).core, context)

    def _provider(self, kind: type[T]) -> T:
        return next(each for each in self.container.dependencies if isinstance(each, kind))
