"""How long log entries are kept: by age and by number, for each type. Only the oldest of a type ever go, and
the very last entry of all stays, because the next one is numbered after it.

One instance does it at a time, under a lease. What it removes never holds up what is written: it goes in
small pieces.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import structlog
from nameko.extensions import DependencyProvider
from pymongo import UpdateOne
from pymongo.database import Database

from netraven_chassis import mongo, settings
from netraven_chassis.clock import now_ms
from netraven_chassis.ids import new_id
from netraven_chassis.lease import Lease
from netraven_chassis.rounds import Rounds
from netraven_contracts.logs import LOG_TYPES
from netraven_jobs import logbook, system_log
from netraven_jobs.lines import log_of
from netraven_jobs.log_entry import Document
from netraven_jobs.log_writer import LogWriter

log = structlog.get_logger(__name__)

TOGETHER = 1000  # entries removed at once
ROUND_SECONDS = 300.0
LEASE_MS = 60_000
_DAY_MS = 86_400_000


@dataclass(frozen=True, slots=True)
class Keeping:
    """What is kept of one type: entries younger than `age_ms`, and of those the newest `most`."""

    age_ms: int
    most: int


def policy(wanted: settings.Settings) -> dict[str, Keeping]:
    """{type: Keeping} as the settings say."""
    days, most = wanted.log_retention_days, wanted.log_retention_entries
    return {name: Keeping(int(days.of(name)) * _DAY_MS, int(most.of(name))) for name in LOG_TYPES}


def cut(database: Database[Document], kept: Mapping[str, Keeping], now: int, lease: Any = None) -> int:
    """Remove what is not kept any more; how many entries that were.

    `now`: UTC milliseconds; `lease`, given up by whoever lost it in the middle.
    """
    removed = 0
    for log_type, keeping in kept.items():
        last = _last_to_go(database, log_type, keeping.most)
        while batch := _oldest(database, log_type, last, now - keeping.age_ms):
            if lease is not None and not lease.hold():
                return removed
            removed += _remove(database, batch)
    return removed


def _last_to_go(database: Database[Document], log_type: str, most: int) -> int:
    """The position up to which entries of the type are more than `most`; 0 when there are not so many."""
    found = logbook.entries_of(database).find(
        {"log_type": log_type}, {"_id": 0, "position": 1}, sort=[("position", -1)]
    )
    row = next(found.hint("type").skip(most).limit(1), None)
    return int(row["position"]) if row else 0


def _oldest(database: Database[Document], log_type: str, last: int, before: int) -> list[Document]:
    """The oldest entries of the type that have to go, some of them: those up to position `last`, and those
    before the first one that is as young as `before`.
    """
    wanted = {"position": 1, "timestamp": 1, "job_id": 1, "seq": 1}
    found = logbook.entries_of(database).find({"log_type": log_type}, wanted, sort=[("position", 1)])
    end = logbook.head(database)
    gone: list[Document] = []
    for row in found.hint("type").limit(TOGETHER):
        if row["position"] == end or (row["position"] > last and row["timestamp"] >= before):
            break
        gone.append(row)
    return gone


def _remove(database: Database[Document], rows: list[Document]) -> int:
    """Remove the entries, after taking down how far the logs of their jobs are."""
    seqs: dict[str, int] = {}
    for row in rows:
        if row["job_id"] is not None:
            seqs[row["job_id"]] = max(seqs.get(row["job_id"], 0), row["seq"])
    floors = [UpdateOne({"_id": job}, {"$max": {"seq": seq}}, upsert=True) for job, seq in seqs.items()]
    if floors:
        logbook.floors_of(database).bulk_write(floors, ordered=False)
    ids = [row["_id"] for row in rows]
    return int(logbook.entries_of(database).delete_many({"_id": {"$in": ids}}).deleted_count)


def keep(database: Database[Document], kept: Mapping[str, Keeping], lines: LogWriter, lease: Lease) -> None:
    """Remove what is not kept any more, and say so in the log."""
    removed = cut(database, kept, now_ms(), lease)
    if removed:
        log.info("old log entries are removed", entries=removed)
        text = f"Old log entries are removed: {removed}, by the settings NETRAVEN_LOG_RETENTION_*"
        system_log.say(lines, text, entries=removed)


class LogKeeping(DependencyProvider):
    """Does it for the service that it belongs to, every few minutes."""

    def __init__(self) -> None:
        super().__init__()
        self._rounds = Rounds("log-keeping", self._round, ROUND_SECONDS, endure=True)

    def setup(self) -> None:
        """Called by Nameko before anything starts."""
        self._kept = policy(settings.current())
        self._database = mongo.database("jobs")
        self._lease = Lease(self._database["leases"], "log-keeping", new_id(), LEASE_MS)

    def start(self) -> None:
        """Begin to look after the log."""
        self._rounds.start(self.container.spawn_managed_thread)

    def stop(self) -> None:
        """Look after it no more."""
        self._rounds.stop()

    def _round(self) -> None:
        if self._lease.hold():
            keep(self._database, self._kept, log_of(self.container), self._lease)
            self._lease.release()
