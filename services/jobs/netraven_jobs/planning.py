"""The planner as a Nameko dependency: makes what it works with, goes its rounds under a lease, and gives
workers what they need of it. What the rounds do is planner.py's.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from time import monotonic
from typing import Any, TypeVar

import structlog
from nameko import config
from nameko.extensions import DependencyProvider

from netraven_chassis import mongo, settings
from netraven_chassis.bound import BoundStore
from netraven_chassis.bus.client import SharedCaller
from netraven_chassis.clock import SystemClock
from netraven_chassis.eventlog.commit import Context
from netraven_chassis.faults import infrastructure
from netraven_chassis.ids import derive_id, new_id
from netraven_chassis.lease import Lease
from netraven_chassis.rounds import Rounds, finish
from netraven_chassis.store import Store
from netraven_jobs import last_words, system_log
from netraven_jobs.dispatch import TaskPublisher
from netraven_jobs.feeding import Feeder
from netraven_jobs.lines import JobLog
from netraven_jobs.planner import Desk, Planner
from netraven_jobs.recovery import Recovery, vigil_over
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

    def __init__(self) -> None:
        self._turning = _rounds("rounds", self._turn, TURN_SECONDS)
        self._beginning = _rounds("beginnings", self._begin, TURN_SECONDS)
        self._rounds = (_rounds("lease", self._keep, LEASE_MS / 3000), self._turning, self._beginning)
        self._started = False
        self._epoch, self._held_until = 0, 0.0
        self._turns_epoch, self._turns = 0, 0

    def setup(self) -> None:
        """Prepare the tasks. Raises pymongo's errors when the database is away."""
        self._database = mongo.database("jobs")
        self._tasks = Tasks(self._database)
        self._tasks.prepare()
        last_words.prepare(self._database)
        self._publisher = TaskPublisher(str(config["AMQP_URI"]))
        self._lease = Lease(self._database["leases"], "planner", new_id(), LEASE_MS)
        self._vigil = vigil_over(settings.current().task_lease_seconds, SystemClock())

    def start(self) -> None:
        """Begin the rounds."""
        self._publisher.start(self.container.spawn_managed_thread)
        lines, clock = self._provider(JobLog).writer, SystemClock()
        self._lines = lines
        self._settler = Settler(self._bind, self._tasks, lines)
        site_limit = settings.current().site_limit
        desk = Desk(
            self._bind,
            self._tasks,
            self._settler,
            Feeder(self._tasks, self._publisher, clock, site_limit),
            Recovery(self._tasks, self._settler, lines, clock, self._vigil),
            lines,
            partial(self.shared.client, "devices", CALL_SECONDS, {"actor": ACTOR}),
            clock,
        )
        self._planner = Planner(desk)
        for each in self._rounds:
            each.start(self.container.spawn_managed_thread)
        self._started = True

    def stop(self) -> None:
        """End the rounds; another instance may plan at once."""
        if not self._started:
            return
        self._started = False
        finish(*self._rounds, within=STOP_SECONDS)
        self._publisher.stop()
        try:
            self._lease.release()
        except Exception as error:
            if not infrastructure(error):
                raise
            log.info("the planner's lease is held until it expires", error=repr(error))

    def kill(self) -> None:
        """Nothing to save: the lease expires."""
        for each in self._rounds:
            each.stop()

    def get_dependency(self, worker_ctx: Any) -> Planning:
        """What a worker gets."""
        return Planning(self._tasks, self._settler, self._wake)

    def _keep(self) -> None:
        """Take the planner's lease when it is free, and keep it, whatever the rounds are doing."""
        asked = monotonic()
        # Also while another plans, and while a round takes long: who takes over has kept watch already.
        with self._vigil.look():
            held = self._lease.hold()
        if held:
            self._held_until = asked + LEASE_MS / 1000
            if self._epoch != self._lease.epoch:
                self._epoch = self._lease.epoch
                self._wake()

    @property
    def _ours(self) -> bool:
        return monotonic() < self._held_until and not self._turning.stopped

    def _turn(self) -> None:
        if not self._ours:
            return
        if self._epoch != self._turns_epoch:
            self._turns_epoch, self._turns = self._epoch, 0
            self._take_over()
        self._planner.turn()
        if self._turns % RARELY == 0:
            self._planner.look_after()
        self._turns += 1

    def _take_over(self) -> None:
        who = f"{socket.gethostname()}:{os.getpid()}"
        said = derive_id("planner", str(self._epoch))
        system_log.say(self._lines, f"{who} plans the jobs from now on", ident=said, instance=who)
        try:
            self._planner.taken_over()
        except Exception as error:
            # That keeps back no turn.
            if not infrastructure(error):
                log.exception("the planner failed")

    def _begin(self) -> None:
        if self._ours:
            self._planner.begin()

    def _wake(self) -> None:
        self._turning.wake()
        self._beginning.wake()

    def _bind(self, command_id: str) -> BoundStore:
        context = Context(actor=ACTOR, command_id=command_id)
        return BoundStore(self._provider(Store).core, context)

    def _provider(self, kind: type[T]) -> T:
        return next(each for each in self.container.dependencies if isinstance(each, kind))


def _rounds(name: str, step: Callable[[], None], seconds: float) -> Rounds:
    return Rounds(f"planner {name}", step, seconds, spread=0.0, endure=True)
