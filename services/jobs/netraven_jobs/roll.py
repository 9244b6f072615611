"""Which workers there are: each signs in while it lives and signs off when it is stopped, so that one that
does neither is missed also when it had nothing in hand. Its tasks are claims.py's matter.
"""

from __future__ import annotations

from typing import Any

from pymongo.database import Database

COLLECTION = "workers"
KEPT_MS = 45_000
"""Without a sign for so long a worker is missed: some times as long as between two signs."""


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

    def missing(self) -> list[str]:
        """Those that signed and then fell silent; each is told once, to whoever asks first. Raises pymongo's
        errors.
        """
        late = {"$expr": {"$lt": ["$until", "$$NOW"]}}
        found = [row["_id"] for row in self._rows.find(late, {"_id": 1})]
        return [one for one in found if self._rows.delete_one({"_id": one, **late}).deleted_count]
