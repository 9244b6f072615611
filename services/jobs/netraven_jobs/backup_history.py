"""The record of one backup as the API shows it: when it was taken, who saw it in clear, when it was given up.

Nothing is written.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from netraven_chassis.bound import BoundStore
from netraven_chassis.clock import iso
from netraven_chassis.eventlog.commit import Commit
from netraven_contracts.errors import NotFound
from netraven_jobs.backup import BACKUP

# What an event says of itself, by the names that clients know; all else stands in the backup.
_SHOWN: Mapping[str, Sequence[str]] = {"BackupShownRaw": ("how",), "BackupQuarantined": ("reason",)}


def page(store: BoundStore, backup_id: str, number: int, size: int) -> tuple[list[dict[str, Any]], int]:
    """A page of what happened to a backup, the newest first, and how much there is. Raises NotFound."""
    commits = store.load(BACKUP, backup_id).commits
    told = [_entry(commit, place) for commit in commits for place in range(len(commit.events))]
    if not told:
        raise NotFound("there never was a backup with this id")
    return told[::-1][(number - 1) * size : number * size], len(told)


def _entry(commit: Commit, place: int) -> dict[str, Any]:
    event, version = commit.events[place], commit.first + place
    shown = _SHOWN.get(event.type, ())
    return {
        "id": f"{commit.subject}.{version}",
        "version": version,
        "event": event.type,
        "at": iso(commit.at),
        "actor": dict(commit.actor),
        "request_id": commit.request_id,
        "changes": [{"field": name, "from": None, "to": event.data[name]} for name in shown],
    }
