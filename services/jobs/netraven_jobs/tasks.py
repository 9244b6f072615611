"""The tasks of jobs: a document for each device of a job, where it is and what came of it. No queue, no
events.

`status`: waiting → running → reported → succeeded, failed, skipped, cancelled or quarantined. Who runs one,
and until when, is written by claims.py; a reported one is settled by settle.py. A retry begins the same
document anew, with the next `run`; `epoch` only ever grows, and fences off whoever had the task before.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pymongo import IndexModel, InsertOne, UpdateOne
from pymongo.collection import Collection
from pymongo.database import Database
from pymongo.errors import BulkWriteError

from netraven_chassis.ids import derive_id
from netraven_jobs import due, permits

Document = dict[str, Any]
Device = Mapping[str, Any]

COLLECTION = "tasks"
CHUNK = 1000

WAITING, RUNNING, REPORTED = "waiting", "running", "reported"
SUCCEEDED, FAILED, SKIPPED, CANCELLED = "succeeded", "failed", "skipped", "cancelled"
QUARANTINED = "quarantined"
OPEN = (WAITING, RUNNING, REPORTED)
UNSUCCESSFUL = (FAILED, SKIPPED, CANCELLED, QUARANTINED)
# How each is counted in its job.
COUNTED = {REPORTED: RUNNING, QUARANTINED: FAILED}
COUNTS = (WAITING, RUNNING, SUCCEEDED, FAILED, SKIPPED, CANCELLED)

_DUPLICATE = 11000
_INDEXES = (
    IndexModel([("job_id", 1), ("status", 1), ("dispatched_at", 1)], name="job"),
    IndexModel([("job_id", 1), ("device.name", 1), ("_id", 1)], name="names"),
    IndexModel([("device.id", 1), ("job_id", 1)], name="device"),
    IndexModel([("device.name", 1), ("job_id", 1)], name="device_name"),
    IndexModel([("finished_at", 1), ("status", 1)], name="endings"),
    IndexModel([("lease_until", 1)], name="leases", partialFilterExpression={"status": RUNNING}),
    IndexModel([("worker", 1)], name="workers", partialFilterExpression={"status": RUNNING}),
    IndexModel([("finished_at", 1)], name="reports", partialFilterExpression={"status": REPORTED}),
    IndexModel(
        [("blocked_by", 1)], name="blocked", partialFilterExpression={"blocked_by": {"$exists": True}}
    ),
    IndexModel([("status", 1)], name="alone", partialFilterExpression={"alone": True}),
    *permits.INDEXES,
)
# What a task has while it is carried out, and no longer.
PASSING = dict.fromkeys(("lease_until", "cancel", "blocked_by", *permits.HELD), "")


TRIED = "tried"
"""Log-ins of attempts that were broken off: not told yet, they are told with the next attempt that ends."""
# What a task shows of its doing while there was none in its run.
_NOTHING_DONE = dict.fromkeys(("worker", "started_at", "duration_ms", "brought"))


def task_id(job_id: str, device_id: str) -> str:
    """The id of a device's task in a job."""
    return derive_id("task", job_id, device_id)


class Tasks:
    """The tasks in the jobs database."""

    def __init__(self, database: Database[Document]) -> None:
        self.rows: Collection[Document] = database[COLLECTION]

    def prepare(self) -> None:
        """Make the indexes."""
        self.rows.create_indexes(list(_INDEXES))

    # Runs.

    def add(self, job_id: str, job: Any, devices: Sequence[Device], now: int) -> None:
        """Tasks of a job's first run for these devices; those that are there already stay as they are."""
        fresh = [InsertOne(_document(job_id, job, device, now)) for device in devices]
        try:
            self.rows.bulk_write(fresh, ordered=False)
        except BulkWriteError as error:
            if any(item["code"] != _DUPLICATE for item in error.details["writeErrors"]):
                raise

    def to_repeat(self, job_id: str, run: int, *, all_of_them: bool) -> Iterator[list[str]]:
        """The devices that `run` is for and that have not been begun anew, in chunks, until there are
        none.
        """
        query = _to_repeat(job_id, run, all_of_them)
        while rows := list(self.rows.find(query, {"device.id": 1}).limit(CHUNK)):
            yield [row["device"]["id"] for row in rows]

    def repeat(self, job_id: str, job: Any, wanted: Sequence[str], there: Sequence[Device], now: int) -> None:
        """Begin the tasks of these devices anew, with what is known of them now; one that is gone is
        skipped.
        """
        known = {device["id"]: device for device in there}
        changes = []
        for device_id in wanted:
            if device_id in known:
                fields = _begun(job, known[device_id])
            else:
                gone = _skipped("the device is no longer there", now)
                fields = {"run": job.run, **gone, "attempt": 0, **_NOTHING_DONE}
            earlier = {"_id": task_id(job_id, device_id), "run": {"$lt": job.run}}
            changes.append(UpdateOne(earlier, {"$set": fields, "$unset": PASSING}))
        self.rows.bulk_write(changes, ordered=False)

    def of_run(self, job_id: str, run: int) -> int:
        """How many devices a run has."""
        return self.rows.count_documents({"job_id": job_id, "run": run})

    # Cancelling.

    def skip_unbegun(self, job_id: str, run: int, reason: str, now: int, *, all_of_them: bool) -> int:
        """Let none of the tasks that `run` is for, and that were not begun anew, be so any more; how many
        those were.
        """
        unbegun = _to_repeat(job_id, run, all_of_them)
        fields = {"run": run, "attempt": 0, **_skipped(reason, now, "CANCELLED"), **_NOTHING_DONE}
        return self.rows.update_many(unbegun, {"$set": fields, "$unset": PASSING}).modified_count

    def skip_waiting(self, job_id: str, run: int, reason: str, now: int) -> int:
        """Let none of a job's tasks begin any more that wait up to this run; how many those were."""
        waiting = {"job_id": job_id, "status": WAITING, "run": {"$lte": run}}
        done = self.rows.update_many(waiting, {"$set": _skipped(reason, now, "CANCELLED"), "$unset": PASSING})
        return done.modified_count

    def stop_running(self, job_id: str) -> None:
        """Tell whoever runs tasks of this job to stop; they look every second."""
        self.rows.update_many({"job_id": job_id, "status": RUNNING}, {"$set": {"cancel": True}})

    # Questions.

    def any_open(self, job_id: str) -> bool:
        """Whether a task of the job is not done with."""
        found = self.rows.find_one({"job_id": job_id, "status": {"$in": list(OPEN)}}, {"_id": 1})
        return found is not None

    def any_of(self, job_id: str) -> bool:
        """Whether there is a task of the job: of one that is over for long, none is kept."""
        return self.rows.find_one({"job_id": job_id}, {"_id": 1}) is not None

    def counts(self, job_ids: Sequence[str]) -> dict[str, dict[str, int]]:
        """{job: {"total", "waiting", "running", "succeeded", "failed", "skipped", "cancelled"}}."""
        found = {job_id: dict.fromkeys(("total", *COUNTS), 0) for job_id in job_ids}
        group = {"_id": {"job": "$job_id", "status": "$status"}, "number": {"$sum": 1}}
        matching: list[Document] = [{"$match": {"job_id": {"$in": list(job_ids)}}}, {"$group": group}]
        for row in self.rows.aggregate(matching, hint="job"):
            counts, status = found[row["_id"]["job"]], row["_id"]["status"]
            counts[COUNTED.get(status, status)] += row["number"]
            counts["total"] += row["number"]
        return found

    def jobs_with(self, word: str, by: str) -> list[str]:
        """The jobs that have a task for the device with this `id` or `name`, as `by` says."""
        return [str(one) for one in self.rows.distinct("job_id", {f"device.{by}": word})]


def _to_repeat(job_id: str, run: int, all_of_them: bool) -> Document:
    query: Document = {"job_id": job_id, "run": {"$lt": run}}
    return query if all_of_them else {**query, "status": {"$in": list(UNSUCCESSFUL)}}


def _document(job_id: str, job: Any, device: Device, now: int) -> Document:
    return {
        "_id": task_id(job_id, device["id"]),
        "job_id": job_id,
        "type": job.type,
        "options": dict(job.options),
        "epoch": 0,
        **_begun(job, device, now),
    }


def _begun(job: Any, device: Device, now: int = 0) -> Document:
    later = due.spread(str(device["id"]), job.spread_ms) if now else 0
    return {
        "run": job.run,
        "device": dict(device),
        "status": WAITING,
        "error_class": None,
        "message": None,
        "attempt": 0,
        "crashes": 0,
        "alone": False,
        "worker": None,
        "not_before": now + later if later else 0,
        "dispatched_at": None,
        "started_at": None,
        "finished_at": None,
        "duration_ms": None,
        "brought": None,
    }


def _skipped(reason: str, now: int, error_class: str | None = None) -> Document:
    return {"status": SKIPPED, "error_class": error_class, "message": reason, "finished_at": now}
