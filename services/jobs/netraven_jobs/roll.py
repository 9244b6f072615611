"""Which workers there are: each signs in while it lives and signs off when it is stopped, so that one that
does neither is missed also when it had nothing in hand. Its tasks are claims.py's matter.
"""

from __future__ import annotations

from typing import Any

from pymongo.database import Database

COLLECTION = "workers"
KEPT_MS = 45_000
"""Without a sign for so long a worker is missed: some times as long as between two signs."""
_LATE = {"$expr": {"$lt": ["$until", "$$NOW"]}}


class Roll:
    """The workers that are there, by the database's clock."""

    def __init__(self, database: Database[dict[str, Any]], kept_ms: int = KEPT_MS) -> None:
        self._rows, self._kept_ms = database[COLLECTION], kept_ms

    def sign(self, worker: str) -> None:
        """It is there. Raises pymongo's errors."""
        until = {"until": {"$add": ["$$NOW", self._kept_ms]}}
        self._rows.update_one({"_id": worker}, [{"$set": until}], upsert=True)

    def strike(self, worker: str) -> None:
        """It is not expected any more. Raises pymongo's errors."""
        self._rows.delete_one({"_id": worker})

    def late(self) -> list[str]:
        """Those that signed and have not signed again in time. Raises pymongo's errors."""
        return [row["_id"] for row in self._rows.find(_LATE, {"_id": 1})]

    def miss(self, worker: str) -> bool:
        """Strike one that is late; whether it still was, and nobody was first. Raises pymongo's errors."""
        return bool(self._rows.delete_one({"_id": worker, **_LATE}).deleted_count)
