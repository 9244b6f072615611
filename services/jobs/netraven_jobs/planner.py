"""The planner's turns: what is due is started, what is started is dispatched, what got lost is found again.
No timers, no Nameko.

Only one instance of the service goes its rounds at a time, but nothing here relies on that: every step is a
compare-and-set, or a command whose id follows from what it is for. Two planners do no more than one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import structlog

from netraven_chassis.clock import Clock
from netraven_chassis.faults import infrastructure
from netraven_chassis.views import LIVE
from netraven_contracts.errors import Conflict
from netraven_jobs import targets
from netraven_jobs.calling_off import call_off
from netraven_jobs.feeding import Feeder
from netraven_jobs.job import ALL, CANCELLED, CANCELLING, JOB, QUEUED, RUNNING, Job, StartRun
from netraven_jobs.log_writer import LogWriter
from netraven_jobs.recovery import Recovery
from netraven_jobs.settle import Bind, Settler
from netraven_jobs.starting import Starts
from netraven_jobs.tasks import Tasks
from netraven_jobs.views import JOBS

log = structlog.get_logger(__name__)

AT_ONCE = 100  # things of a kind in one turn


@dataclass(frozen=True, slots=True)
class Desk:
    """What the planner works with. `devices` gives a client of the devices service."""

    bind: Bind
    tasks: Tasks
    settler: Settler
    feeder: Feeder
    recovery: Recovery
    lines: LogWriter
    devices: Callable[[], Any]
    clock: Clock


class Planner:
    """Goes its rounds when told to."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._starts = Starts(desk.bind, desk.lines)
        self._failing: set[str] = set()
        self._stuck: set[str] = set()

    def turn(self) -> None:
        """One round. A step that fails keeps back no other; what it left undone comes in the next round."""
        for name, step in (
            ("schedules", self.start_due),
            ("leases", self._desk.recovery.expired),
            ("dispatch", self.feed),
        ):
            self._attempt(name, step)

    def begin(self) -> None:
        """Begin what is queued: apart from the rounds, because that takes as long as a job has devices."""
        self._attempt("runs", self.start_runs)

    def look_after(self) -> None:
        """The rarer round: what should have been done by somebody else already."""
        for name, step in (
            ("reports", self._desk.recovery.unsettled),
            ("workers", self._desk.recovery.silent),
            ("cancelled", self.stop_cancelled),
            ("ends", self.close),
            ("started", self.make_up),
        ):
            self._attempt(name, step)

    def _attempt(self, name: str, step: Callable[[], None]) -> None:
        try:
            step()
        except Exception as error:
            if not infrastructure(error):
                log.exception("a step of the planner failed", step=name)
            elif name not in self._failing:
                log.warning("a step of the planner is left out for now", step=name, error=repr(error))
            self._failing.add(name)
        else:
            self._failing.discard(name)

    def _each(self, idents: Sequence[str], step: Callable[[str], None]) -> None:
        """Do the step for each; one that is at fault keeps back no other. Raises when a server is away."""
        for ident in idents:
            try:
                step(ident)
            except Exception as error:
                if infrastructure(error):
                    raise
                if ident not in self._stuck:
                    log.exception("the planner cannot go on with one", ident=ident)
                self._stuck.add(ident)

    # Schedules.

    def start_due(self) -> None:
        """Start the jobs of schedules that are due: of many missed moments, for the last one only."""
        now = self._desk.clock.now()
        self._each(self._starts.due(now, AT_ONCE), lambda ident: self._starts.start(ident, now))

    def make_up(self) -> None:
        """Start the jobs of moments that were taken up before a crash."""
        self._each(self._starts.taken_up(AT_ONCE), self._starts.go_on)

    # Runs.

    def start_runs(self) -> None:
        """Find out the devices of the jobs that are queued, make their tasks, and let them begin."""
        self._each(self._jobs(QUEUED), self._start_run)

    def _start_run(self, job_id: str) -> None:
        job: Job = self._desk.bind("look").load(JOB, job_id).state
        if job.status != QUEUED:
            return
        self._make_tasks(job_id, job)
        count = self._desk.tasks.of_run(job_id, job.run)
        try:
            self._desk.bind(f"run:{job_id}:{job.run}").handle(JOB, job_id, StartRun(job.run, count))
        except Conflict:
            self._give_up_run(job_id)
            return
        self._desk.lines.write(
            job_id, None, "info", f"Run {job.run} begins, {count} devices", run=job.run, devices=count
        )
        self._desk.feeder.feed(job_id)
        self._desk.settler.close(job_id)  # there may be nothing to do

    def _give_up_run(self, job_id: str) -> None:
        """Skip the tasks that were made for a run while it was cancelled, and let the job count them."""
        job: Job = self._desk.bind("look").load(JOB, job_id).state
        if job.status in (CANCELLING, CANCELLED):
            call_off(self._desk.tasks, self._desk.lines, job_id, job, self._desk.clock.now())
            self._desk.settler.close(job_id)

    def _make_tasks(self, job_id: str, job: Job) -> None:
        tasks, devices, now = self._desk.tasks, self._desk.devices(), self._desk.clock.now()
        if job.run > 1:
            there = targets.Inventory(devices)
            for wanted in tasks.to_repeat(job_id, job.run, all_of_them=job.only == ALL):
                tasks.repeat(job_id, job, wanted, there.named(wanted), now)
        if not job.counts.get("total"):
            for some in targets.of(devices, job.target):
                tasks.add(job_id, job, some, now)

    def stop_cancelled(self) -> None:
        """What a crash kept from being stopped and skipped."""
        for job_id in self._jobs(CANCELLING):
            job: Job = self._desk.bind("look").load(JOB, job_id).state
            if job.status == CANCELLING:
                call_off(self._desk.tasks, self._desk.lines, job_id, job, self._desk.clock.now())

    def close(self) -> None:
        """Finish jobs whose last task was settled without that."""
        self._each([*self._jobs(RUNNING), *self._jobs(CANCELLING)], self._desk.settler.close)

    # Dispatching.

    def feed(self) -> None:
        """Put tasks of the running jobs into the queue, a few of each, so that none waits behind another."""
        self._each(self._jobs(RUNNING), self._desk.feeder.feed)

    def taken_over(self) -> None:
        """The planner before us may have ended in the middle of dispatching."""
        for job_id in self._jobs(RUNNING):
            self._desk.feeder.again(job_id)

    def _jobs(self, status: str) -> list[str]:
        query = {**LIVE, "active": True, "status": status}
        found = self._view(JOBS).find(query, {"_id": 1}).sort("created_at", 1).limit(AT_ONCE * 10)
        return [str(row["_id"]) for row in found]

    def _view(self, name: str) -> Any:
        return self._desk.bind("look").collection(name)
