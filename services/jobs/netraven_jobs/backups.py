"""Taking down what a device's backup task brought: the backup, and whether it is a change. Twice is once.

The texts lie in blobs.py already. What counts as a change is configuration.py's to say.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from netraven_chassis.bound import BoundStore
from netraven_chassis.ids import derive_id
from netraven_chassis.views import LIVE
from netraven_jobs.backup import BACKUP, BackupQuarantined, BackupTaken, TakeBackup
from netraven_jobs.backup_views import BACKUPS
from netraven_jobs.configuration import CONFIGURATION, ConfigurationChanged, SeeConfiguration, Version

Task = Mapping[str, Any]


def backup_id(task: Task) -> str:
    """The id of the backup that a task brings: of each lease that it is done under, another one."""
    return derive_id("backup", str(task["_id"]), str(task["epoch"]))


def record(store: BoundStore, task: Task, backup: Mapping[str, Any]) -> str:
    """Take down a backup; its id.

    Parameters: `task`, a row of the tasks with `_id`, `epoch`, `job_id` and `device`; `backup`, {"sha256",
    "normal_sha256", "size", "lines", "platform", "taken_at" (UTC milliseconds)}. Raises Unavailable: then
    repeat it.
    """
    ident, device_id = backup_id(task), str(task["device"]["id"])
    bound = _bound(store, ident)
    if bound.load(BACKUP, ident).state.life != "none":
        return ident
    seen = SeeConfiguration(
        backup_id=ident,
        taken_at=backup["taken_at"],
        normal_sha256=backup["normal_sha256"],
        sha256=backup["sha256"],
        platform=backup.get("platform"),
        job_id=task["job_id"],
    )
    outcome = bound.handle(CONFIGURATION, device_id, seen)
    change = next((event for event in outcome.events if isinstance(event, ConfigurationChanged)), None)
    shown = _shown(bound, device_id, outcome.state.current, Version(ident, seen.taken_at))
    taken = BackupTaken(
        **_common(task, backup),
        changed=change is not None,
        version_id=shown.backup_id,
        version_since=shown.since,
        previous_id=change.previous_id if change else shown.backup_id,
    )
    bound.handle(BACKUP, ident, TakeBackup(taken))
    return ident


def quarantine(store: BoundStore, task: Task, answer: Mapping[str, Any]) -> str:
    """Take down an answer that is no whole configuration; its id.

    Parameters: as of `record`; `answer` has no "normal_sha256", and a "reason" for people.
    """
    ident = backup_id(task)
    taken = BackupQuarantined(**_common(task, answer), reason=str(answer["reason"]))
    _bound(store, ident).handle(BACKUP, ident, TakeBackup(taken))
    return ident


def _bound(store: BoundStore, ident: str) -> BoundStore:
    """The store under a command id that follows from the backup, whoever takes it down and how often."""
    context = replace(store.context, command_id=f"backup:{ident}", body_hash=None)
    return BoundStore(store.core, context)


def _shown(store: BoundStore, device_id: str, now: Version | None, this: Version) -> Version:
    """The configuration that this backup shows: the present one, or for one that came in late the one of
    then.
    """
    if now is not None and now.since <= this.since:
        return now
    then = {**LIVE, "device_id": device_id, "changed": True, "taken_at": {"$lte": this.since}}
    row = store.collection(BACKUPS).find_one(then, {"taken_at": 1}, sort=[("taken_at", -1)])
    return this if row is None else Version(row["_id"], row["taken_at"])


def _common(task: Task, answer: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "device_id": str(task["device"]["id"]),
        "job_id": str(task["job_id"]),
        "task_id": str(task["_id"]),
        "taken_at": int(answer["taken_at"]),
        "sha256": str(answer["sha256"]),
        "size": int(answer["size"]),
        "lines": int(answer["lines"]),
        "platform": answer.get("platform"),
    }
