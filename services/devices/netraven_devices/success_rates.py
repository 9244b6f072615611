"""How often credentials were tried, and how often that went well: exact over the attempts that are kept.

Read off sums, and attempt by attempt only where a stretch of them has no sums yet or is counted in part.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from netraven_chassis.bound import BoundStore
from netraven_chassis.views import LIVE
from netraven_devices import attempt_sums, attempts

Query = dict[str, Any]
_TOTALS = {"attempts": {"$sum": "$attempts"}, "good": {"$sum": "$good"}, "last": {"$max": "$last"}}
_ADDED = {"$group": {"_id": "$credential_id", **_TOTALS}}


class Record(NamedTuple):
    """What is known of a credential: kept attempts, percent that succeeded (None: none kept), the last one
    (UTC milliseconds).
    """

    attempts: int
    success_rate: float | None
    last_used: int | None


NONE = Record(0, None, None)


def records(
    store: BoundStore, credential_ids: Sequence[str], since: int | None = None
) -> Mapping[str, Record]:
    """{credential id: its Record} of those that were tried; `since` (UTC milliseconds) counts only later
    ones.
    """
    begin = max(since or 0, attempts.kept_since(store))
    stretches = attempt_sums.summed(store)
    summed = {"credential_id": {"$in": list(credential_ids)}, "stretch": {"$lt": stretches}}
    rest = {"$gt": stretches * attempt_sums.STRETCH}
    alone = [{"credential_id": summed["credential_id"], "position": rest}, *_cut(store, summed, begin)]
    whole: list[Query] = [{"$match": {**summed, "first": {"$gte": begin}}}, _ADDED]
    return _added([*store.collection(attempt_sums.VIEW).aggregate(whole), *_counted(store, alone, begin)])


def _cut(store: BoundStore, summed: Query, begin: int) -> list[Query]:
    """The queries for the stretches that `begin` lies within, one for each credential and stretch."""
    within = {**summed, "first": {"$lt": begin}, "last": {"$gte": begin}}
    rows = store.collection(attempt_sums.VIEW).find(within, {"credential_id": 1, "stretch": 1})
    return [
        {"credential_id": row["credential_id"], "position": attempt_sums.positions(row["stretch"])}
        for row in rows
    ]


def _counted(store: BoundStore, wanted: Sequence[Query], begin: int) -> Iterable[dict[str, Any]]:
    """The sums of single attempts, a row for each credential."""
    each = [{**LIVE, **one, "at": {"$gte": begin}} for one in wanted]
    group = {"$group": {"_id": "$credential_id", **attempt_sums.SUMS}}
    return store.collection(attempts.VIEW).aggregate([{"$match": {"$or": each}}, group], hint="credential")


def _added(rows: Iterable[Mapping[str, Any]]) -> dict[str, Record]:
    tried: dict[str, tuple[int, int, int]] = {}
    for row in rows:
        number, good, last = tried.get(row["_id"], (0, 0, 0))
        tried[row["_id"]] = number + row["attempts"], good + row["good"], max(last, row["last"])
    return {
        ident: Record(number, round(100 * good / number, 1), last)
        for ident, (number, good, last) in tried.items()
    }
