"""The worker as a Nameko dependency: takes messages from the tasks' queue, keeps what it took, rings when it
has reported, and stops cleanly. What is done with a task stands in working.py.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import eventlet
import structlog
from eventlet.event import Event
from eventlet.semaphore import Semaphore
from nameko import config
from nameko.extensions import DependencyProvider

from netraven_chassis import mongo, sealing, settings
from netraven_chassis.backoff import Backoff
from netraven_chassis.bus import settings as bus_settings
from netraven_chassis.bus.client import SharedCaller
from netraven_chassis.bus.consumer import Consumer
from netraven_chassis.bus.heartbeat import Beat
from netraven_chassis.bus.message import Message
from netraven_chassis.bus.stats import Stats
from netraven_chassis.faults import infrastructure
from netraven_jobs import dispatch, system_log
from netraven_jobs.bell import Bell
from netraven_jobs.claims import Claims, renewed_every
from netraven_jobs.collector import Collector
from netraven_jobs.dispatch import TaskPublisher
from netraven_jobs.guard import Guard
from netraven_jobs.lines import Lines
from netraven_jobs.lockout import Limits
from netraven_jobs.log_writer import LogWriter
from netraven_jobs.logbook import LogBook
from netraven_jobs.roll import Roll
from netraven_jobs.session_context import Surroundings
from netraven_jobs.tasks import Tasks
from netraven_jobs.working import Work

log = structlog.get_logger(__name__)

ACTOR = {"id": "worker", "name": "worker"}
LOOK_SECONDS = 0.5
DOUBT = 0.7  # of a lease: what could not be kept for so long is lost, and has the rest of it to end
CALL_SECONDS = 60.0  # some calls are about a thousand devices
RING_SECONDS = 8.0
RING_PAUSE_SECONDS = 1.0  # while there is more in hand
AGAIN = 100  # tries while the database is away
LEAVE_SECONDS = 2.0  # for what is in hand to end by itself at a stop
END_SECONDS = 2.0  # for it to be given back after that


class Takes(DependencyProvider):
    """Runs a worker in this container; its service needs nothing else."""

    shared = SharedCaller()
    stats = Stats()
    beat = Beat()

    def __init__(self) -> None:
        self._stopped = Event()
        self._set_up = False

    def setup(self) -> None:
        """Prepare everything but the connections. Raises SettingsError, and pymongo's errors when the
        database is away.
        """
        chosen = self._settings = settings.current()
        self.name = f"{socket.gethostname()}:{os.getpid()}:{os.urandom(3).hex()}"
        database, uri = mongo.database("jobs"), str(config["AMQP_URI"])
        self._tasks = Tasks(database)
        self._tasks.prepare()
        self._roll = Roll(database)
        guard = Guard(database, Limits(chosen.lockout_attempts, chosen.lockout_window_seconds * 1000))
        guard.prepare()
        self._told = Lines(uri)
        book = LogBook(database, self._told.tell)
        book.prepare()
        self.lines = LogWriter(book, "worker")
        each = -(-chosen.worker_capacity // chosen.worker_processes)
        self._collector = Collector(chosen.worker_processes, each)
        self._publisher = TaskPublisher(uri)
        self._around = Surroundings(
            sealing.private_key(chosen), guard, self.lines, self._calls(), self._collector, database
        )
        self._consumer = Consumer(
            uri, [dispatch.queue(uri)], self._on_message, prefetch=chosen.worker_capacity,
            heartbeat=bus_settings.heartbeat(),
        )  # fmt: skip
        self._places = Semaphore(chosen.worker_capacity)
        self._make_work(chosen)
        self._set_up = True

    def _calls(self) -> Calls:
        return Calls(partial(self.shared.client, timeout=CALL_SECONDS, data={"actor": ACTOR}))

    def _make_work(self, chosen: settings.Settings) -> None:
        lease_ms = int(chosen.task_lease_seconds * 1000)
        claims = Claims(self._tasks, self.name, lease_ms, chosen.site_limit)
        self._bell = Bell(self._ring, RING_PAUSE_SECONDS)
        self._work = Work(
            claims,
            self._around,
            chosen.device_limit_seconds,
            self.stats.counts,
            self._reported,
            self._hand_on,
        )
        self.beat.add("busy", lambda: self._work.busy)
        self.beat.add("capacity", lambda: chosen.worker_capacity)
        self.beat.watch(dispatch.NAME)

    def start(self) -> None:
        """Begin to take tasks. Raises BusNotReady when the queue cannot be had in time."""
        spawn = self.container.spawn_managed_thread
        self._told.start(spawn)
        self.lines.start(spawn)
        self._publisher.start(spawn)
        for name, step in (("keep", self._keep), ("doubt", self._doubt), ("bell", self._bell.run)):
            spawn(step, identifier=f"worker {name}")
        self._consumer.start(spawn, bus_settings.start_deadline())
        capacity = self._settings.worker_capacity
        log.info("a worker takes tasks", worker=self.name, capacity=capacity)
        text = f"Worker {self.name} takes tasks, {capacity} at once"
        system_log.say(self.lines, text, worker=self.name, capacity=capacity)

    def stop(self) -> None:
        """Take nothing more, let what is in hand end for a moment, give the rest back, and disconnect."""
        if self._stopped.ready():
            return
        self._stopped.send(None)
        self._consumer.cancel()
        self._wait_idle(LEAVE_SECONDS)
        self._work.give_up()
        self._wait_idle(END_SECONDS)
        self._consumer.stop(drain=0.5)
        self._bell.stop()
        self._collector.stop()
        self._sign_off()
        system_log.say(
            self.lines, f"Worker {self.name} takes no more tasks: it was stopped", worker=self.name
        )
        self.lines.stop(timeout=1.0)
        self._told.stop()
        self._publisher.stop()

    def kill(self) -> None:
        """Nothing to save: what is in hand is begun anew by others when its lease is over."""
        if self._stopped.ready():
            return
        self._stopped.send(None)
        if self._set_up:  # a start that failed in the middle has not made them all
            self._consumer.stop(drain=0)
            self._collector.stop()

    def _wait_idle(self, seconds: float) -> None:
        with eventlet.Timeout(seconds, False):
            while self._work.busy:
                eventlet.sleep(0.05)

    # Messages.

    def _on_message(self, body: bytes, message: Message) -> None:
        try:
            asked = dispatch.read(body)
        except ValueError as error:
            log.warning("a message was refused", reason=str(error))
            self._consumer.reject(message)
            return
        eventlet.spawn(self._take, asked, message)

    def _take(self, asked: dispatch.Message, message: Message) -> None:
        """Do what a message asks for, in one of our places, and acknowledge it: also what could not be done,
        for the planner sees to it that it comes again.
        """
        with self._places:
            if self._stopped.ready():
                self._consumer.requeue(message)
                return
            done = self._patiently(asked)
        if done:
            self._consumer.ack(message)
        else:
            self._consumer.requeue(message)

    def _patiently(self, asked: dispatch.Message) -> bool:
        """Do what a message asks for; wait while the database is away. The message is not given back
        meanwhile: a quorum queue drops what comes back too often.
        """
        backoff = Backoff(first=0.5, most=5.0)
        for _ in range(AGAIN):
            try:
                self._work.do(asked)
                return True
            except Exception as error:
                if not infrastructure(error):
                    log.exception("tasks could not be done")
                    return True
                log.warning("tasks have to wait", error=repr(error))
            self._stopped.wait(backoff.after(0))
            if self._stopped.ready():
                break
        return False

    # What goes on beside.

    def _keep(self) -> None:
        every = renewed_every(self._settings.task_lease_seconds)
        since = every
        while not self._stopped.ready() or self._work.busy:
            try:
                since += LOOK_SECONDS
                if since >= every:
                    self._work.keep()
                    self._sign()
                    since = 0.0
                self._work.look()
                self._work.give_back_lost()
            except Exception as error:
                if not infrastructure(error):
                    log.exception("the tasks in hand cannot be looked after")
            eventlet.sleep(LOOK_SECONDS)

    def _doubt(self) -> None:
        """Apart from the keeping, which waits for a database that is away."""
        while not self._stopped.ready() or self._work.busy:
            self._work.doubt(self._settings.task_lease_seconds * DOUBT)
            eventlet.sleep(LOOK_SECONDS)

    def _sign(self) -> None:
        """Be known to be there, but for the last moments of a stop."""
        if not self._stopped.ready():
            self._roll.sign(self.name)

    def _sign_off(self) -> None:
        try:
            self._work.give_back_lost()
            self._roll.strike(self.name)
        except Exception as error:
            if not infrastructure(error):
                raise
            log.warning("this worker will be missed, though it was stopped", error=repr(error))

    def _reported(self, idents: Sequence[str]) -> None:
        self._bell.push(idents)
        if self._work.busy <= len(idents):
            self._bell.hurry()  # nothing else is in hand that would be told with them

    def _ring(self, idents: Sequence[str]) -> None:
        self.shared.client("jobs", RING_SECONDS, {"actor": ACTOR}).settle(task_ids=list(idents))

    def _hand_on(self, asked: dispatch.Message) -> None:
        if not self._publisher.put([asked]):
            log.info("a task has to wait for the planner", tasks=asked.tasks)

    def get_dependency(self, worker_ctx: Any) -> Work:
        """What this worker does."""
        return self._work


class Calls:
    """The services that a job type may call. Clients are made when they are used: before the start the caller
    has no connection.
    """

    def __init__(self, client: Callable[[str], Any]) -> None:
        self._client = client

    @property
    def monitor(self) -> Any:
        """A client of the monitor."""
        return self._client("monitor")

    @property
    def devices(self) -> Any:
        """A client of the devices service."""
        return self._client("devices")
