"""What is shown of backups: a document for each, one for each answer in quarantine, one for each device. No
decisions.

`backups`: one that is a change stays when it is discarded, for until when the one before held follows from
it. `fleet`: the devices by name, from the inventory's log, each with its last good backup. Until when a
configuration held is found when it is asked for, so that a change writes no other backup's document.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pymongo import IndexModel

from netraven_chassis.aggregate import Folded
from netraven_chassis.eventlog.commit import Commit
from netraven_chassis.views import Writer
from netraven_jobs.backup import Backup, BackupQuarantined, BackupTaken, told

BACKUPS, QUARANTINE, FLEET = "backups", "quarantine", "fleet"


def put_backup(writer: Writer, folded: Folded[Backup]) -> None:
    """The backup as its history makes it; hidden when it is discarded and no change."""
    taken, kept = folded.state.taken, folded.state.life == "kept"
    match taken:
        case BackupTaken():
            _put(writer, BACKUPS, folded, {**told(taken), "kept": kept}, visible=kept or taken.changed)
            last = {"last_backup_id": folded.id, "last_backup_at": taken.taken_at}
            writer.put(FLEET, taken.device_id, taken.taken_at, last, "backup")
        case BackupQuarantined():
            _put(writer, QUARANTINE, folded, told(taken), visible=kept)


def _put(
    writer: Writer, view: str, folded: Folded[Backup], fields: Mapping[str, Any], *, visible: bool
) -> None:
    if visible:
        writer.put(view, folded.id, folded.version, fields)
    else:
        writer.drop(view, folded.id, folded.version)


def put_devices(writer: Writer, commits: Sequence[Commit]) -> None:
    """What the inventory says about its devices, as far as backups are asked for by it."""
    for commit in commits:
        if commit.aggregate == "device":
            for version, event in enumerate(commit.events, commit.first):
                _put_device(writer, commit, version, event.type, event.data)


def _put_device(writer: Writer, commit: Commit, version: int, kind: str, data: Mapping[str, Any]) -> None:
    ident = commit.subject
    told = {field: {field: data[field]} for field, kinds in _SETS.items() if kind in kinds}
    if kind == "DeviceRegistered":
        writer.begin(FLEET, ident, version, {"own": {"registered_at": commit.at}, **told})
    else:
        for field, fields in told.items():
            writer.put(FLEET, ident, version, fields, field)
    if kind == "DeviceRemoved":
        writer.drop(FLEET, ident, version)


# The inventory's events that say what a field is.
_SETS: Mapping[str, tuple[str, ...]] = {
    "name": ("DeviceRegistered", "DeviceRenamed"),
    "ip_address": ("DeviceRegistered", "DeviceReaddressed"),
    "location": ("DeviceRegistered", "DeviceRelocated"),
    "platform": ("DeviceRegistered", "DevicePlatformSet"),
}

# {name of an index: its fields after `live`}.
_BACKUP_INDEXES: Mapping[str, tuple[str, ...]] = {
    "taken_at": ("kept", "taken_at"),
    "device_id": ("device_id", "kept", "taken_at"),
    "changed": ("kept", "changed", "taken_at"),
    "changes": ("device_id", "changed", "taken_at"),
    "job_id": ("job_id", "taken_at"),
    "sha256": ("sha256",),
}


def _models(indexes: Mapping[str, tuple[str, ...]]) -> list[IndexModel]:
    return [
        IndexModel([(field, 1) for field in ("live", *fields, "_id")], name=name)
        for name, fields in indexes.items()
    ]


COLLECTIONS: Mapping[str, Sequence[IndexModel]] = {
    BACKUPS: _models(_BACKUP_INDEXES),
    QUARANTINE: _models(
        {
            "taken_at": ("taken_at",),
            "device_id": ("device_id", "taken_at"),
            "job_id": ("job_id", "taken_at"),
            "sha256": ("sha256",),
        }
    ),
    FLEET: _models({"last_backup_at": ("last_backup_at",), "name": ("name",)}),
}
FOLDS: Mapping[str, Callable[[Writer, Folded[Any]], None]] = {"backup": put_backup}
FOLLOWS: Mapping[str, Callable[[Writer, Sequence[Commit]], None]] = {"devices": put_devices}
