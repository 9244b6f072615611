"""The database is away for longer than a lease lasts, under a system that goes on: nobody's crash."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from netraven_devices.service import DevicesService
from netraven_jobs.service import JobsService
from netraven_jobs.taking import Takes
from netraven_jobs.worker_service import WorkerService
from tests.jobs.running import Running, running
from tests.servers.mongod import Mongod
from tests.servers.services import memory

pytestmark = pytest.mark.slow

SETTINGS = {"NETRAVEN_SITE_LIMIT": "0", "NETRAVEN_TASK_LEASE_SECONDS": "5", "NETRAVEN_WORKER_CAPACITY": "4"}

LONG = 600.0  # for what is ended before its time


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Mongod]:
    """A database for this test alone, which it may stop."""
    with Mongod() as one:
        yield one


@pytest.fixture
def system(server: Mongod, tmp_path: Path) -> Iterator[Running]:
    """Devices, jobs and a worker on it."""
    with running(memory(), server.uri, {**SETTINGS, "NETRAVEN_DATA": str(tmp_path)}) as started:
        started.start(DevicesService, JobsService, WorkerService)
        yield started


def busy(system: Running) -> int:
    """How many tasks the worker has in hand."""
    (worker,) = system.containers["worker"]
    takes = next(one for one in worker.dependencies if isinstance(one, Takes))
    return takes._work.busy


def test_what_is_broken_off_by_an_outage_is_begun_anew_after_it_and_nobody_fell_silent(
    system: Running, server: Mongod
) -> None:
    job_id = system.run("lazy", system.devices(2), seconds=LONG)["id"]
    system.when(lambda: busy(system), lambda count: count == 2)
    server.stop()
    system.when(lambda: busy(system), lambda count: count == 0)
    server.start()
    rows = system.when(lambda: tasks(system, job_id), begun_anew)
    assert [(row["attempt"], row["crashes"], row["alone"]) for row in rows] == [(1, 0, False)] * 2
    system.jobs.cancel_job(job_id=job_id)
    assert system.over(job_id)["status"] == "cancelled"
    told = "\n".join(row["message"] for row in system.database["logs"].find())
    assert "given back: the database gave no answer for too long" in told
    assert "fell silent" not in told


def tasks(system: Running, job_id: str) -> list[dict[str, Any]]:
    return list(system.database["tasks"].find({"job_id": job_id}))


def begun_anew(rows: Sequence[Mapping[str, Any]]) -> bool:
    return all(row["status"] == "running" and row["epoch"] > 1 for row in rows)
