"""Makes the redacted copies of fresh backups ahead of whoever looks, so that a search meets texts that are
ready. It follows the jobs service's own log; what a copy is stands in texts.py.

Only a device's latest backup is made ready; others are when somebody asks for them. A better table of secrets
makes it begin anew.
"""

from __future__ import annotations

import structlog

from netraven_chassis.bound import BoundStore
from netraven_chassis.checkpoints import Checkpoint, Mark
from netraven_chassis.eventlog.commit import Commit
from netraven_contracts.errors import NotFound
from netraven_jobs import texts
from netraven_jobs.backup_queries import KEPT
from netraven_jobs.backup_views import BACKUPS, FLEET
from netraven_jobs.scribe import Scribe

log = structlog.get_logger(__name__)

RANGE = 50  # commits looked at in one go


class Redactor:
    """Goes through the log, from where it was left."""

    def __init__(self, store: BoundStore, scribe: Scribe) -> None:
        self._store, self._scribe = store, scribe
        self._checkpoint = Checkpoint(store.database, f"redacting:{texts.EDITION}")

    def is_behind(self) -> bool:
        """Whether the log goes on behind what was taken in."""
        return bool(self._store.core.log.range(self._checkpoint.read().position, 1))

    def look(self) -> int:
        """Take in the next stretch of the log; how many commits that were. Raises pymongo's errors and
        Unavailable.
        """
        mark = self._checkpoint.read()
        commits = self._store.core.log.range(mark.position, RANGE)
        for commit in commits:
            if any(event.type == "BackupTaken" for event in commit.events):
                self._make_ready(commit)
        if commits:
            self._checkpoint.move(mark, Mark(commits[-1].position, self._store.core.log.log_id))
        return len(commits)

    def _make_ready(self, commit: Commit) -> None:
        latest = {"_id": commit.events[0].data["device_id"], "last_backup_id": commit.subject}
        if self._store.collection(FLEET).find_one(latest, {"_id": 1}) is None:
            return
        row = self._store.collection(BACKUPS).find_one({"_id": commit.subject, **KEPT})
        if row is None or texts.is_ready(self._store.database, row):
            return
        try:
            texts.redacted(self._store.database, self._scribe, row)
        except NotFound as error:
            log.warning("a backup could not be made ready", backup=commit.subject, reason=error.message)
