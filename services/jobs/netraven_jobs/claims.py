"""Taking tasks, keeping them and giving them back: leases on tasks, by the database's clock. No queue, no
work.

Every write names the epoch under which the task was taken, so whoever lost it can change nothing any more.
The attempts are counted here, and not by how often a message came.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pymongo import ReturnDocument, UpdateOne
from pymongo.errors import DuplicateKeyError

from netraven_chassis.ids import new_id
from netraven_jobs import permits
from netraven_jobs.crash import Crash
from netraven_jobs.tasks import PASSING, REPORTED, RUNNING, TRIED, WAITING, Document, Tasks

TRIES = 5  # for a slot at a location, against others who reach for the same


def renewed_every(lease_seconds: float) -> float:
    """Seconds from one renewal of the leases in hand to the next; a worker signs the roll as often."""
    return min(lease_seconds / 4, 5.0)


@dataclass(frozen=True, slots=True)
class Blocked:
    """The task must wait; `by` says for what: "device:<id>" or "site:<location>"."""

    by: str


class Claims:
    """One worker's hold on tasks.

    Parameters: `worker`, a name of its own; `lease_ms`, how long a task is ours without `renew`;
    `site_limit`, sessions at once at a location, 0 for any number.
    """

    def __init__(self, tasks: Tasks, worker: str, lease_ms: int, site_limit: int = 0) -> None:
        self._rows = tasks.rows
        self.worker, self._lease_ms, self._site_limit = worker, lease_ms, site_limit

    @property
    def lease_seconds(self) -> float:
        """How long a task is ours without `renew`."""
        return self._lease_ms / 1000

    def take(self, ident: str, site: str | None = None) -> Document | Blocked | None:
        """Take a task and its permits; None when it is not there to be taken, Blocked when it must wait.

        `site`: the location of its device.
        """
        for _ in range(TRIES):
            held: Document = {permits.DEVICE: {"$toString": "$device.id"}}
            if self._site_limit:
                slot = permits.free_slot(self._rows, site, self._site_limit)
                if slot is None:
                    return Blocked(permits.of_site(site))
                held[permits.SLOT] = {"$literal": slot}
            try:
                return self._taken(ident, held)
            except DuplicateKeyError as error:
                if permits.refused(error) == permits.DEVICE:
                    return self._blocked_by_device(ident)
        return Blocked(permits.of_site(site))

    def _taken(self, ident: str, held: Mapping[str, Any]) -> Document | None:
        # One that is to be done alone is handed out when nothing stands against it, and may not come by an
        # old message that the broker gives out again.
        due = {"$or": [{"alone": False}, {"dispatched_at": {"$ne": None}}]}
        waiting = {"_id": ident, "status": WAITING, **due}
        return self._rows.find_one_and_update(
            waiting, self._taking(held), return_document=ReturnDocument.AFTER
        )

    def _blocked_by_device(self, ident: str) -> Blocked | None:
        found = self._rows.find_one({"_id": ident}, {"device.id": 1})
        return None if found is None else Blocked(permits.of_device(found["device"]["id"]))

    def take_all(self, idents: Sequence[str]) -> list[Document]:
        """Take those of the tasks that are there to be taken, without permits: for work without sessions."""
        mark = new_id()
        waiting = {"_id": {"$in": list(idents)}, "status": WAITING}
        self._rows.update_many(waiting, self._taking({"claim": {"$literal": mark}}))
        return list(self._rows.find({"_id": {"$in": list(idents)}, "claim": mark, "status": RUNNING}))

    def _taking(self, held: Mapping[str, Any]) -> list[Document]:
        taken = {
            "status": RUNNING,
            "worker": {"$literal": self.worker},
            "epoch": {"$add": ["$epoch", 1]},
            "attempt": {"$add": ["$attempt", 1]},
            "lease_until": {"$add": ["$$NOW", self._lease_ms]},
            "started_at": {"$toLong": "$$NOW"},
            "dispatched_at": None,
            **held,
        }
        return [{"$set": taken}, {"$unset": ["blocked_by", "cancel"]}]

    def wait(self, ident: str, blocked: Blocked, not_before: int) -> None:
        """Let a task wait for what blocks it, or until `not_before` (UTC milliseconds)."""
        waiting = {"blocked_by": blocked.by, "not_before": not_before, "dispatched_at": None}
        self._rows.update_one({"_id": ident, "status": WAITING}, {"$set": waiting})

    def renew(self, idents: Sequence[str]) -> None:
        """Keep those of the tasks that are ours for another lease."""
        until = {"lease_until": {"$add": ["$$NOW", self._lease_ms]}}
        ours = {"_id": {"$in": list(idents)}, "worker": self.worker, "status": RUNNING}
        self._rows.update_many(ours, [{"$set": until}])

    def held(self, idents: Sequence[str]) -> dict[str, tuple[int, bool]]:
        """{task: (its epoch, whether it is to be stopped)} of those that are ours still."""
        query = {"_id": {"$in": list(idents)}, "worker": self.worker, "status": RUNNING}
        rows = self._rows.find(query, {"epoch": 1, "cancel": 1})
        return {row["_id"]: (row["epoch"], bool(row.get("cancel"))) for row in rows}

    def report(self, reports: Sequence[tuple[Document, Mapping[str, Any]]]) -> None:
        """Write what came of tasks, [(task, report)], and free their permits; nothing happens to those lost.

        A report is {"status", "error_class", "message", "data", "attempts", "duration_ms", "finished_at"}.
        """
        self._rows.bulk_write([_reported(task, report) for task, report in reports], ordered=False)

    def give_back(self, tasks: Sequence[Document]) -> None:
        """Give tasks back unfinished, as if they had not been begun."""
        fields = {"status": WAITING, "worker": None, "dispatched_at": None, "started_at": None}
        change = {"$set": fields, "$inc": {"attempt": -1}, "$unset": PASSING}
        self._rows.bulk_write([UpdateOne(_mine(task), change) for task in tasks], ordered=False)

    def begin_anew(self, task: Document, crash: Crash) -> None:
        """Give back a task that a crash has broken off, and count it."""
        self._rows.update_one(_mine(task), anew(task, crash))

    def anybody_waits(self) -> bool:
        """Whether any task waits for a permit."""
        return self._rows.find_one({"blocked_by": {"$exists": True}}, {"_id": 1}) is not None

    def next_for(self, freed: Sequence[str], now: int) -> Document | None:
        """A task that waited for one of these permits and is to be dispatched now; None when nobody waits."""
        return self._rows.find_one_and_update(
            {"blocked_by": {"$in": list(freed)}, "status": WAITING, "alone": False},
            {"$set": {"dispatched_at": now, "not_before": 0}, "$unset": {"blocked_by": ""}},
            projection={"device.location": 1},
        )


def anew(task: Document, crash: Crash) -> Document:
    """How a task is changed to be begun once more after a crash."""
    crashes = task["crashes"] + 1
    fields = {"status": WAITING, "crashes": crashes, "alone": crash.isolates(crashes)}
    return {"$set": {**fields, "dispatched_at": None, "not_before": 0}, "$unset": PASSING}


def _mine(task: Document) -> Document:
    return {"_id": task["_id"], "epoch": task["epoch"], "status": RUNNING}


def _reported(task: Document, report: Mapping[str, Any]) -> UpdateOne:
    fields = {
        "status": REPORTED,
        "result": dict(report),
        "finished_at": report["finished_at"],
        "duration_ms": report["duration_ms"],
    }
    return UpdateOne(_mine(task), {"$set": fields, "$unset": {**PASSING, TRIED: ""}})
