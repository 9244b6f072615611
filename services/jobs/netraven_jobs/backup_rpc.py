"""What may be asked about backups over the bus: mixed into the service. Each method parses, calls, returns.

Who may see a text in clear is the gateway's to check.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from nameko.extensions import DependencyProvider

from netraven_chassis import mongo
from netraven_chassis.bound import BoundStore
from netraven_chassis.bus import Reply, rpc
from netraven_jobs import backup_history, backup_queries, blobs, reading, searching, texts
from netraven_jobs.reading import Look
from netraven_jobs.scribe import Reading, Scribe

Json = dict[str, Any]

_HOUR_MS = 3_600_000


class TextIndexes(DependencyProvider):
    """Prepares the collections of texts when the service starts."""

    def setup(self) -> None:
        """Make their indexes. Raises pymongo's errors when the database is away."""
        database = mongo.database("jobs")
        blobs.prepare(database)
        texts.prepare(database)


class BackupsRpc:
    """Mixed into the jobs service, which has `store = Store(…)` with the views of backup_views.py."""

    store: BoundStore
    scribe: Scribe = Reading()
    text_indexes = TextIndexes()

    @rpc
    def index_backups(self, filters: Mapping[str, Any], page: int, size: int, sort: Sequence[str]) -> Reply:
        """A page of backups, the newest first unless sorted otherwise, with the total in meta.

        `filters`: device_id, job_id, changed, start, end (UTC milliseconds).
        """
        rows, total = backup_queries.page(self.store, filters, page, size, sort)
        return Reply(orjson.dumps(rows), {"total": total})

    @rpc
    def show_backup(self, backup_id: str) -> Reply:
        """One backup, or one answer in quarantine, with its download_url. Raises NotFound."""
        return Reply(orjson.dumps(backup_queries.alone(self.store, backup_id)))

    @rpc
    def backup_text(self, backup_id: str, raw: bool = False, part: int = 0) -> Json:
        """{"text": one part of a backup's text, "parts": how many there are, "etag": of the whole, "name": of
        a file}; with `raw` in clear, which is recorded. Raises NotFound.
        """
        return reading.part(self.store, self.scribe, backup_id, raw, part)

    @rpc
    def diff_backups(
        self,
        backup_id: str,
        against: str | None = None,
        raw: bool = False,
        volatile: bool = True,
        context: int = 3,
    ) -> Reply:
        """What makes a backup of another: {id, against, identical, added, removed, diff, …}.

        Raises NotFound, Conflict; ValidationFailed when the other is not there. With `raw` it is recorded.
        """
        return reading.diff(self.store, self.scribe, backup_id, against, Look(raw, volatile, context))

    @rpc
    def config_at(self, device_id: str, at: int | None = None) -> Reply:
        """The backup that shows what a device had at `at` (UTC milliseconds; now). Raises NotFound."""
        moment = self.store.now() if at is None else at
        return Reply(orjson.dumps(backup_queries.at(self.store, device_id, moment)))

    @rpc
    def search_backups(self, wanted: Mapping[str, Any]) -> Reply:
        """Lines of the latest backups that match: see searching.Search. Raises ValidationFailed."""
        found = searching.search(self.store, self.scribe, searching.asked(wanted))
        return Reply(orjson.dumps(found))

    @rpc
    def stale_backups(self, hours: float, page: int, size: int) -> Reply:
        """A page of the devices without a good backup of the last `hours`, with the total in meta."""
        now = self.store.now()
        rows, total = backup_queries.stale(self.store, now - round(hours * _HOUR_MS), now, page, size)
        return Reply(orjson.dumps(rows), {"total": total})

    @rpc
    def count_backups(self) -> Json:
        """How many backups, changes, devices and texts there are."""
        return backup_queries.count(self.store)

    @rpc
    def index_quarantine(
        self, filters: Mapping[str, Any], page: int, size: int, sort: Sequence[str]
    ) -> Reply:
        """A page of the answers in quarantine, the newest first unless sorted otherwise, with the total in
        meta.

        `filters`: device_id, job_id, start, end (UTC milliseconds).
        """
        rows, total = backup_queries.quarantine(self.store, filters, page, size, sort)
        return Reply(orjson.dumps(rows), {"total": total})

    @rpc
    def device_quarantine(self, device_id: str, page: int, size: int) -> Reply:
        """A page of a device's answers in quarantine, with the total in meta."""
        rows, total = backup_queries.quarantine_of(self.store, device_id, page, size)
        return Reply(orjson.dumps(rows), {"total": total})

    @rpc
    def backup_history(self, backup_id: str, page: int, size: int) -> Reply:
        """A page of what happened to a backup, who saw it in clear included. Raises NotFound."""
        entries, total = backup_history.page(self.store, backup_id, page, size)
        return Reply(orjson.dumps(entries), {"total": total})
