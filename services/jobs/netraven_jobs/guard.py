"""The log-ins of the recent past, kept by all workers for the sake of lockout.py. No decisions."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from pymongo import IndexModel
from pymongo.database import Database

from netraven_jobs.lockout import REFUSED, SUCCESS, Limits, rests_until

COLLECTION = "logins"
_KEPT_SECONDS = 86_400 + 3_600  # a little longer than the longest window


class Guard:
    """Remembers which credential was tried where, and says which must rest."""

    def __init__(self, database: Database[dict[str, Any]], limits: Limits) -> None:
        self._rows, self.limits = database[COLLECTION], limits

    def prepare(self) -> None:
        """Make the indexes."""
        self._rows.create_indexes(
            [
                IndexModel([("device_id", 1), ("credential_id", 1), ("at", 1)]),
                IndexModel([("until", 1)], expireAfterSeconds=0),
            ]
        )

    def tried(
        self, device_id: str, credential_id: str, outcome: str, now: int, forgives: bool | None = None
    ) -> None:
        """Take down a log-in; `now` in UTC milliseconds. A success that forgives nothing is not worth it;
        `forgives` says whether it does, where that is known.
        """
        if outcome == SUCCESS:
            if forgives is None:
                forgives = self._refused(device_id, credential_id, now)
            if not forgives:
                return
        until = datetime.fromtimestamp(now / 1000 + _KEPT_SECONDS, UTC)
        row = {"device_id": device_id, "credential_id": credential_id, "outcome": outcome, "at": now}
        self._rows.insert_one({**row, "until": until})

    def rests_until(self, device_id: str, credential_id: str, now: int) -> int | None:
        """Until when a credential must leave a device alone; None when it may be tried."""
        since = now - self.limits.window_ms
        query = {"device_id": device_id, "credential_id": credential_id, "at": {"$gt": since}}
        tried = [(row["at"], row["outcome"]) for row in self._rows.find(query)]
        return rests_until(tried, now, self.limits)

    def _refused(self, device_id: str, credential_id: str, now: int) -> bool:
        since = {"$gt": now - self.limits.window_ms}
        query = {"device_id": device_id, "credential_id": credential_id, "at": since, "outcome": REFUSED}
        return self._rows.find_one(query, {"_id": 1}) is not None
