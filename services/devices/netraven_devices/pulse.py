"""When each device was last pinged and how long it took: what changes every minute and is no event.

A collection beside the views: it cannot be made again from any log, so a rebuild leaves it alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pymongo import UpdateOne
from pymongo.database import Database
from pymongo.errors import BulkWriteError
from pymongo.write_concern import WriteConcern

from netraven_chassis.views import DUPLICATE

PULSE = "pulse"
CHUNK = 1000  # samples in one bulk write

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


def _write(device_id: str, last_ping: int, latency_ms: float | None) -> UpdateOne:
    older = {"_id": device_id, "last_ping": {"$not": {"$gte": last_ping}}}
    return UpdateOne(older, {"$set": {"last_ping": last_ping, "latency_ms": latency_ms}}, upsert=True)


def forget(database: Database[dict[str, Any]], device_id: str) -> None:
    """Drop the pulse of a device that is gone."""
    database[PULSE].delete_one({"_id": device_id})
