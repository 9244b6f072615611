"""Calling off what a job has not begun: it is skipped and named in the job's log, and what runs is told to
stop. Whether a job may be called off is job.py's to say, and how it ends settle.py's.
"""

from __future__ import annotations

from netraven_chassis.ids import derive_id
from netraven_jobs.job import ALL, Job
from netraven_jobs.log_writer import LogWriter
from netraven_jobs.tasks import SKIPPED, Tasks

REASON = "Skipped: the job was cancelled before its turn."
CANCELLED = "CANCELLED"  # the error class


def call_off(tasks: Tasks, lines: LogWriter, job_id: str, job: Job, now: int) -> int:
    """Let nothing of the job's present run begin any more; how many devices were skipped.

    `now`: UTC milliseconds. Twice, or by several at once, is the same as once.
    """
    # In this order, so that none slips from one to the next between two of them.
    skipped = tasks.skip_unbegun(job_id, job.run, REASON, now, all_of_them=job.only == ALL)
    skipped += tasks.skip_waiting(job_id, job.run, REASON, now)
    tasks.stop_running(job_id)
    if skipped:
        _name(tasks, lines, job_id, job.run)
    return skipped


def _name(tasks: Tasks, lines: LogWriter, job_id: str, run: int) -> None:
    """Write into the log which devices were skipped: each once, however many come to write it."""
    skipped = {"job_id": job_id, "run": run, "status": SKIPPED, "error_class": CANCELLED}
    for row in tasks.rows.find(skipped, {"device.id": 1, "device.name": 1}).sort("device.name", 1):
        device, ident = row["device"], derive_id("skipped", row["_id"], str(run))
        text = f"{device['name']}: skipped, the job was cancelled"
        lines.write(job_id, device["id"], "warning", text, ident=ident)
