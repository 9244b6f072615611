"""Who logged in and who failed to: telemetry with a retention, not events. No password comes near it.

One row for a user, an address, an outcome and an hour, with a count: what grows is bounded by who uses the
system, not by how often. A name that nobody has is not kept: it may be a password in the wrong field.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from pymongo import DESCENDING, IndexModel
from pymongo.database import Database
from pymongo.errors import DuplicateKeyError
from pymongo.write_concern import WriteConcern

from netraven_chassis.clock import parse_iso

KEPT_SECONDS = 90 * 86_400
MOST_SHOWN = 1000
OK, WRONG = "ok", "wrong password"


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
        """Keep that a log-in ended so, OK or WRONG; `user_id` is None when nobody has the name."""
        now = datetime.now(UTC)
        same = {"user_id": user_id, "address": address, "outcome": outcome}
        key = "|".join((f"{now:%Y-%m-%dT%H}", *map(str, same.values())))
        last = {"at": now, "request_id": request_id}
        change = {"$set": last, "$setOnInsert": same, "$inc": {"count": 1}}
        try:
            self._rows.update_one({"_id": key}, change, upsert=True)
        except DuplicateKeyError:  # another one made the row at the same moment
            self._rows.update_one({"_id": key}, change, upsert=True)
        if outcome == OK:
            self._last.update_one({"_id": user_id}, {"$set": {"at": now}}, upsert=True)

    def last(self, user_ids: Iterable[str]) -> dict[str, int]:
        """When each logged in last, UTC milliseconds; who never did is left out."""
        rows = self._last.find({"_id": {"$in": list(user_ids)}})
        return {row["_id"]: parse_iso(row["at"].isoformat()) for row in rows}

    def of(self, user_id: str, limit: int) -> list[dict[str, Any]]:
        """The user's latest log-ins, newest first: {at (ms), outcome, address, count, request_id}."""
        found = self._rows.find({"user_id": user_id}, {"_id": 0, "user_id": 0}).sort("at", -1)
        rows = found.limit(min(limit, MOST_SHOWN))
        return [{**row, "at": parse_iso(row["at"].isoformat())} for row in rows]
