"""What webhooks are told: from the jobs service's own log to rows of deliveries, each event once for each
webhook. Nothing is sent here.

No text of a configuration is among it, only how much of it changed and where to look.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from netraven_chassis.bound import BoundStore
from netraven_chassis.checkpoints import Checkpoint, Mark
from netraven_chassis.clock import iso
from netraven_chassis.eventlog.commit import Commit, Recorded
from netraven_chassis.ids import derive_id
from netraven_chassis.views import LIVE
from netraven_contracts.errors import NetRavenError
from netraven_contracts.webhooks import CHANGED, FINISHED, TASK_FAILED
from netraven_jobs import backup_queries, deliveries, reading
from netraven_jobs.backup_views import FLEET
from netraven_jobs.reading import Look
from netraven_jobs.scribe import Scribe
from netraven_jobs.webhook_views import WEBHOOKS

RANGE = 200  # commits looked at in one go
_FAILURES = ("failed", "quarantined")

News = dict[str, Any]


class Announcer:
    """Goes through the log, from where it was left."""

    def __init__(self, store: BoundStore, scribe: Scribe) -> None:
        self._store, self._scribe = store, scribe
        self._checkpoint = Checkpoint(store.database, "webhooks")

    def is_behind(self) -> bool:
        """Whether the log goes on behind what was taken in."""
        return bool(self._store.core.log.range(self._checkpoint.read().position, 1))

    def look(self) -> int:
        """Take in the next stretch of the log; how many commits that were. Raises pymongo's errors."""
        mark = self._checkpoint.read()
        commits = self._store.core.log.range(mark.position, RANGE)
        if commits:
            self._tell(commits)
            self._checkpoint.move(mark, Mark(commits[-1].position, self._store.core.log.log_id))
        return len(commits)

    def _tell(self, commits: Sequence[Commit]) -> None:
        found = [(commit, number, event) for commit in commits for number, event in enumerate(commit.events)]
        told = [(commit, number, event) for commit, number, event in found if event.type in TELLS]
        if not told:
            return
        webhooks = list(self._store.collection(WEBHOOKS).find({**LIVE, "enabled": True}))
        for commit, number, event in told:
            name = TELLS[event.type]
            wanting = [one for one in webhooks if name in one["events"] and one["created_at"] <= commit.at]
            data = self._data(commit, event) if wanting else None
            for webhook in wanting if data is not None else ():
                ident = derive_id("delivery", webhook["_id"], str(commit.position), str(number))
                event_id = derive_id("news", self._store.core.log.log_id, str(commit.position), str(number))
                news = {"id": event_id, "event": name, "at": iso(commit.at), "data": data}
                deliveries.add(self._store.database, webhook["_id"], ident, news)

    def _data(self, commit: Commit, event: Recorded) -> News | None:
        """What is said of it; None for what is not worth a word."""
        return _SAYS[event.type](self, commit, event.data)

    def _changed(self, commit: Commit, data: Mapping[str, Any]) -> News | None:
        """A device's first backup is no news: the first job of a fleet would bring as many as it has
        devices.
        """
        if not data["changed"] or data["previous_id"] is None:
            return None
        ident = commit.subject
        return {
            **self._device(data["device_id"]),
            "backup_id": ident,
            "previous_id": data["previous_id"],
            "job_id": data["job_id"],
            "taken_at": iso(data["taken_at"]),
            **self._counts(ident, data["previous_id"]),
            "links": {"backup": f"/api/backups/{ident}", "diff": f"/api/backups/{ident}/diff"},
        }

    def _counts(self, ident: str, previous: str) -> dict[str, int | None]:
        """How many lines came and went, and whether secrets did that do not show in them; unknown where that
        takes too long, or a backup is gone already.
        """
        look = Look(volatile=False, context=0)
        try:
            row, other = (backup_queries.one(self._store, one) for one in (ident, previous))
            found = reading.difference(self._store, self._scribe, row, other, look)
            hidden = reading.secrets_differ(self._store, self._scribe, row, other, look, found)
        except NetRavenError:
            return {"added": None, "removed": None, "secrets_changed": None}
        return {"added": found.added, "removed": found.removed, "secrets_changed": hidden}

    def _failed(self, commit: Commit, data: Mapping[str, Any]) -> News | None:
        if data["status"] not in _FAILURES:
            return None
        job = self._job(data["job_id"])
        return {
            **self._device(data["device_id"]),
            "job_id": data["job_id"],
            "job_type": job.get("type"),
            "status": data["status"],
            "error_class": data["error_class"],
            "run": data["run"],
            "attempt": data["attempt"],
            "duration_ms": data["duration_ms"],
            "links": {"job": f"/api/jobs/{data['job_id']}"},
        }

    def _finished(self, commit: Commit, data: Mapping[str, Any]) -> News:
        job = self._job(commit.subject)
        return {
            "job_id": commit.subject,
            "job_type": job.get("type"),
            "job_name": job.get("name"),
            "schedule_id": job.get("schedule_id"),
            "run": data.get("run", job.get("run", 0)),
            "status": data.get("status", "cancelled"),
            "counts": data.get("counts", {}),
            "reason": data.get("reason"),
            "links": {"job": f"/api/jobs/{commit.subject}"},
        }

    def _device(self, device_id: str) -> News:
        row = self._store.collection(FLEET).find_one({"_id": device_id}, {"name": 1, "ip_address": 1}) or {}
        return {"device_id": device_id, "device_name": row.get("name"), "ip_address": row.get("ip_address")}

    def _job(self, job_id: str) -> Mapping[str, Any]:
        return self._store.collection("jobs").find_one({"_id": job_id}) or {}


TELLS: Mapping[str, str] = {
    "BackupTaken": CHANGED,
    "TaskFinished": TASK_FAILED,
    "JobFinished": FINISHED,
    "JobCancelled": FINISHED,
}
"""The log's event, and what webhooks call it."""

_SAYS: Mapping[str, Callable[[Announcer, Commit, Mapping[str, Any]], News | None]] = {
    "BackupTaken": Announcer._changed,
    "TaskFinished": Announcer._failed,
    "JobFinished": Announcer._finished,
    "JobCancelled": Announcer._finished,
}
