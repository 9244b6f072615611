"""Jobs, their devices and schedules as the API shows them: times in their outer form, every field always
there.

No queries and no decisions.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from typing import Any

import orjson

from netraven_chassis.bus import Reply
from netraven_chassis.clock import iso
from netraven_jobs.tasks import COUNTS, REPORTED, RUNNING, WAITING

Document = Mapping[str, Any]
Json = dict[str, Any]

NO_COUNTS: Document = dict.fromkeys(("total", *COUNTS), 0)


def time(ms: int | None) -> str | None:
    """A moment as clients see it, or None."""
    return None if ms is None else iso(ms)


def job(row: Document, counts: Document | None) -> Json:
    """A job as a list shows it; `counts` are its tasks' while it is not over."""
    started, finished = row["started_at"], row["finished_at"]
    return {
        "id": row["_id"],
        "type": row["type"],
        "name": row["name"],
        "status": row["status"],
        "target": row["target"],
        "options": row["options"],
        "schedule_id": row["schedule_id"],
        "run": row["run"],
        "counts": _counts(row, counts),
        "reason": row["reason"],
        "log_channel": f"jobs:{row['_id']}",
        "created_at": iso(row["created_at"]),
        "created_by": row["created_by"],
        "started_at": time(started),
        "finished_at": time(finished),
        "duration_secs": _seconds(started, finished),
        "schedule": None,
        "next_run": None,
        "updated_at": iso(row["updated_at"]),
        "version": row["version"],
    }


def _counts(row: Document, counts: Document | None) -> Json:
    """Where its devices are. Those that move while they are counted may be missed: they are still waiting."""
    found = {**NO_COUNTS, **(row["counts"] or counts or {})}
    if row["counts"] or not row["devices"]:
        return found
    elsewhere = sum(found[name] for name in COUNTS if name != WAITING)
    return {**found, "total": row["devices"], WAITING: max(0, row["devices"] - elsewhere)}


def _seconds(started: int | None, finished: int | None) -> float | None:
    if finished is None:
        return None
    return 0.0 if started is None else round((finished - started) / 1000, 3)


def device(task: Document) -> Json:
    """A device of a job."""
    return {
        "id": task["device"]["id"],
        "name": task["device"]["name"],
        "ip_address": task["device"]["ip_address"],
        "status": RUNNING if task["status"] == REPORTED else task["status"],
        "error_class": task["error_class"],
        "message": task["message"],
        "run": task["run"],
        "attempt": task["attempt"],
        "worker": task["worker"],
        "started_at": time(task["started_at"]),
        "finished_at": time(task["finished_at"]),
        "duration_ms": task["duration_ms"],
        "result": task["brought"],
    }


def schedule(row: Document) -> Json:
    """A schedule."""
    return {
        "id": row["_id"],
        "type": row["type"],
        "name": row["name"],
        "status": row["status"],
        "target": row["target"],
        "options": row["options"],
        "schedule": when(row["when"]),
        "next_run": time(row["next_run"]),
        "last_run": time(row["last_run"]),
        "last_job_id": row["last_job_id"],
        "last_skipped_at": time(row.get("last_skipped")),  # rows of before have none
        "runs": row["runs"],
        "created_at": iso(row["created_at"]),
        "updated_at": iso(row["updated_at"]),
        "version": row["version"],
    }


def when(told: Document) -> Json:
    """When a schedule is due, as it was asked for."""
    return {name: iso(value) if name == "at" else value for name, value in told.items()}


def scheduled(row: Document) -> Json:
    """A schedule in the form of a job, as who has just asked for one sees it."""
    shown = schedule(row)
    return {
        **{name: shown[name] for name in ("id", "type", "name", "target", "options", "created_at")},
        "status": "scheduled",
        "schedule_id": row["_id"],
        "run": 0,
        "counts": dict(NO_COUNTS),
        "reason": None,
        "log_channel": f"jobs:{row['_id']}",
        "created_by": row["created_by"],
        "started_at": None,
        "finished_at": None,
        "duration_secs": None,
        "schedule": shown["schedule"],
        "next_run": shown["next_run"],
        "updated_at": shown["updated_at"],
        "version": shown["version"],
    }


def single(shown: Mapping[str, Any], **meta: Any) -> Reply:
    """The answer with one resource, its bytes; its ETag tells what they are and which version."""
    body = orjson.dumps(shown)
    mark = f'"{shown["version"]}-{zlib.crc32(body):08x}"'
    return Reply(body, {"etag": mark, "version": shown["version"], **meta})


def many(rows: list[Json], total: int) -> Reply:
    """The answer with a page of a collection."""
    return Reply(orjson.dumps(rows), {"total": total})


WORST_FIRST = (
    ("failed", "quarantined"),
    ("cancelled",),
    ("running", "reported"),
    ("waiting",),
    ("skipped",),
    ("succeeded",),
)
"""In which order the devices of a job are shown, by their status."""
