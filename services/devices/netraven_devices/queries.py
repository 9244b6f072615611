"""The questions about devices and tags, each in as few trips to the database as it takes. Nothing is written.

A trip costs more than what it brings, so a device comes with its pulse and the names of its tags in one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pymongo.read_concern import ReadConcern

from netraven_chassis.bound import BoundStore
from netraven_chassis.generations import full_name
from netraven_chassis.views import LIVE
from netraven_contracts.errors import NotFound
from netraven_devices import present
from netraven_devices.finder import Finder
from netraven_devices.pulse import PULSE
from netraven_devices.views import UNKNOWN, ip_number

Rows = list[dict[str, Any]]
Query = dict[str, Any]

_PATIENCE_MS = 4000
_MOST_IDS = 1000  # above that, a page is found sooner by walking its order than by sorting all that match
# What views show was in the log before, on a majority; a read that waited for one would miss our own writes.
_LOCAL = {"level": "local"}
_HIDDEN = {"search": 0, "versions": 0, "live": 0, "ip_number": 0}
_PULSED = {"last_ping": "pulse.last_ping", "latency_ms": "pulse.latency_ms"}
_STORED = {"ip_address": "ip_number", **_PULSED}


def device(store: BoundStore, device_id: str) -> dict[str, Any]:
    """A device as it is shown alone. Raises NotFound."""
    stages = [{"$match": {"_id": device_id, **LIVE}}, {"$project": _HIDDEN}, *_joined(store)]
    rows = _aggregate(store, stages)
    if not rows:
        raise _no_device()
    return present.device(*_parts(rows[0]))


def devices(
    store: BoundStore,
    finder: Finder,
    filters: Mapping[str, Any],
    page: int,
    size: int,
    sort: Sequence[str],
) -> tuple[Rows, int]:
    """A page of devices and how many there are on all pages."""
    query, total = _found(store, finder, filters)
    if total == 0:
        return [], 0
    order = _order(sort)
    stages: list[dict[str, Any]] = [{"$match": query}]
    pulsed = any(name.startswith("pulse.") for name in order)
    if pulsed:
        stages.append(_with_pulse())
    stages += [{"$sort": order}, {"$skip": (page - 1) * size}, {"$limit": size}]
    stages += [{"$project": {**_HIDDEN, "interfaces": 0}}, *_joined(store, pulsed=pulsed)]
    rows = [present.summary(*_parts(row)) for row in _aggregate(store, stages)]
    return rows, _count(store, "devices", query) if total is None else total


def _found(store: BoundStore, finder: Finder, filters: Mapping[str, Any]) -> tuple[Query, int | None]:
    """The query for these filters, and how many devices it finds, as far as that is known already."""
    texts = finder.up_to_date(store.core) if "q" in filters or not filters else None
    if texts is None:
        return _query(store, filters), None
    if not filters:
        return dict(LIVE), len(texts)
    matching = texts.matching(filters["q"])
    total = len(matching) if len(filters) == 1 or not matching else None
    query = _query(store, filters)
    if len(matching) <= _MOST_IDS:
        query["_id"] = {"$in": matching}
    return query, total


def status(store: BoundStore, device_id: str) -> str:
    """The status that a device is shown with; unknown when there is no such device."""
    rows = _find(store, "devices", {"_id": device_id, **LIVE}, {"status": 1})
    return (rows[0].get("status") if rows else None) or UNKNOWN


def address(store: BoundStore, device_id: str) -> str:
    """A device's address. Raises NotFound."""
    rows = _find(store, "devices", {"_id": device_id, **LIVE}, {"ip_address": 1})
    if not rows:
        raise _no_device()
    return str(rows[0]["ip_address"])


def addresses_taken(store: BoundStore, addresses: Sequence[str]) -> set[str]:
    """Those of the addresses that a device has."""
    query = {**LIVE, "ip_number": {"$in": [ip_number(address) for address in addresses]}}
    return {row["ip_address"] for row in _find(store, "devices", query, {"ip_address": 1})}


def tag(store: BoundStore, tag_id: str) -> dict[str, Any]:
    """A tag as it is shown. Raises NotFound."""
    rows = _find(store, "tags", {"_id": tag_id, **LIVE})
    if not rows:
        raise NotFound("there is no tag with this id; it may have been deleted")
    return present.tag(rows[0], device_count(store, tag_id))


def device_count(store: BoundStore, tag_id: str) -> int:
    """How many devices have the tag now."""
    return _count(store, "devices", {**LIVE, "tags": tag_id})


def tagged(store: BoundStore, tag_id: str, most: int) -> list[str]:
    """The ids of devices that have the tag, at most so many."""
    rows = _find(store, "devices", {**LIVE, "tags": tag_id}, {"_id": 1}, most)
    return [row["_id"] for row in rows]


def tags(
    store: BoundStore, filters: Mapping[str, Any], page: int, size: int, sort: Sequence[str]
) -> tuple[Rows, int]:
    """A page of tags and how many there are on all pages."""
    query = {**LIVE, "$and": [TAG_FILTERS[name](value) for name, value in filters.items()] or [{}]}
    shown = [present.tag(row, device_count(store, row["_id"])) for row in _find(store, "tags", query)]
    # There are few tags, and a count is no field to sort by in the database.
    for wanted in reversed(sort or ("name",)):
        shown.sort(key=_weight(wanted.removeprefix("-")), reverse=wanted.startswith("-"))
    return shown[(page - 1) * size : page * size], len(shown)


def _weight(name: str) -> Callable[[dict[str, Any]], Any]:
    if name == "device_count":
        return lambda row: row[name]
    return lambda row: (row[name] or "").casefold()


def _no_device() -> NotFound:
    return NotFound("there is no device with this id; it may have been removed")


def _joined(store: BoundStore, pulsed: bool = False) -> list[dict[str, Any]]:
    names = {"from": _live(store, "tags"), "localField": "tags", "foreignField": "_id", "as": "named"}
    return [*([] if pulsed else [_with_pulse()]), {"$lookup": names}]


def _with_pulse() -> dict[str, Any]:
    return {"$lookup": {"from": PULSE, "localField": "_id", "foreignField": "_id", "as": "pulse"}}


def _parts(row: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any], dict[str, str]]:
    pulse = row["pulse"][0] if row["pulse"] else {}
    return row, pulse, {tag["_id"]: tag["name"] for tag in row["named"] if tag.get("live")}


def _aggregate(store: BoundStore, stages: Sequence[Mapping[str, Any]]) -> Rows:
    # As a bare command this costs half of what pymongo's cursors do; batchSize holds the largest page whole.
    answer = store.database.command(
        "aggregate",
        _live(store, "devices"),
        pipeline=list(stages),
        cursor={"batchSize": 1001},
        readConcern=_LOCAL,
        maxTimeMS=_PATIENCE_MS,
    )
    rows: Rows = answer["cursor"]["firstBatch"]
    return rows


def _live(store: BoundStore, view: str) -> str:
    return full_name(view, store.core.generations.live)


def _find(store: BoundStore, view: str, query: Query, fields: Query | None = None, most: int = 0) -> Rows:
    collection = store.collection(view).with_options(read_concern=ReadConcern("local"))
    return list(collection.find(query, fields, limit=most, max_time_ms=_PATIENCE_MS))


def _count(store: BoundStore, view: str, query: Query) -> int:
    # Not count_documents, which reads what the index alone can count.
    answer = store.database.command(
        "count", _live(store, view), query=query, readConcern=_LOCAL, maxTimeMS=_PATIENCE_MS
    )
    return int(answer["n"])


def _order(sort: Sequence[str]) -> dict[str, int]:
    """The sort stage: the wanted fields, then the id in the last one's direction, so that pages never
    overlap.
    """
    order: dict[str, int] = {}
    for wanted in sort or ("name",):
        name, direction = (wanted[1:], -1) if wanted.startswith("-") else (wanted, 1)
        order.setdefault(_STORED.get(name, name), direction)
    return {**order, "_id": list(order.values())[-1]}


def _query(store: BoundStore, filters: Mapping[str, Any]) -> Query:
    conditions = [FILTERS[name](value) for name, value in filters.items() if name != "tag"]
    if "tag" in filters:
        conditions.append({"tags": {"$all": tags_called(store, filters["tag"])}})
    return {**LIVE, "$and": conditions} if conditions else dict(LIVE)


def tags_called(store: BoundStore, words: Sequence[str]) -> list[str]:
    """The ids of the tags with these names or ids; for a word that no tag has, the word, which is no tag's
    id.
    """
    known = tags_named(store, words)
    return [known[word][0] if word in known else word for word in words]


def tags_named(store: BoundStore, words: Sequence[str]) -> dict[str, tuple[str, str]]:
    """{word: (id, name)} for those of `words` that are the name, whatever its case, or the id of a tag."""
    if not words:
        return {}
    keys = [word.casefold() for word in words]
    query = {**LIVE, "$or": [{"key": {"$in": keys}}, {"_id": {"$in": list(words)}}]}
    found: dict[str, tuple[str, str]] = {}
    for row in _find(store, "tags", query, {"key": 1, "name": 1}):
        meant = [word for word in words if word.casefold() == row["key"] or word == row["_id"]]
        found.update(dict.fromkeys(meant, (row["_id"], row["name"])))
    return found


def _is(field: str) -> Callable[[Any], Query]:
    return lambda value: {field: value}


def _status_is(status: str) -> Query:
    return {"status": None if status == UNKNOWN else status}


def _part(text: str) -> Query:
    return {"$regex": re.escape(text), "$options": "i"}


FILTERS: Mapping[str, Callable[[Any], Query]] = {
    "name": _is("name"),
    "ip_address": lambda address: {"ip_number": ip_number(address)},
    "device_type": _is("device_type"),
    "location": _is("location"),
    "status": _status_is,
    "reachability": _status_is,
    "platform": _is("platform"),
    "serial": _is("serial"),
    "q": lambda part: {"search": {"$regex": re.escape(part.casefold())}},
}

TAG_FILTERS: Mapping[str, Callable[[Any], Query]] = {
    "name": lambda name: {"key": name.casefold()},
    "q": lambda part: {"$or": [{field: _part(part)} for field in ("name", "description")]},
}
