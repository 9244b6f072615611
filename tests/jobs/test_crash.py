"""What becomes of tasks whose worker or whose session's process has ended."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from typing import Any

import eventlet
import pytest

from lab.manners import GREETING, Manners
from netraven_chassis.bus.stats import Counts
from netraven_jobs import collector as collecting
from netraven_jobs.collector import Collector
from netraven_jobs.crash import FEW, Crash
from netraven_jobs.dispatch import Message
from netraven_jobs.guard import Guard
from netraven_jobs.lockout import Limits
from netraven_jobs.session_context import Surroundings
from netraven_jobs.working import Work
from tests.jobs.office import Office, device
from tests.jobs.sessions import LONG, Bench, connections
from tests.jobs.sessions import bench as bench
from tests.jobs.test_session_context import KEY, Vault, credential
from tests.patience import until


@pytest.mark.parametrize(
    ("crash", "crashes", "alone", "convicted", "isolated"),
    [
        (Crash(1, 0), 1, False, False, True),
        (Crash(FEW, 0), 1, False, False, True),
        (Crash(FEW + 1, 0), 1, False, False, False),
        (Crash(FEW + 1, 2), 2, False, False, True),
        (Crash(FEW + 1, 1), 2, False, True, True),
        (Crash(1, 1), 2, True, True, True),
        (Crash(1, 0, explained=True), 1, False, False, False),
        (Crash(1, 1, explained=True), 2, False, False, True),
        (Crash(1, 1, explained=True), 3, True, True, True),
    ],
)
def test_a_task_is_tried_until_it_is_known_to_be_the_one(
    crash: Crash, crashes: int, alone: bool, convicted: bool, isolated: bool
) -> None:
    assert (crash.convicts(crashes, alone), crash.isolates(crashes)) == (convicted, isolated)


class Worker:
    """A worker with one child process and a device that never greets; `take` begins a job's tasks."""

    def __init__(self, office: Office, bench: Bench) -> None:
        self._office, self.collector = office, Collector(1, 8)
        name = bench.device(manners=Manners(hangs=GREETING))
        self.port = bench.ports[name]
        around = Surroundings(
            KEY, Guard(office.database, Limits(0, 1)), office.lines, Vault(credential("c1")), self.collector,
            office.database,
        )  # fmt: skip
        self._work = Work(office.claims(), around, LONG, Counts(), lambda _: None, lambda _: None)

    def begin(self, count: int) -> str:
        """A job with so many devices behind the same port."""
        here = {"ip_address": "127.0.0.1", "port": self.port, "platform": "cisco_ios"}
        return self._office.begun([{**device(number), **here} for number in range(count)], "backup")

    def take(self, job_id: str) -> int:
        """Begin its tasks; the process that has their sessions."""
        rows = [row for row in self._office.rows(job_id) if row["status"] == "waiting"]
        self._office.tasks.rows.update_many({"job_id": job_id}, {"$set": {"dispatched_at": 1}})
        for row in rows:
            eventlet.spawn(self._work.do, Message((row["_id"],), site=row["device"]["location"]))
        until(lambda: connections(self.port) == len(rows))
        (pid,) = self.collector.pids()
        return pid

    def rows(self, job_id: str) -> list[dict[str, Any]]:
        """Its tasks, once none is in hand any more."""
        until(lambda: self._work.busy == 0)
        return self._office.rows(job_id)


@pytest.fixture
def worker(office: Office, bench: Bench, settings_for: Callable[..., object]) -> Iterator[Worker]:
    settings_for(NETRAVEN_CONNECT_SECONDS=f"{LONG}")
    one = Worker(office, bench)
    yield one
    one.collector.stop()


def test_the_tasks_of_a_process_that_dies_are_begun_anew_and_at_the_second_time_failed(
    worker: Worker, office: Office
) -> None:
    job_id = worker.begin(1)
    os.kill(worker.take(job_id), signal.SIGKILL)
    (row,) = worker.rows(job_id)
    assert (row["status"], row["attempt"], row["crashes"], row["alone"]) == ("waiting", 1, 1, True)
    assert "session_on" not in row and row["dispatched_at"] is None
    assert "the process that had the session ended unexpectedly; it is begun anew" in office.told(job_id)[-1]
    os.kill(worker.take(job_id), signal.SIGKILL)
    (row,) = worker.rows(job_id)
    assert (row["status"], row["attempt"], row["result"]["error_class"]) == ("reported", 2, "INTERNAL")
    assert "2 processes ended while they had its session; it is not tried again" in office.told(job_id)[-1]


def test_those_beside_a_stuck_session_are_begun_anew_and_it_alone_has_timed_out(
    worker: Worker, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = worker.begin(2)
    os.kill(worker.take(job_id), signal.SIGSTOP)
    monkeypatch.setattr(collecting, "GRACE_SECONDS", 0.1)
    answer = worker.collector.run(bench.request(worker.port, limit=0.3), lambda *_: None)
    assert answer.error_class == "TIMEOUT"
    rows = worker.rows(job_id)
    assert {(row["status"], row["crashes"], row["alone"]) for row in rows} == {("waiting", 1, False)}
