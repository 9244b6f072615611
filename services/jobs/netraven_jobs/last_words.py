"""Whether the log of a job that was cancelled before it began has its last words yet.

Of every other job the last line is written before the job is over; a cancel has to be accepted first, and
what is said of it follows. So whoever has said it leaves a mark, and with that the log is over.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from pymongo import IndexModel
from pymongo.database import Database

from netraven_jobs.job import CANCELLED

COLLECTION = "log_ends"  # {_id: job, ms, at}: when all was said of its being cancelled
LONGEST_MS = 10_000
"""A mark that is not there by then will never be: the instance that was to leave it has ended."""
_KEPT_SECONDS = 3600

Jobs = Sequence[Mapping[str, Any]]


def prepare(database: Database[dict[str, Any]]) -> None:
    """Make the index by which marks go."""
    database[COLLECTION].create_indexes([IndexModel("at", expireAfterSeconds=_KEPT_SECONDS)])


def mark(database: Database[dict[str, Any]], job_id: str, now: int) -> None:
    """All is said of this job's being cancelled, at `now` (UTC milliseconds)."""
    row = {"ms": now, "at": datetime.now(UTC)}
    database[COLLECTION].update_one({"_id": job_id}, {"$set": row}, upsert=True)


def mark_again(database: Database[dict[str, Any]], job_id: str, now: int) -> None:
    """More was said of it. Without a mark there is somebody who has not said all and will leave one."""
    database[COLLECTION].update_one({"_id": job_id}, {"$max": {"ms": now}})


def awaited(database: Database[dict[str, Any]], jobs: Jobs, now: int) -> set[str]:
    """The ids of those of these jobs whose last words may still come.

    `jobs`: rows with _id, status, started_at and finished_at, of jobs that are over; `now`: UTC milliseconds.
    """
    fresh = {row["_id"]: row["finished_at"] for row in jobs if _may_be_awaited(row, now)}
    if not fresh:
        return set()
    marks = database[COLLECTION].find({"_id": {"$in": list(fresh)}})
    return set(fresh) - {row["_id"] for row in marks if row["ms"] >= fresh[row["_id"]]}


def _may_be_awaited(row: Mapping[str, Any], now: int) -> bool:
    cancelled = row["status"] == CANCELLED and row["started_at"] is None
    return cancelled and now - row["finished_at"] < LONGEST_MS
