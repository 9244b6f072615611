"""Taking down what a device's backup task brought: the backup, and whether it is a change. Twice is once.

The texts lie in blobs.py already. What counts as a change is configuration.py's to say.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from netraven_chassis.bound import BoundStore
from netraven_chassis.ids import derive_id
from netraven_chassis.plan import Order, Outcome
from netraven_chassis.views import LIVE
from netraven_contracts.errors import NetRavenError
from netraven_jobs.backup import BACKUP, BackupQuarantined, BackupTaken, TakeBackup
from netraven_jobs.backup_views import BACKUPS
from netraven_jobs.configuration import CONFIGURATION, ConfigurationChanged, SeeConfiguration, Version

Task = Mapping[str, Any]
Brought = Mapping[str, Any]
Answers = dict[str, str | NetRavenError]


def backup_id(task: Task) -> str:
    """The id of the backup that a task brings: of each lease that it is done under, another one."""
    return derive_id("backup", str(task["_id"]), str(task["epoch"]))


def record(store: BoundStore, task: Task, backup: Brought) -> str:
    """Take down one backup, as `record_many` does; its id. Raises Unavailable: then repeat it."""
    (answer,) = record_many(store, [(task, backup)])
    if isinstance(answer, NetRavenError):
        raise answer
    return answer


def record_many(store: BoundStore, brought: Sequence[tuple[Task, Brought]]) -> list[str | NetRavenError]:
    """Take down backups in a few trips to the database; the id of each, or why it is not taken down.

    Parameters: `brought`, of each backup its row of the tasks with `_id`, `epoch`, `job_id` and `device`, and
    {"sha256", "normal_sha256", "size", "lines", "platform", "taken_at" (UTC milliseconds)}. Unavailable,
    raised or in the place of an id, means: repeat it.
    """
    streams = {backup_id(task): BACKUP.stream(backup_id(task)) for task, _ in brought}
    commits = store.core.log.streams(list(streams.values()))
    answers: Answers = {ident: ident for ident, stream in streams.items() if commits[stream]}
    left = {backup_id(task): (task, backup) for task, backup in brought if backup_id(task) not in answers}
    while left:
        # What the second backup of a device shows is known once the first is taken down.
        firsts = {str(task["device"]["id"]): ident for ident, (task, _) in reversed(left.items())}
        answers |= _record(store, {ident: left.pop(ident) for ident in firsts.values()})
    return [answers[backup_id(task)] for task, _ in brought]


def _record(store: BoundStore, some: Mapping[str, tuple[Task, Brought]]) -> Answers:
    """Take down backups of as many devices; {id: id or error}."""
    seen = [
        Order(
            CONFIGURATION, str(task["device"]["id"]), _seen(ident, task, backup), _bound(store, ident).context
        )
        for ident, (task, backup) in some.items()
    ]
    outcomes = dict(zip(some, store.core.journal.handle_many(seen), strict=True))
    orders: list[Order] = []
    answers: Answers = {}
    for ident, outcome in outcomes.items():
        if isinstance(outcome, NetRavenError):
            answers[ident] = outcome
        else:
            bound = _bound(store, ident)
            command = TakeBackup(_taken(bound, ident, *some[ident], outcome))
            orders.append(Order(BACKUP, ident, command, bound.context))
    kept = store.core.journal.handle_many(orders)
    for order, done in zip(orders, kept, strict=True):
        answers[order.id] = done if isinstance(done, NetRavenError) else order.id
    return answers


def _seen(ident: str, task: Task, backup: Brought) -> SeeConfiguration:
    return SeeConfiguration(
        backup_id=ident,
        taken_at=backup["taken_at"],
        normal_sha256=backup["normal_sha256"],
        sha256=backup["sha256"],
        platform=backup.get("platform"),
        job_id=task["job_id"],
    )


def _taken(bound: BoundStore, ident: str, task: Task, backup: Brought, outcome: Outcome) -> BackupTaken:
    change = next((event for event in outcome.events if isinstance(event, ConfigurationChanged)), None)
    this = Version(ident, backup["taken_at"])
    shown = _shown(bound, str(task["device"]["id"]), outcome.state.current, this)
    return BackupTaken(
        **_common(task, backup),
        changed=change is not None,
        version_id=shown.backup_id,
        version_since=shown.since,
        previous_id=change.previous_id if change else shown.backup_id,
    )


def quarantine(store: BoundStore, task: Task, answer: Mapping[str, Any]) -> str:
    """Take down an answer that is no whole configuration; its id.

    Parameters: as of `record_many`; `answer` has no "normal_sha256", and a "reason" for people.
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
