"""Devices as they were: one by its own history, the fleet by the intervals that views keep. Nothing is
written.

What is shown is what was known at the moment: tags by their names of then, and of the monitor's words those
that it had said by then, whatever it has found out since. When a device was pinged is not kept here, so the
pulse is absent. For a single device the monitor's samples know it, past_pulse.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from netraven_chassis.bound import BoundStore
from netraven_chassis.views import LIVE
from netraven_contracts.errors import NotFound
from netraven_devices import filters, past, present, reads
from netraven_devices.device import DEVICE
from netraven_devices.documents import device_fields
from netraven_devices.reads import Rows

_HIDDEN = {"versions": 0, "interfaces": 0}
_BATCH, _FEW = 5000, 1000  # ids of one answer of the database: as they are, and with words to look up
_FLEET_MS = 25_000
_OF_STATUS = ("status", "reachability")
_SPOKEN_LATER = {"$gt": [{"$first": "$word.spoken"}, "$stated.spoken"]}


def device(store: BoundStore, device_id: str, at: int | None, version: int | None) -> dict[str, Any]:
    """A device as it was at a moment (UTC milliseconds), at a version, or at the earlier of the two.

    Raises NotFound when there was none with this id then.
    """
    then = store.load(DEVICE, device_id)
    if version is not None:
        then = past.at_version(DEVICE, then, version)
    if at is not None:
        then = past.until(DEVICE, then, at)
    if then.state.life != "active":
        raise NotFound("there was no device with this id then")
    moment = then.at if at is None else at
    fields = device_fields(then)
    word = max((fields["stated"], *_last_word(store, device_id, moment)), key=lambda word: word["spoken"])
    document = {"_id": device_id, **fields, "status": word["status"], "status_since": word["status_since"]}
    return present.device(document, {}, names(store, then.state.tags, moment))


def _last_word(store: BoundStore, device_id: str, moment: int) -> Rows:
    query = {**LIVE, "device": device_id, "said": {"$lte": moment}}
    return reads.find(store, "words", query, "said", most=1, order={"spoken": -1})


def names(store: BoundStore, tags: Sequence[str], moment: int) -> dict[str, str]:
    """{tag id: name} of those of the tags that there were at the moment, as they were called then."""
    if not tags:
        return {}
    wanted = {"$in": list(tags)}
    then = {**LIVE, "tag": wanted, **past.held(moment)}
    was = reads.find(store, "past_tags", then, "tag", {"tag": 1, "name": 1})
    still = {**LIVE, "_id": wanted, "updated_at": {"$lte": moment}}
    now = reads.find(store, "tags", still, "_id_", {"name": 1})
    return {row["tag"]: row["name"] for row in was} | {row["_id"]: row["name"] for row in now}


def called(store: BoundStore, words: Sequence[str], moment: int) -> list[str]:
    """The ids of the tags that had these names, or have these ids; a word that no tag had is given back."""
    keys = {word.casefold(): word for word in words}
    named = {**LIVE, "key": {"$in": list(keys)}}
    ever = {row["_id"] for row in reads.find(store, "tags", named, "key", {"_id": 1})}
    ever |= {row["tag"] for row in reads.find(store, "past_tags", named, "key", {"tag": 1})}
    known = names(store, [*ever, *words], moment)
    found = {keys[name.casefold()]: tag for tag, name in known.items() if name.casefold() in keys}
    return [found.get(word, word) for word in words]


def devices(
    store: BoundStore, wanted: Mapping[str, Any], page: int, size: int, sort: Sequence[str]
) -> tuple[Rows, int]:
    """A page of the fleet as it was at `wanted["at"]`, and how many there were on all pages."""
    moment, query = wanted["at"], _query(store, wanted)
    found, order, spoken_late = _found(store, wanted, query, sort)
    late = _with_word(store, moment) if spoken_late else []
    rows = [{"$sort": order}, {"$skip": (page - 1) * size}, {"$limit": size}, *late]
    stages = [*found, {"$facet": {"rows": rows, "total": [{"$count": "n"}]}}]
    (answer,) = reads.aggregate(store, stages, filters.index_to_count(query))
    known = names(store, sorted({tag for row in answer["rows"] for tag in row["tags"]}), moment)
    shown = [present.summary(row, {}, known) for row in answer["rows"]]
    return shown, answer["total"][0]["n"] if answer["total"] else 0


def ids(store: BoundStore, wanted: Mapping[str, Any], sort: Sequence[str]) -> list[str]:
    """The ids of all that filters find in the fleet as it was at `wanted["at"]`, in order."""
    query, order = _query(store, wanted), filters.order(sort)
    shown = dict.fromkeys((*order, "live", "stated"), 1)
    found, order, spoken_late = _found(store, wanted, query, sort, shown)
    index, some = filters.index_to_count(query), {"$project": dict.fromkeys(order, 1)}
    if spoken_late:
        stages = [*found, some, {"$sort": order}, {"$project": {"_id": 1}}]
        return [row["_id"] for row in reads.aggregate(store, stages, index, _BATCH)]
    # The last word on each of a large fleet takes seconds: they come as they are found, and are sorted here.
    rows = reads.aggregate(store, [*found, some], index, _FEW, _FLEET_MS)
    for field, way in reversed(order.items()):
        rows.sort(key=lambda row: _weight(row.get(field)), reverse=way < 0)
    return [row["_id"] for row in rows]


def _weight(value: Any) -> tuple[bool, Any]:
    """What is absent comes first, as the database has it."""
    return value is not None, value


def devices_alone(store: BoundStore, wanted: Sequence[str], moment: int) -> dict[str, dict[str, Any]]:
    """Those of the devices that there were at a moment, by id, each as a list showed it then; without its
    interfaces, which views keep only of now.
    """
    stages = [*_held_at(store, {"_id": {"$in": list(wanted)}, **LIVE}, moment), *_with_word(store, moment)]
    rows = reads.aggregate(store, stages, "_id_")
    known = names(store, sorted({tag for row in rows for tag in row["tags"]}), moment)
    return {row["_id"]: present.summary(row, {}, known) for row in rows}


def _query(store: BoundStore, wanted: Mapping[str, Any]) -> filters.Query:
    """The query for all filters but those of status."""
    others = {name: value for name, value in wanted.items() if name not in ("at", *_OF_STATUS)}
    if "tag" in others:
        others["tag"] = called(store, others["tag"], wanted["at"])
    return filters.query(others)


def _found(
    store: BoundStore,
    wanted: Mapping[str, Any],
    query: filters.Query,
    sort: Sequence[str],
    shown: Mapping[str, int] = _HIDDEN,
) -> tuple[list[dict[str, Any]], filters.Order, bool]:
    """The stages that find the devices with the fields that are `shown`, their order, and whether their
    status is still to come.
    """
    order = filters.order(sort)
    spoken = filters.query({name: wanted[name] for name in _OF_STATUS if name in wanted})
    needed = len(spoken) > 1 or not order.keys().isdisjoint(("status", "status_since"))
    early = _with_word(store, wanted["at"]) if needed else []
    return (
        [*_held_at(store, query, wanted["at"], shown), *early, {"$match": {**spoken, **LIVE}}],
        order,
        not needed,
    )


def _held_at(
    store: BoundStore, query: filters.Query, moment: int, shown: Mapping[str, int] = _HIDDEN
) -> list[dict[str, Any]]:
    """Stages that give every device's state of the moment: the one that still holds, or the one that did."""
    within = {name: value for name, value in query.items() if name != "_id"}
    these = {"device": query["_id"]} if "_id" in query else {}
    before = [
        {"$match": {**these, **past.held(moment), **within}},
        {"$set": {"_id": "$device"}},
        {"$project": dict(shown)},
    ]
    return [
        {"$match": {**query, "updated_at": {"$lte": moment}}},
        {"$project": dict(shown)},
        {"$unionWith": {"coll": reads.name_of(store, "past_devices"), "pipeline": before}},
    ]


def _with_word(store: BoundStore, moment: int) -> list[dict[str, Any]]:
    """Stages that give each device the last word on its status at the moment."""
    last = [{"$match": {**LIVE, "said": {"$lte": moment}}}, {"$sort": {"spoken": -1}}, {"$limit": 1}]
    words = {
        "from": reads.name_of(store, "words"),
        "localField": "_id",
        "foreignField": "device",
        "as": "word",
    }
    return [
        {"$lookup": {**words, "pipeline": last}},
        {"$set": {"word": {"$cond": [_SPOKEN_LATER, {"$first": "$word"}, "$stated"]}}},
        {"$set": {"status": "$word.status", "status_since": "$word.status_since"}},
    ]
