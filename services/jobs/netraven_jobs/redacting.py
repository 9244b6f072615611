"""Makes the redacted copies of fresh backups ahead of whoever looks, so that a search meets texts that are
ready. It follows the jobs service's own log; what a copy is stands in texts.py.

Only a device's latest backup is made ready; others are when somebody asks for them. A better table of secrets
makes it begin anew. As long as a job runs the processors are wanted for its sessions, and this waits a while.
"""

from __future__ import annotations

from collections.abc import Sequence
from time import monotonic

import structlog

from netraven_chassis.bound import BoundStore
from netraven_chassis.checkpoints import Checkpoint, Mark
from netraven_chassis.eventlog.commit import Commit
from netraven_chassis.views import LIVE
from netraven_contracts.errors import NotFound
from netraven_jobs import texts
from netraven_jobs.backup_queries import KEPT
from netraven_jobs.backup_views import BACKUPS, FLEET
from netraven_jobs.job import RUNNING
from netraven_jobs.scribe import Scribe
from netraven_jobs.views import JOBS

log = structlog.get_logger(__name__)

RANGE = 50  # commits looked at in one go
PATIENCE_SECONDS = 60.0  # with jobs that run: a search does not wait for their end


class Redactor:
    """Goes through the log, from where it was left."""

    def __init__(self, store: BoundStore, scribe: Scribe) -> None:
        self._store, self._scribe = store, scribe
        self._checkpoint = Checkpoint(store.database, f"redacting:{texts.EDITION}")
        self._behind_since: float | None = None

    def is_behind(self) -> bool:
        """Whether the log goes on behind what was taken in, and it is time to take that in."""
        if not self._store.core.log.range(self._checkpoint.read().position, 1):
            self._behind_since = None
            return False
        self._behind_since = self._behind_since or monotonic()
        return monotonic() - self._behind_since > PATIENCE_SECONDS or not self._a_job_runs()

    def _a_job_runs(self) -> bool:
        running = {**LIVE, "active": True, "status": RUNNING}
        return self._store.collection(JOBS).find_one(running, {"_id": 1}) is not None

    def look(self) -> int:
        """Take in the next stretch of the log; how many commits that were. Raises pymongo's errors and
        Unavailable.
        """
        mark = self._checkpoint.read()
        commits = self._store.core.log.range(mark.position, RANGE)
        taken = [one for one in commits if any(event.type == "BackupTaken" for event in one.events)]
        if taken:
            self._make_ready(taken)
        if commits:
            self._checkpoint.move(mark, Mark(commits[-1].position, self._store.core.log.log_id))
        return len(commits)

    def _make_ready(self, commits: Sequence[Commit]) -> None:
        backups = [commit.subject for commit in commits]
        devices = [commit.events[0].data["device_id"] for commit in commits]
        latest = {"_id": {"$in": devices}, "last_backup_id": {"$in": backups}}
        found = self._store.collection(FLEET).find(latest, {"last_backup_id": 1})
        wanted = {"_id": {"$in": [row["last_backup_id"] for row in found]}, **KEPT}
        rows = list(self._store.collection(BACKUPS).find(wanted))
        ready = texts.ready(self._store.database, rows)
        for row in {texts.name_of(row): row for row in rows}.values():
            if texts.name_of(row) not in ready:
                self._make(row)

    def _make(self, row: texts.Row) -> None:
        try:
            texts.make(self._store.database, self._scribe, row)
        except NotFound as error:
            log.warning("a backup could not be made ready", backup=row["_id"], reason=error.message)
