"""How far a follower has come in a log, moved by compare-and-set. What it does on the way is not known
here.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from pymongo.database import Database
from pymongo.errors import DuplicateKeyError
from pymongo.write_concern import WriteConcern


class Mark(NamedTuple):
    """A place in a log: its last position that is done, and the log's id (None: nothing followed yet)."""

    position: int
    log_id: str | None


START = Mark(0, None)


class Checkpoint:
    """One checkpoint, remembered between moves so that following costs one write and no read."""

    def __init__(self, database: Database[dict[str, Any]], name: str) -> None:
        self._rows = database.get_collection("checkpoints", write_concern=WriteConcern(w="majority", j=False))
        self._name = name
        self._cached: Mark | None = None

    def read(self) -> Mark:
        """Where the follower is."""
        if self._cached is None:
            row = self._rows.find_one({"_id": self._name})
            if self._cached is None:  # else it was moved while this was on its way
                self._cached = Mark(row["position"], row["log_id"]) if row else START
        return self._cached

    def move(self, old: Mark, new: Mark) -> bool:
        """Go from `old` to `new`; False when another consumer has moved it meanwhile."""
        try:
            moved = self._rows.update_one(
                {"_id": self._name, "position": old.position, "log_id": old.log_id},
                {"$set": {"position": new.position, "log_id": new.log_id}},
                upsert=old == START,
            )
        except DuplicateKeyError:
            self._cached = None
            return False
        if moved.matched_count or moved.upserted_id is not None:
            self._cached = new
            return True
        self._cached = None
        return False

    def forget(self) -> None:
        """Read the database again next time."""
        self._cached = None

    def reset(self) -> None:
        """Begin anew."""
        self._rows.delete_one({"_id": self._name})
        self._cached = None
