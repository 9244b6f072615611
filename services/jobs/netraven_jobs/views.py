"""What is shown of jobs and schedules: a document for each. No decisions and no clock.

A job's document holds its own counts when it is over; while it runs, they are counted from its tasks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from pymongo import IndexModel

from netraven_chassis.aggregate import Folded
from netraven_chassis.views import ViewSet, Writer
from netraven_jobs import backup_views, due, webhook_views
from netraven_jobs.job import ACTIVE, OVER, Job
from netraven_jobs.schedule import ACTIVE as KEPT
from netraven_jobs.schedule import DELETED, Schedule, seed

JOBS, SCHEDULES = "jobs", "schedules"

DONE = "done"


def put_job(writer: Writer, folded: Folded[Job]) -> None:
    """The job as its history makes it."""
    job = folded.state
    times = _times(folded)
    fields = {
        "type": job.type,
        "name": job.name,
        "status": job.status,
        "active": job.status in ACTIVE,
        "target": job.target,
        "options": job.options,
        "schedule_id": job.schedule_id,
        "spread_ms": job.spread_ms,
        "run": job.run,
        "only": job.only,
        "counts": dict(job.counts) if job.status in OVER else None,
        "devices": job.devices,
        "reason": job.reason,
        "created_at": folded.first_at,
        "created_by": dict(folded.creator),
        "updated_at": folded.at,
        "version": folded.version,
        **times,
    }
    writer.put(JOBS, folded.id, folded.version, fields)


def _times(folded: Folded[Job]) -> dict[str, int | None]:
    """When its last run began and ended."""
    times: dict[str, int | None] = {"started_at": None, "finished_at": None}
    for commit in folded.commits:
        for event in commit.events:
            _MOMENTS.get(event.type, _nothing)(times, commit.at)
    return times


def _nothing(_times: dict[str, int | None], _at: int) -> None:
    """Other events are no moments of a run."""


def _began(times: dict[str, int | None], at: int) -> None:
    times.update(started_at=at, finished_at=None)


def _ended(times: dict[str, int | None], at: int) -> None:
    times["finished_at"] = at


def _again(times: dict[str, int | None], _at: int) -> None:
    times.update(started_at=None, finished_at=None)


_MOMENTS: Mapping[str, Callable[[dict[str, int | None], int], None]] = {
    "JobStarted": _began,
    "JobRetried": _again,
    "JobFinished": _ended,
    "JobCancelled": _ended,
}


def put_schedule(writer: Writer, folded: Folded[Schedule]) -> None:
    """The schedule as its history makes it, and when it is due next; hidden when it is deleted."""
    schedule = folded.state
    if schedule.life == DELETED:
        writer.drop(SCHEDULES, folded.id, folded.version)
        return
    following = due.following(schedule.when, schedule.since, seed(folded.id, schedule.target))
    fields = {
        "type": schedule.type,
        "name": schedule.name,
        "status": schedule.life if following is not None else DONE,
        "target": schedule.target,
        "options": schedule.options,
        "when": schedule.when,
        "since": schedule.since,
        "next_run": following if schedule.life == KEPT else None,
        "last_run": schedule.due,
        "last_job_id": schedule.job_id,
        "last_skipped": schedule.skipped,
        "pending": schedule.pending is not None,
        "runs": schedule.runs,
        "created_at": folded.first_at,
        "created_by": dict(folded.creator),
        "updated_at": folded.at,
        "version": folded.version,
    }
    writer.put(SCHEDULES, folded.id, folded.version, fields)


def _index(*fields: str) -> IndexModel:
    return IndexModel([("live", 1), *((field, 1) for field in fields), ("_id", 1)])


VIEWS = ViewSet(
    collections={
        JOBS: [
            _index("created_at"),
            _index("status", "created_at"),
            _index("type", "created_at"),
            _index("schedule_id", "created_at"),
            _index("created_by.id", "created_at"),
            _index("created_by.name", "created_at"),
            _index("finished_at"),
            _index("active", "status"),
        ],
        SCHEDULES: [_index("next_run"), _index("created_at"), _index("pending")],
        **backup_views.COLLECTIONS,
        **webhook_views.COLLECTIONS,
    },
    folds={"job": put_job, "schedule": put_schedule, **backup_views.FOLDS, **webhook_views.FOLDS},
    follows=backup_views.FOLLOWS,
)
