"""Where password hashes lie: one row for each version, in a collection beside the log and never in it.

An event names its row. A row that no event names, or one that a later event has replaced, opens nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pymongo.database import Database

from netraven_chassis.ids import new_id


class PasswordRows:
    """The hashes of one auth database."""

    def __init__(self, database: Database[dict[str, Any]]) -> None:
        self._rows = database["passwords"]

    def keep(self, hashed: str) -> str:
        """Keep a hash; the id of its row, for an event."""
        row_id = new_id()
        self._rows.insert_one({"_id": row_id, "hash": hashed})
        return row_id

    def read(self, row_id: str) -> str | None:
        """The hash in a row, or None."""
        row = self._rows.find_one({"_id": row_id})
        return str(row["hash"]) if row else None

    def improve(self, row_id: str, old: str, better: str) -> None:
        """Put a better hash of the same password in the place of `old`, if that is still there."""
        self._rows.update_one({"_id": row_id, "hash": old}, {"$set": {"hash": better}})

    def forget(self, row_ids: Iterable[str]) -> None:
        """Destroy rows that no event names any more."""
        self._rows.delete_many({"_id": {"$in": list(row_ids)}})
