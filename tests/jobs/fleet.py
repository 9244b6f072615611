"""A small fleet for the tests of backups: devices in the inventory's log, tasks, and what they bring."""

from __future__ import annotations

import hashlib
import itertools
import secrets
from collections.abc import Callable
from typing import Any

from pymongo.database import Database

from netraven_chassis.aggregate import Aggregate
from netraven_chassis.batch import Batch
from netraven_chassis.bound import BoundStore
from netraven_chassis.core import Core
from netraven_chassis.eventlog.commit import Commit, Context, Recorded
from netraven_chassis.views import ViewSet
from netraven_jobs import backup_views, backups, blobs, volatile, webhook_views
from netraven_jobs.backup import BACKUP
from netraven_jobs.configuration import CONFIGURATION
from netraven_jobs.webhook import WEBHOOK

START = 1_767_323_045_000  # 2026-01-02T03:04:05Z
HOUR, DAY = 3_600_000, 86_400_000
_numbers = itertools.count(1)


class Ticks:
    """A clock that tests set; it goes on by a millisecond with every look."""

    def __init__(self) -> None:
        self.time = START

    def now(self) -> int:
        self.time += 1
        return self.time


class Inventory:
    """The devices' log, as its log_range would give it."""

    def __init__(self) -> None:
        self.commits: list[Commit] = []

    def say(self, kind: str, device_id: str, **data: Any) -> None:
        """One event of a device."""
        stream = f"device-{device_id}"
        first = 1 + sum(commit.stream == stream for commit in self.commits)
        events = (Recorded(kind, 1, data),)
        commit = Commit(stream, first, events, len(self.commits) + 1, START, {}, None, None, None, None)
        self.commits.append(commit)

    def device(self, name: str, location: str = "Bern", platform: str = "cisco_ios") -> dict[str, Any]:
        """A device that is registered; as tasks carry it."""
        number = next(_numbers)
        told = {
            "name": name,
            "ip_address": f"10.0.{number >> 8}.{number & 255}",
            "location": location,
            "platform": platform,
        }
        ident = f"{number:024x}"
        self.say("DeviceRegistered", ident, **told)
        return {"id": ident, **told}

    def pull(self, _source: str, after: int) -> Batch:
        commits = tuple(self.commits[after:])
        return Batch("devices", "devices-1", after, len(self.commits), commits, len(self.commits))


class Fleet:
    """The store of backups in a database of its own, with what tests do to it."""

    def __init__(self, database: Database[dict[str, Any]]) -> None:
        self.clock, self.inventory = Ticks(), Inventory()
        collections = {**backup_views.COLLECTIONS, **webhook_views.COLLECTIONS}
        folds = {**backup_views.FOLDS, **webhook_views.FOLDS}
        views = ViewSet({**collections, "jobs": ()}, folds, dict(backup_views.FOLLOWS))
        aggregates: list[Aggregate[Any]] = [CONFIGURATION, BACKUP, WEBHOOK]
        self.core = Core("jobs", database, aggregates, views, self.clock, self.inventory.pull)
        self.core.prepare()
        self.database = database

    def asked(self, name: str = "ann") -> BoundStore:
        """The store as one request of somebody sees it."""
        context = Context({"id": f"id-{name}", "name": name}, secrets.token_hex(8), "request-1")
        return BoundStore(self.core, context)

    def device(self, name: str, **fields: str) -> dict[str, Any]:
        """A device that the views know."""
        made = self.inventory.device(name, **fields)
        self.heard()
        return made

    def heard(self) -> None:
        """Take in what the inventory has said."""
        self.core.followers()["devices"].catch_up()

    def backup(self, device: dict[str, Any], text: str, at: int, job_id: str = "f" * 24) -> str:
        """A backup of the device that shows this text, taken at that moment; its id."""
        return backups.record(self.asked(), task(device, job_id), self.brought(device, text, at))

    def quarantined(self, device: dict[str, Any], text: str, at: int, reason: str = "it ends early") -> str:
        """An answer of the device in quarantine; its id."""
        answer = {**self.brought(device, text, at), "reason": reason}
        return backups.quarantine(self.asked(), task(device), answer)

    def brought(self, device: dict[str, Any], text: str, at: int) -> dict[str, Any]:
        """What a backup task brings."""
        stored = blobs.put(self.database, text)
        normal = volatile.normalise(device["platform"], text)
        return {
            "sha256": stored.sha256,
            "normal_sha256": hashlib.sha256(normal.encode()).hexdigest(),
            "size": stored.size,
            "lines": stored.lines,
            "platform": device["platform"],
            "taken_at": at,
        }


def task(device: dict[str, Any], job_id: str = "f" * 24, epoch: int = 1) -> dict[str, Any]:
    """A device's task of a job."""
    return {"_id": f"task-{next(_numbers)}", "epoch": epoch, "job_id": job_id, "device": device}


Configured = Callable[..., str]


def configuration(*lines: str, uptime: int = 1) -> str:
    """A configuration of a cisco_ios with these lines, a secret and a line that changes by itself."""
    head = [f"! Last configuration change at 03:04:{uptime:02} UTC", "version 15.2", "hostname core-1"]
    return "\n".join([*head, "enable secret 5 $1$canary$hunter2", *lines, "end", ""])
