"""The least that a sweep in which everything changes has to write: commits and view documents, in plain
batches.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

from bson import ObjectId
from pymongo import UpdateOne
from pymongo.database import Database
from pymongo.write_concern import WriteConcern

from netraven_chassis.aggregate import encode
from netraven_chassis.clock import now_ms
from netraven_chassis.eventlog.commit import Context, Draft, to_document
from netraven_chassis.eventlog.log import INDEXES
from netraven_monitor.views import VIEWS
from netraven_monitor.watch import DeviceWentOnline

_BATCH = 1000


class Writes:
    """The same documents with the same indexes and concerns: log journaled by a majority, view
    acknowledged.
    """

    def __init__(self, database: Database[dict[str, Any]], ids: Sequence[str]) -> None:
        self._ids = ids
        self._commits = database["plain_commits"]
        self._commits.create_indexes(list(INDEXES))
        self._view = database.with_options(write_concern=WriteConcern(w=1))["plain_targets"]
        self._view.create_indexes(list(VIEWS.collections["targets"]))
        fields = {
            "ip": "127.0.0.1",
            "location": "here",
            "group": 7,
            "status": "unknown",
            "as_of": 0,
            "live": True,
        }
        self._view.insert_many([{"_id": one, **fields, "versions": {"own": 1, "watch": 0}} for one in ids])
        self._positions, self._versions = itertools.count(1), itertools.count(1)

    def write(self) -> None:
        """One commit and one view document for every device."""
        version, at = next(self._versions), now_ms()
        for first in range(0, len(self._ids), _BATCH):
            some = self._ids[first : first + _BATCH]
            context = Context({"id": "monitor", "name": "monitor"}, command_id=str(ObjectId()))
            self._commits.insert_many([self._commit(one, version, at, context) for one in some], ordered=True)
            self._view.bulk_write([_put(one, version, at) for one in some], ordered=False)

    def _commit(self, device: str, version: int, at: int, context: Context) -> dict[str, Any]:
        event = encode(DeviceWentOnline(device, at, 0.05))
        draft = Draft(str(ObjectId()), f"watch-{device}", version, (event,), at, context)
        return to_document(draft, next(self._positions))


def _put(device: str, version: int, at: int) -> UpdateOne:
    older = {"_id": device, "versions.watch": {"$not": {"$gte": version}}}
    return UpdateOne(
        older, {"$set": {"status": "online", "as_of": at, "versions.watch": version}}, upsert=True
    )
