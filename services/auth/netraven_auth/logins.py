"""Who logged in and who failed to: telemetry with a retention, not events. No password comes near it.

A name that nobody has is not kept: it may be a password typed into the wrong field.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from pymongo import DESCENDING, IndexModel
from pymongo.database import Database
from pymongo.write_concern import WriteConcern

from netraven_chassis.clock import parse_iso

KEPT_SECONDS = 90 * 86_400
OK = "ok"


class Logins:
    """The log-ins in one auth database."""

    def __init__(self, database: Database[dict[str, Any]]) -> None:
        self._rows = database.get_collection("logins", write_concern=WriteConcern(w=1))
        self._last = database.get_collection("last_logins", write_concern=WriteConcern(w=1))

    def prepare(self) -> None:
        """Make the indexes: by user, and the one by which old rows go."""
        by_user = IndexModel([("user_id", 1), ("at", DESCENDING)])
        self._rows.create_indexes([by_user, IndexModel("at", expireAfterSeconds=KEPT_SECONDS)])

    def note(self, outcome: str, user_id: str | None, address: str | None, request_id: str | None) -> None:
        """Keep that a log-in ended so: OK, or the code of the error in lower case."""
        now = datetime.now(UTC)
        self._rows.insert_one(
            {
                "at": now,
                "outcome": outcome,
                "user_id": user_id,
                "address": address,
                "request_id": request_id,
            }
        )
        if outcome == OK:
            self._last.update_one({"_id": user_id}, {"$set": {"at": now}}, upsert=True)

    def last(self, user_ids: Iterable[str]) -> dict[str, int]:
        """When each logged in last, UTC milliseconds; who never did is left out."""
        rows = self._last.find({"_id": {"$in": list(user_ids)}})
        return {row["_id"]: parse_iso(row["at"].isoformat()) for row in rows}

    def of(self, user_id: str, limit: int) -> list[dict[str, Any]]:
        """The user's latest log-ins, newest first: {at (ms), outcome, address, request_id}."""
        rows = self._rows.find({"user_id": user_id}, {"_id": 0, "user_id": 0}).sort("at", -1).limit(limit)
        return [{**row, "at": parse_iso(row["at"].isoformat())} for row in rows]
