"""When nobody has looked: whose turn has not come for too long is unknown from the last look on, and not
offline.

Every group's last finished turn is kept as a mark. Who finds one too old, whether after a restart, without
a socket, or for a pool of which nobody is alive, makes the verdict for the group's devices.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from pymongo.collection import Collection
from pymongo.database import Database
from pymongo.write_concern import WriteConcern

from netraven_chassis.views import LIVE
from netraven_monitor.watch import OFFLINE, ONLINE, UNKNOWN, RecordVerdict

# So many intervals without a look, and nothing is known any more. Handing a dead instance's shards over
# takes its time.
INTERVALS = 3
LEAST_MS = 30_000
AWAY = "the monitor did not look"


class Overdue(NamedTuple):
    """A group whose last look was at `at` (UTC milliseconds) and good for `good_ms`."""

    group: int
    at: int
    good_ms: int


class Marks:
    """When each group of a pool was last asked, in one document. A mark says itself how long it is good
    for.
    """

    def __init__(self, database: Database[dict[str, Any]]) -> None:
        relaxed = database.with_options(write_concern=WriteConcern(w=1))
        self._collection: Collection[dict[str, Any]] = relaxed["marks"]

    def set(self, pool: str, turns: Mapping[int, int], interval_ms: int) -> None:
        """Groups that were asked: {group: UTC milliseconds}."""
        good = max(INTERVALS * interval_ms, LEAST_MS)
        marks = {f"groups.{group}": [at, at + good] for group, at in turns.items()}
        if marks:
            self._collection.update_one({"_id": pool}, {"$set": marks}, upsert=True)

    def overdue(self, pool: str, groups: Sequence[int], now: int) -> list[Overdue]:
        """Those of the groups that were asked once and are past their time."""
        marks = (self._collection.find_one({"_id": pool}) or {"groups": {}})["groups"]
        known = [(group, *marks[str(group)]) for group in groups if str(group) in marks]
        return [Overdue(group, at, until - at) for group, at, until in known if until < now]


def lapsed(
    collection: Collection[dict[str, Any]],
    overdue: Iterable[Overdue],
    only: Mapping[str, Any],
    now: int,
    reason: str,
) -> Iterator[RecordVerdict]:
    """The verdicts over devices that nobody looked at in time, each dated from the last look.

    Parameters: `collection`, the targets; `only`, the query for the pool's devices. What was found out or
    stated about a device since, by hand, is good for as long as a turn is.
    """
    for group, at, good_ms in overdue:
        query = {
            "group": group,
            **LIVE,
            **only,
            "status": {"$in": [ONLINE, OFFLINE]},
            "as_of": {"$lt": now - good_ms},
        }
        for row in collection.find(query, {"as_of": 1}):
            yield RecordVerdict(row["_id"], UNKNOWN, max(at, row["as_of"]), reason=reason)
