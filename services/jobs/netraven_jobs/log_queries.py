"""Reading the log of jobs: pages by filters, one entry, what follows a place, counts. Nothing is written.

Every list is a walk along an index in the order that it is shown in, so that a page of a million entries
costs what one of ten thousand does. That holds for totals too because they are counted up to a bound: past
it a client is told so, and narrows the window.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pymongo.collection import Collection
from pymongo.database import Database
from pymongo.errors import ExecutionTimeout

from netraven_contracts.errors import NotFound, Unavailable, ValidationFailed
from netraven_contracts.logs import LEVELS, LOG_TYPES, MOST_COUNTED, MOST_REACHED
from netraven_jobs.log_entry import Document, shown, sought
from netraven_jobs.logbook import COLLECTION, entries_of

_EXACT = ("job_id", "device_id", "source")
_KINDS = {"log_type": LOG_TYPES, "level": LEVELS}
_INDEXES: Mapping[str, Sequence[set[str]]] = {
    "time": [set()],
    "kind": [{"log_type"}, {"level"}, {"log_type", "level"}],
    "job": [{"job_id"}],
    "job_device": [{"job_id", "device_id"}],
    "job_kind": [{"job_id", "log_type"}, {"job_id", "level"}, {"job_id", "log_type", "level"}],
    "device": [{"device_id"}],
    "source": [{"source"}],
    "words": [{"q"}],
}
_PATIENCE_MS = 3000
_SHOWN = {"words": 0}


def page(
    database: Database[Document], filters: Mapping[str, Any], page: int, size: int, order: str
) -> tuple[list[dict[str, Any]], int, bool]:
    """A page of LogFilters, `order` asc or desc; how many match, and whether there may be more than that.

    Raises ValidationFailed for a page past MOST_REACHED, Unavailable when it takes too long.
    """
    skip = (page - 1) * size
    if skip >= MOST_REACHED:
        reason = f"reaches past {MOST_REACHED} entries; narrow the list with from, to or another filter"
        raise ValidationFailed("A parameter is wrong", {"page": [reason]})
    query = _query(filters)
    if query is None:
        return [], 0, False
    direction = 1 if order == "asc" else -1
    names = ("seq",) if "job_id" in filters else ("timestamp", "position")
    cursor = entries_of(database).find(query, _SHOWN, sort=[(name, direction) for name in names])
    try:
        found = cursor.skip(skip).limit(size).max_time_ms(_PATIENCE_MS).hint(_index(filters))
        rows = [shown(row) for row in found]
        if 0 < len(rows) < size or (not rows and page == 1):
            return rows, skip + len(rows), False
        most = max(MOST_COUNTED, skip + 2 * size)
        total = _count(database, query, most)
        return rows, total, total == most
    except ExecutionTimeout:
        raise Unavailable("so few entries match that the search took too long; narrow it") from None


def _query(filters: Mapping[str, Any]) -> Document | None:
    """The filters as MongoDB wants them; None when nothing can match."""
    query: Document = {name: filters[name] for name in _EXACT if name in filters}
    if any(name in filters for name in _KINDS):
        # With both named, be it by all their values, one index gives any combination in order.
        query |= {name: filters.get(name, {"$in": list(values)}) for name, values in _KINDS.items()}
    times = {op: filters[name] for name, op in (("start", "$gte"), ("end", "$lt")) if name in filters}
    if times:
        query["timestamp"] = times
    if "q" in filters:
        words = sought(filters["q"])
        if not words:
            return None
        query["words"] = {"$all": words}
    return query


def _index(filters: Mapping[str, Any]) -> str | None:
    """The one index that gives the entries in their order, where there is just one; else the planner says."""
    given = set(filters) - {"start", "end"}
    for name, fields in _INDEXES.items():
        if given in fields:
            return name
    return None


def _count(database: Database[Document], query: Document, most: int = 0) -> int:
    """How many match; no more than `most` are looked at, if that is not 0."""
    command = {"count": COLLECTION, "query": query, "limit": most, "maxTimeMS": _PATIENCE_MS}
    return int(database.command(command, read_preference=entries_of(database).read_preference)["n"])


def one(database: Database[Document], ident: str) -> dict[str, Any]:
    """The entry. Raises NotFound."""
    row = entries_of(database).find_one({"_id": ident}, _SHOWN)
    if row is None:
        raise NotFound(f"no log entry has the id {ident}; retention may have removed it")
    return shown(row)


def after(database: Database[Document], job_id: str | None, place: int, limit: int) -> list[dict[str, Any]]:
    """Up to `limit` entries after `place`: the seq in a job's log, the position without a job; in order."""
    place_of = "position" if job_id is None else "seq"
    query: Document = {place_of: {"$gt": place}} | ({} if job_id is None else {"job_id": job_id})
    found = entries_of(database).find(query, _SHOWN, sort=[(place_of, 1)])
    return [shown(row) for row in found.limit(limit).max_time_ms(_PATIENCE_MS)]


def counts(database: Database[Document], start: int, end: int) -> dict[str, dict[str, int]]:
    """{by_level, by_type}: entries from `start` to before `end`, UTC milliseconds."""
    by_level, by_type = dict.fromkeys(LEVELS, 0), dict.fromkeys(LOG_TYPES, 0)
    for log_type in LOG_TYPES:
        for level in LEVELS:
            window = {"log_type": log_type, "level": level, "timestamp": {"$gte": start, "$lt": end}}
            found = _count(database, window)
            by_level[level] += found
            by_type[log_type] += found
    return {"by_level": by_level, "by_type": by_type}


def endings(collection: Collection[Document], start: int, end: int, among: Document) -> dict[str, int]:
    """{succeeded, failed, other} of documents {status, finished_at} that ended from `start` to before `end`,
    each as it is now.
    """
    ended = {"succeeded": 0, "failed": 0, "other": 0}
    for row in collection.aggregate(by_status(start, end, among)):
        ended[row["_id"] if row["_id"] in ended else "other"] += row["count"]
    return ended


def by_status(start: int, end: int, among: Document) -> list[Document]:
    """The steps to rows {_id: status, count} of what ended in the window."""
    window = {"finished_at": {"$gte": start, "$lt": end}, **among}
    return [{"$match": window}, {"$group": {"_id": "$status", "count": {"$sum": 1}}}]
