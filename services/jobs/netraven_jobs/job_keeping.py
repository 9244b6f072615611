"""How long is kept what a job did with each of its devices: the rows of tasks of jobs that are over. The job
itself stays in the log of events, with its counts, and so do the tasks' events. Who does it is caretaker.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

from netraven_chassis.bound import BoundStore
from netraven_chassis.lease import Lease
from netraven_chassis.settings import Settings
from netraven_chassis.views import LIVE
from netraven_jobs.job import JOB, OVER, Job
from netraven_jobs.tasks import Tasks
from netraven_jobs.views import JOBS

TOGETHER = 500  # jobs looked at in one go
ROWS = 1000  # rows removed in one go, so that nothing waits for long
_DAY_MS = 86_400_000


def age_of(settings: Settings) -> int:
    """For how many milliseconds the settings want it kept."""
    return settings.job_retention_days * _DAY_MS


def cut(store: BoundStore, before: int, lease: Lease | None = None) -> int:
    """Remove the rows of jobs that were over before then; of how many jobs.

    `before`: UTC milliseconds; `lease`, given up by whoever lost it in the middle.
    """
    tasks, given_up = Tasks(store.database), 0
    jobs = _with_rows(tasks)
    while some := list(islice(jobs, TOGETHER)):
        for job_id in _over(store, some, before):
            if lease is not None and not lease.hold():
                return given_up
            given_up += _remove(store, tasks, job_id)
    return given_up


def _with_rows(tasks: Tasks) -> Iterator[str]:
    one_each: list[dict[str, Any]] = [{"$sort": {"job_id": 1}}, {"$group": {"_id": "$job_id"}}]
    for row in tasks.rows.aggregate(one_each, hint="job"):
        yield str(row["_id"])


def _over(store: BoundStore, idents: list[str], before: int) -> list[str]:
    wanted = {**LIVE, "_id": {"$in": idents}, "status": {"$in": list(OVER)}, "finished_at": {"$lt": before}}
    return [str(row["_id"]) for row in store.collection(JOBS).find(wanted, {"_id": 1})]


def _remove(store: BoundStore, tasks: Tasks, job_id: str) -> bool:
    """Whether the job is over in truth: the view may be behind somebody who repeats it, and what it begins
    anew has another run.
    """
    job: Job = store.load(JOB, job_id).state
    if job.status not in OVER:
        return False
    done = {"job_id": job_id, "run": {"$lte": job.run}}
    while rows := list(tasks.rows.find(done, {"_id": 1}).limit(ROWS)):
        tasks.rows.delete_many({**done, "_id": {"$in": [row["_id"] for row in rows]}})
    return True
