"""Gives up backups that the policy no longer keeps, and then the texts that nobody refers to. Who gives up
what, and how it is decided, stands in retention.py.

What holds now is never given up, whatever the policy says; nor is a text that was put of late, for whoever
put it may only be about to refer to it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from netraven_chassis.bound import BoundStore
from netraven_chassis.settings import Settings
from netraven_chassis.views import LIVE
from netraven_jobs import blobs, texts
from netraven_jobs.backup import BACKUP, DiscardBackup
from netraven_jobs.backup_queries import KEPT
from netraven_jobs.backup_views import BACKUPS, FLEET, QUARANTINE
from netraven_jobs.retention import Policy, discarded

TOGETHER = 100  # commands in one go
TEXTS = 500  # texts looked at in one go
ROUNDS = 1000  # such goes in one sweep; the next one goes on
GRACE = timedelta(days=2)  # longer than any task may take from its text to its backup
QUARANTINE_KEPT = Policy(last=10)


def policy_of(settings: Settings) -> Policy:
    """The policy that the settings say."""
    return Policy(*(settings.backups_keep.of(word) for word in ("last", "daily", "weekly", "monthly")))


def thin(store: BoundStore, policy: Policy) -> int:
    """Give up what the policy does not keep, device by device; how many backups that were."""
    given_up = 0
    for device in store.collection(BACKUPS).distinct("device_id", dict(KEPT)):
        given_up += _discard(store, discarded(policy, _taken(store, device), _spared(store, device)))
    for device in store.collection(QUARANTINE).distinct("device_id", dict(LIVE)):
        held = store.collection(QUARANTINE).find({**LIVE, "device_id": device}, {"taken_at": 1})
        given_up += _discard(
            store, discarded(QUARANTINE_KEPT, [(row["_id"], row["taken_at"]) for row in held])
        )
    return given_up


def _taken(store: BoundStore, device_id: str) -> list[tuple[str, int]]:
    rows = store.collection(BACKUPS).find({**KEPT, "device_id": device_id}, {"taken_at": 1})
    return [(row["_id"], row["taken_at"]) for row in rows]


def _spared(store: BoundStore, device_id: str) -> frozenset[str]:
    """The last backup, and the one that showed first what holds now."""
    rows = store.collection(BACKUPS)
    device = store.collection(FLEET).find_one({"_id": device_id}, {"last_backup_id": 1}) or {}
    change = rows.find_one(
        {**KEPT, "device_id": device_id, "changed": True}, {"_id": 1}, sort=[("taken_at", -1)]
    )
    return frozenset({device.get("last_backup_id", ""), (change or {}).get("_id", "")} - {""})


def _discard(store: BoundStore, idents: list[str]) -> int:
    for start in range(0, len(idents), TOGETHER):
        store.handle_many([(BACKUP, ident, DiscardBackup()) for ident in idents[start : start + TOGETHER]])
    return len(idents)


def sweep(store: BoundStore, now: datetime) -> int:
    """Delete texts that nobody refers to any more, and what belongs to them; how many. `now` in UTC."""
    moment, dropped = now - GRACE, 0
    for _ in range(ROUNDS):
        idle = blobs.unseen_since(store.database, moment, TEXTS)
        dropped += _drop_unused(store, idle, moment)
        if len(idle) < TEXTS:
            break
    blobs.drop_lost_parts(store.database, moment)
    texts.drop_old_editions(store.database, moment)
    return dropped


def _drop_unused(store: BoundStore, idle: list[str], moment: datetime) -> int:
    used = _referred_to(store, idle)
    # Looked at again when their time has passed once more.
    blobs.renew(store.database, sorted(used))
    dropped = 0
    for sha256 in idle:
        if sha256 not in used and blobs.drop(store.database, sha256, moment):
            texts.drop_copies(store.database, sha256)
            dropped += 1
    return dropped


def _referred_to(store: BoundStore, sha256s: list[str]) -> set[str]:
    wanted: dict[str, Any] = {"sha256": {"$in": sha256s}}
    found = set(store.collection(BACKUPS).distinct("sha256", {**KEPT, **wanted}))
    return found | set(store.collection(QUARANTINE).distinct("sha256", {**LIVE, **wanted}))
