"""Sums of attempts, so that a rate costs the same however many log-ins there were: one for each credential
and each stretch of the log that they come from. No questions are answered here.

A stretch is summed once all of it is taken in; nothing can come to it after that, so its sums are final. What
has not been summed yet is counted one by one, success_rates.py.
"""

from __future__ import annotations

from typing import Any

from pymongo import IndexModel, ReplaceOne
from pymongo.collection import Collection

from netraven_chassis.bound import BoundStore
from netraven_chassis.views import LIVE
from netraven_devices import attempts

VIEW = "attempt_sums"
INDEXES = (
    IndexModel([(field, 1) for field in ("credential_id", "stretch", "first", "last", "attempts", "good")]),
)

STRETCH = 5000  # positions of the log
LOOK_SECONDS = 30.0
_MARK = "summed"
_DAY_MS = 86_400_000

Rows = Collection[dict[str, Any]]

SUMS = {
    "attempts": {"$sum": 1},
    "good": {"$sum": {"$cond": ["$ok", 1, 0]}},
    "first": {"$min": "$at"},
    "last": {"$max": "$at"},
}


def look(store: BoundStore) -> None:
    """Sum what has come, and drop what is too old."""
    sum_up(store)
    forget(store)


def positions(stretch: int) -> dict[str, int]:
    """The query for the positions of a stretch."""
    return {"$gt": stretch * STRETCH, "$lte": (stretch + 1) * STRETCH}


def summed(store: BoundStore) -> int:
    """How many stretches are summed, from the first one on."""
    return _summed(store.collection(VIEW))


def _summed(sums: Rows) -> int:
    mark = sums.find_one({"_id": _MARK})
    return int(mark["stretches"]) if mark else 0


def sum_up(store: BoundStore) -> None:
    """Sum every stretch that is complete. Another instance may do the same: it comes to the same."""
    generations = store.core.generations
    generation = generations.live
    follower = store.core.followers(generation)[attempts.SOURCE]
    if follower.parking.count():
        return  # what is parked belongs to a stretch, and may still come
    rows, sums = (generations.collection(view, generation) for view in (attempts.VIEW, VIEW))
    for stretch in range(_summed(sums), follower.position // STRETCH):
        _sum(rows, sums, stretch)


def _sum(rows: Rows, sums: Rows, stretch: int) -> None:
    found = rows.aggregate(
        [{"$match": {**LIVE, "position": positions(stretch)}}, {"$group": {"_id": "$credential_id", **SUMS}}],
        hint="log",
    )
    made = [
        ReplaceOne(
            {"_id": f"{stretch}.{row['_id']}"},
            {**{name: row[name] for name in SUMS}, "credential_id": row["_id"], "stretch": stretch},
            upsert=True,
        )
        for row in found
    ]
    if made:
        sums.bulk_write(made, ordered=False)
    sums.update_one({"_id": _MARK}, {"$max": {"stretches": stretch + 1}}, upsert=True)


def forget(store: BoundStore) -> None:
    """Drop stretches of which no attempt is kept any longer, a day late: until then they are read in part."""
    rows, sums = store.collection(attempts.VIEW), store.collection(VIEW)
    oldest = attempts.kept_since(store) - _DAY_MS
    ended = {"$group": {"_id": "$stretch", "last": {"$max": "$last"}}}
    old = sums.aggregate([{"$match": {"_id": {"$ne": _MARK}}}, ended, {"$match": {"last": {"$lt": oldest}}}])
    for stretch in sorted(row["_id"] for row in old):
        rows.delete_many({**LIVE, "position": positions(stretch)}, hint="log")
        sums.delete_many({"stretch": stretch})
