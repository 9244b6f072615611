"""A lease: one owner at a time, for a while, with an epoch that fences off the owner before.

The database's clock decides, so the clocks of the instances may differ. What is done under a lease is not
this module's business.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from pymongo import ReturnDocument
from pymongo.collection import Collection
from pymongo.errors import DuplicateKeyError

_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


class Lease:
    """The lease `name` of a collection, as one would-be owner sees it."""

    def __init__(
        self, collection: Collection[dict[str, Any]], name: str, owner: str, ttl_ms: int = 10_000
    ) -> None:
        self._collection = collection
        self._name = name
        self._owner = owner
        self._ttl_ms = ttl_ms
        self.epoch = 0

    def hold(self) -> bool:
        """Take the lease when it is free, or prolong it when it is ours; whether it is ours now.

        Taking it raises `epoch` by one; prolonging keeps it.
        """
        mine = self._mine()
        over = {"$lte": ["$expires", "$$NOW"]}
        update = [
            {
                "$set": {
                    "epoch": {"$cond": [mine, "$epoch", {"$add": [{"$ifNull": ["$epoch", 0]}, 1]}]},
                    "owner": self._owner,
                    "expires": {"$add": ["$$NOW", self._ttl_ms]},
                }
            }
        ]
        held: dict[str, Any] | None = self._collection.find_one_and_update(
            {"_id": self._name, "$expr": {"$or": [mine, over]}}, update, return_document=ReturnDocument.AFTER
        )
        if held is None:
            return self._first() and self.hold()
        self.epoch = held["epoch"]
        return True

    def _mine(self) -> dict[str, Any]:
        return {"$and": [{"$eq": ["$owner", self._owner]}, {"$gt": ["$expires", "$$NOW"]}]}

    def _first(self) -> bool:
        """Make the row when nobody ever held the lease; whether that was needed."""
        try:
            self._collection.insert_one({"_id": self._name, "owner": None, "epoch": 0, "expires": _LONG_AGO})
        except DuplicateKeyError:
            return False  # it is there, and somebody else's
        return True

    def release(self) -> None:
        """Give the lease back at once; nothing happens when it is no longer ours."""
        self._collection.update_one(
            {"_id": self._name, "owner": self._owner, "epoch": self.epoch},
            [{"$set": {"expires": "$$NOW"}}],
        )


def prolong(leases: Sequence[Lease]) -> list[Lease]:
    """Prolong leases of one collection and one owner in one trip; those of them that were ours still."""
    if not leases:
        return []
    one, named = leases[0], {lease._name: lease for lease in leases}
    ours = {"_id": {"$in": list(named)}, "$expr": one._mine()}
    later = {"expires": {"$add": ["$$NOW", one._ttl_ms]}}
    if one._collection.update_many(ours, [{"$set": later}]).matched_count == len(leases):
        return list(leases)
    return [named[row["_id"]] for row in one._collection.find(ours, {"_id": 1})]
