"""When each device was last pinged and how long it took: what changes every minute and is no event.

A collection beside the views: it cannot be made again from any log, so a rebuild leaves it alone.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from pymongo import IndexModel, UpdateOne
from pymongo.database import Database
from pymongo.errors import BulkWriteError
from pymongo.write_concern import WriteConcern

from netraven_chassis.views import DUPLICATE

PULSE = "pulse"
CHUNK = 1000  # samples in one bulk write
BATCH = 2000
FEW = 2000  # devices

_PINGED = {"last_ping": {"$gt": 0}}
_BY_PING = [("last_ping", 1), ("_id", 1)]

# [device id, when (UTC milliseconds), round trip in ms or None]
Sample = Sequence[Any]


def keep(database: Database[dict[str, Any]], samples: Sequence[Sample]) -> None:
    """Keep the newest sample of each device; one that is not newer than what is kept changes nothing."""
    # A pulse that a crash loses is told again within the minute: no need to wait for the disk.
    collection = database.get_collection(PULSE, write_concern=WriteConcern(w=1))
    newest = list({sample[0]: sample for sample in sorted(samples, key=lambda sample: sample[1])}.values())
    for start in range(0, len(newest), CHUNK):
        writes = [_write(*sample) for sample in newest[start : start + CHUNK]]
        try:
            collection.bulk_write(writes, ordered=False)
        except BulkWriteError as error:
            # The guard found nothing older, so the upsert tried to insert what is there already: newer.
            if any(item["code"] != DUPLICATE for item in error.details["writeErrors"]):
                raise


def prepare(database: Database[dict[str, Any]]) -> None:
    """Make the index that an order by the last ping follows."""
    database[PULSE].create_indexes([IndexModel([("last_ping", 1), ("_id", 1)])])


class Unpinged:
    """Which devices were never pinged: found once, remembered until a device or a pulse comes or goes."""

    def __init__(self) -> None:
        self._mark: tuple[int, int] | None = None
        self._found: list[str] = []

    def of(self, database: Database[dict[str, Any]], everything: Collection[str], changes: int) -> list[str]:
        """The ids of those among `everything`, in order; `changes` counts how often that has changed."""
        mark = changes, database[PULSE].estimated_document_count()
        if mark != self._mark:
            pinged = {row["_id"] for row in database[PULSE].find(_PINGED, {"_id": 1}).sort(_BY_PING)}
            self._found, self._mark = sorted(set(everything) - pinged), mark
        return self._found


def latest(
    database: Database[dict[str, Any]], members: Collection[str], most: int, backwards: bool
) -> list[str]:
    """The first `most` of those members that were pinged, the longest ago or, backwards, the latest first."""
    order = [(field, -way if backwards else way) for field, way in _BY_PING]
    # Few are asked for by name; among many the first ones are met soon on the way along all.
    query = {"_id": {"$in": list(members)}, **_PINGED} if len(members) <= FEW else _PINGED
    found: list[str] = []
    with database[PULSE].find(query, {"_id": 1}, batch_size=min(BATCH, 2 * most + 1)).sort(order) as rows:
        for row in rows:
            if len(found) == most:
                break
            if row["_id"] in members:
                found.append(row["_id"])
    return found


def _write(device_id: str, last_ping: int, latency_ms: float | None) -> UpdateOne:
    older = {"_id": device_id, "last_ping": {"$not": {"$gte": last_ping}}}
    return UpdateOne(older, {"$set": {"last_ping": last_ping, "latency_ms": latency_ms}}, upsert=True)


def forget(database: Database[dict[str, Any]], device_id: str) -> None:
    """Drop the pulse of a device that is gone."""
    database[PULSE].delete_one({"_id": device_id})
