"""The questions about jobs, their devices and schedules. Nothing is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from netraven_chassis.bound import BoundStore
from netraven_chassis.ids import is_id
from netraven_chassis.views import LIVE
from netraven_contracts.errors import NotFound
from netraven_jobs import present
from netraven_jobs.job import OVER
from netraven_jobs.tasks import COUNTED, Tasks
from netraven_jobs.views import JOBS, SCHEDULES

Json = dict[str, Any]
Query = dict[str, Any]
Filters = Mapping[str, Any]

SHOWN_DEVICES = 1000
SHOWN_TARGETS = 100  # devices of a target that a list shows
NO_LONGER = (
    "what this job did with each device is no longer kept (NETRAVEN_JOB_RETENTION_DAYS); "
    "GET /jobs/{job_id} has its counts, GET /jobs/{job_id}/history who asked for it"
)
_TASK_FIELDS = {"options": 0, "result": 0}
_IN_A_LIST = {"target.devices": {"$slice": SHOWN_TARGETS}}


def job(store: BoundStore, tasks: Tasks, job_id: str) -> Json:
    """A job with its devices, or a schedule in the form of one. Raises NotFound."""
    row = store.collection(JOBS).find_one({"_id": job_id, **LIVE})
    if row is None:
        return scheduled(store, job_id)
    counts = None if row["counts"] else tasks.counts([job_id])[job_id]
    shown = {**present.job(row, counts), "devices": worst(tasks, job_id, SHOWN_DEVICES)}
    return {**shown, "devices_kept": bool(shown["devices"]) or not had_devices(row)}


def had_devices(row: Mapping[str, Any]) -> bool:
    """Whether the job is over and there were tasks of it; those of one that is over for long are not kept."""
    return row["status"] in OVER and bool((row["counts"] or {}).get("total"))


def jobs(
    store: BoundStore, tasks: Tasks, filters: Filters, page: int, size: int, sort: Sequence[str]
) -> tuple[list[Json], int]:
    """A page of jobs, the newest first unless sorted otherwise, and how many there are."""
    if filters.get("status") == "scheduled":
        found, total = _schedule_rows(store, _of_schedules(filters), page, size, ["-created_at"])
        return [present.scheduled(row) for row in found], total
    query, view = _query(tasks, filters), store.collection(JOBS)
    shown = view.find(query, _IN_A_LIST)
    rows = list(shown.sort(_order(sort or ["-created_at"])).skip((page - 1) * size).limit(size))
    return _shown(tasks, rows), view.count_documents(query)


def recent(store: BoundStore, tasks: Tasks, limit: int) -> list[Json]:
    """The jobs that were asked for last, the newest first."""
    return jobs(store, tasks, {}, 1, limit, ["-created_at"])[0]


def _shown(tasks: Tasks, rows: Sequence[Query]) -> list[Json]:
    going = [row["_id"] for row in rows if row["status"] not in OVER]
    counts = tasks.counts(going) if going else {}
    return [present.job(row, counts.get(row["_id"])) for row in rows]


def _query(tasks: Tasks, filters: Filters) -> Query:
    query: Query = dict(LIVE)
    for name in ("status", "type", "schedule_id"):
        if name in filters:
            query[name] = filters[name]
    if "created_by" in filters:
        query |= _asked_by(filters["created_by"])
    if "start" in filters or "end" in filters:
        bounds = {"$gte": filters.get("start"), "$lt": filters.get("end")}
        query["created_at"] = {way: at for way, at in bounds.items() if at is not None}
    if "device" in filters:
        word = str(filters["device"])
        query["_id"] = {"$in": tasks.jobs_with(word, "id" if is_id(word) else "name")}
    return query


def _of_schedules(filters: Filters) -> Query:
    query = {name: filters[name] for name in ("type",) if name in filters}
    return query | (_asked_by(filters["created_by"]) if "created_by" in filters else {})


def _asked_by(word: str) -> Query:
    return {"$or": [{f"created_by.{field}": word} for field in ("id", "name")]}


def _order(sort: Sequence[str]) -> list[tuple[str, int]]:
    order = {word.removeprefix("-"): -1 if word.startswith("-") else 1 for word in sort}
    return [*order.items(), ("_id", list(order.values())[-1])]


# Devices of a job.


def devices(
    store: BoundStore, tasks: Tasks, job_id: str, filters: Filters, page: int, size: int
) -> tuple[list[Json], int]:
    """A page of a job's devices by name, and how many there are. Raises NotFound, also when they are no
    longer kept.
    """
    job = store.collection(JOBS).find_one({"_id": job_id, **LIVE}, {"status": 1, "counts": 1})
    if job is None:
        raise no_job()
    if had_devices(job) and not tasks.any_of(job_id):
        raise NotFound(NO_LONGER)
    query: Query = {"job_id": job_id}
    if "status" in filters:
        query["status"] = {"$in": [filters["status"], *_stored(filters["status"])]}
    if "error_class" in filters:
        query["error_class"] = filters["error_class"]
    rows = tasks.rows.find(query, _TASK_FIELDS).sort([("device.name", 1), ("_id", 1)])
    found = [present.device(row) for row in rows.skip((page - 1) * size).limit(size)]
    return found, tasks.rows.count_documents(query)


def _stored(status: str) -> list[str]:
    return ["reported"] if COUNTED["reported"] == status else []


def worst(tasks: Tasks, job_id: str, most: int) -> list[Json]:
    """A job's devices, at most so many: those that failed first, then what is under way, then the rest."""
    found: list[Query] = []
    for group in present.WORST_FIRST:
        query = {"job_id": job_id, "status": {"$in": list(group)}}
        if len(found) < most:
            rows = tasks.rows.find(query, _TASK_FIELDS).sort([("device.name", 1), ("_id", 1)])
            found += rows.limit(most - len(found))
    return [present.device(row) for row in found]


# Schedules.


def schedule(store: BoundStore, schedule_id: str) -> Json:
    """One schedule. Raises NotFound."""
    return present.schedule(_schedule_row(store, schedule_id))


def scheduled(store: BoundStore, schedule_id: str) -> Json:
    """The same in the form of a job."""
    row = store.collection(SCHEDULES).find_one({"_id": schedule_id, **LIVE})
    if row is None:
        raise no_job()
    return {**present.scheduled(row), "devices": [], "devices_kept": True}


def schedules(
    store: BoundStore, filters: Filters, page: int, size: int, sort: Sequence[str]
) -> tuple[list[Json], int]:
    """A page of schedules, the one that is due next first unless sorted otherwise, and how many there are."""
    rows, total = _schedule_rows(store, dict(filters), page, size, sort or ["next_run"])
    return [present.schedule(row) for row in rows], total


def due_next(store: BoundStore, page: int, size: int) -> tuple[list[Json], int]:
    """A page of what is due, the next first, in the form of jobs."""
    rows, total = _schedule_rows(store, {"next_run": {"$ne": None}}, page, size, ["next_run"])
    return [present.scheduled(row) for row in rows], total


def _schedule_rows(
    store: BoundStore, query: Query, page: int, size: int, sort: Sequence[str]
) -> tuple[list[Query], int]:
    wanted, view = {**LIVE, **query}, store.collection(SCHEDULES)
    rows = view.find(wanted, _IN_A_LIST).sort(_order(sort)).skip((page - 1) * size).limit(size)
    return list(rows), view.count_documents(wanted)


def _schedule_row(store: BoundStore, schedule_id: str) -> Query:
    row = store.collection(SCHEDULES).find_one({"_id": schedule_id, **LIVE})
    if row is None:
        raise NotFound("there is no schedule with this id; it may have been deleted")
    return row


def no_job() -> NotFound:
    """The error that says that there is none."""
    return NotFound("there is no job with this id")
