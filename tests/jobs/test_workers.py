"""Workers in processes of their own: killed in the middle, stopped in the middle, and several at once."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from netraven_chassis import children
from netraven_devices.service import DevicesService
from netraven_jobs.service import JobsService
from tests.jobs.running import Running, running
from tests.servers.mongod import Mongod
from tests.servers.netraven import Instance
from tests.servers.rabbitmq import RabbitMQ

pytestmark = [pytest.mark.broker, pytest.mark.slow]

SETTINGS = {"NETRAVEN_SITE_LIMIT": "0", "NETRAVEN_TASK_LEASE_SECONDS": "5", "NETRAVEN_WORKER_CAPACITY": "4"}
ROOT = Path(__file__).resolve().parents[2]


class Worker(Instance):
    """A worker's process."""

    def launch(self) -> subprocess.Popen[bytes]:
        """Start it with the types of job that are made for tests."""
        env = {**self._env, "PYTHONPATH": os.pathsep.join([str(ROOT), *filter(None, sys.path)])}
        return children.start([sys.executable, "-m", "tests.jobs.worker_process"], self.log, env)


@pytest.fixture(scope="module")
def system(mongod: Mongod, rabbitmq: RabbitMQ, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Devices and jobs in this process; the workers come with the tests."""
    uri = rabbitmq.vhost()
    data = str(tmp_path_factory.mktemp("data"))
    with running(uri, mongod.uri, {**SETTINGS, "NETRAVEN_DATA": data}) as started:
        started.start(DevicesService, JobsService)
        yield started
    rabbitmq.drop_vhost(uri)


Begin = Callable[..., Worker]


@pytest.fixture
def worker(system: Running, tmp_path: Path) -> Iterator[Begin]:
    """worker(): one more worker, until the test ends; worker(ready=False): nobody waits until it serves."""
    with _workers(system, tmp_path) as begin:
        yield begin


@contextmanager
def _workers(system: Running, folder: Path) -> Iterator[Begin]:
    made: list[Worker] = []
    env = {
        **SETTINGS,
        "AMQP_URI": system.uri,
        "MONGODB_URI": system.mongo_uri,
        "NETRAVEN_DATABASE_PREFIX": system.prefix,
        "NETRAVEN_HEARTBEAT_SECONDS": "5",
    }

    def begin(ready: bool = True) -> Worker:
        made.append(Worker(("worker",), env, folder / f"w{len(made)}"))
        made[-1].begin()
        return made[-1].wait_ready() if ready else made[-1]

    yield begin
    for one in made:
        one.stop()
        one.close()


def running_tasks(system: Running, job_id: str) -> Callable[[], list[dict[str, Any]]]:
    return lambda: list(system.database["tasks"].find({"job_id": job_id, "status": "running"}))


def is_over(worker: Worker) -> bool:
    """Whether its process has ended."""
    return worker.process is not None and worker.process.poll() is not None


def told(system: Running, job_id: str) -> str:
    """The messages of a job's log."""
    return "\n".join(row["message"] for row in system.database["logs"].find({"job_id": job_id}))


def test_a_killed_worker_s_tasks_are_done_once_more_by_another(system: Running, worker: Begin) -> None:
    first = worker()
    devices = system.devices(12)
    job_id = system.run("lazy", devices, seconds=1.0)["id"]
    system.when(running_tasks(system, job_id), lambda rows: len(rows) == 4)
    first.kill()
    lost = {row["_id"] for row in running_tasks(system, job_id)()}
    worker()
    job = system.over(job_id, within=40)
    assert (job["status"], job["counts"]["succeeded"]) == ("succeeded", 12)
    attempts = {one["name"]: one["attempt"] for one in job["devices"]}
    assert sorted(attempts.values()) == [1] * (12 - len(lost)) + [2] * len(lost), attempts
    ends = system.database["commits"].count_documents({"events.t": "TaskFinished", "events.d.job_id": job_id})
    assert ends == 12
    assert "its worker fell silent; it is begun anew" in told(system, job_id)


def test_a_task_that_kills_its_worker_twice_is_failed(system: Running, worker: Begin) -> None:
    good, bad = system.devices(1), system.devices(1)
    job_id = system.run("lazy", [*good, *bad], deadly=bad[0]["name"])["id"]
    for _ in range(2):
        victim = worker(ready=False)  # what kills it waits for it, and may be faster than its own word
        system.when(partial(is_over, victim), bool)
    worker()
    job = system.over(job_id, within=40)
    ended = {one["name"]: (one["status"], one["error_class"], one["attempt"]) for one in job["devices"]}
    assert ended[bad[0]["name"]] == ("failed", "INTERNAL", 2)
    assert ended[good[0]["name"]][0] == "succeeded"
    assert job["status"] == "partial"


def test_a_stopped_worker_gives_back_what_it_has_and_that_is_no_crash(system: Running, worker: Begin) -> None:
    first = worker()
    job_id = system.run("lazy", system.devices(2), seconds=60.0)["id"]
    system.when(running_tasks(system, job_id), lambda rows: len(rows) == 2)
    there = system.database["workers"].distinct("_id")
    first.stop()
    rows = list(system.database["tasks"].find({"job_id": job_id}))
    assert [(row["status"], row["attempt"], row["crashes"]) for row in rows] == [("waiting", 0, 0)] * 2
    said = list(system.database["logs"].find({"log_type": "system", "source": "worker"}).sort("position", 1))
    assert said[-1]["message"].endswith("takes no more tasks: it was stopped")
    assert set(there) - set(system.database["workers"].distinct("_id")) == {said[-1]["meta"]["worker"]}
    system.jobs.cancel_job(job_id=job_id)
    assert system.over(job_id)["status"] == "cancelled"


def test_two_workers_share_a_job_and_no_device_is_done_twice(system: Running, worker: Begin) -> None:
    for one in [worker(ready=False), worker(ready=False)]:
        one.wait_ready()
    job = system.over(system.run("lazy", system.devices(24), seconds=0.4)["id"])
    assert job["status"] == "succeeded"
    assert {one["attempt"] for one in job["devices"]} == {1}
    assert len({one["worker"] for one in job["devices"]}) == 2
