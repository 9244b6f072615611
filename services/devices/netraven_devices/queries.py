"""The questions about devices, each in as few trips to the database as it takes. Nothing is written.

A trip costs more than what it brings, so a device comes with its pulse and the names of its tags in one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from netraven_chassis.bound import BoundStore
from netraven_chassis.views import LIVE
from netraven_contracts.errors import NotFound
from netraven_devices import choosing, filters, present, reads, time_travel
from netraven_devices.documents import UNKNOWN, ip_number
from netraven_devices.finder import Finder
from netraven_devices.pulse import PULSE
from netraven_devices.reads import Rows

Parts = tuple[dict[str, Any], dict[str, Any], dict[str, str]]  # a device, its pulse, {tag id: name}

_ID = "_id_"
_TOGETHER = 100  # devices whose longest notes and tags surely fit into the 16 MB of one document
_HIDDEN = {"search": 0, "versions": 0, "live": 0, "ip_number": 0, "stated": 0, "past": 0}


def device(
    store: BoundStore, device_id: str, at: int | None = None, version: int | None = None
) -> dict[str, Any]:
    """A device as it is shown alone; as it was at a moment or a version, if one is given. Raises NotFound."""
    if at is not None or version is not None:
        return time_travel.device(store, device_id, at, version)
    found = devices_alone(store, [device_id])
    if not found:
        raise no_device()
    return found[device_id]


def devices_alone(store: BoundStore, ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Those of the devices that there are, by id, each as it is shown alone."""
    wanted = {"$match": {"_id": {"$in": list(ids)}, **LIVE}}
    stages = [wanted, {"$project": _HIDDEN}, _with_pulse(), _with_tags(store)]
    return {row["_id"]: present.device(*_parts(row)) for row in reads.aggregate(store, stages, _ID)}


def devices_by_id(store: BoundStore, ids: Sequence[str], interfaces: bool) -> dict[str, dict[str, Any]]:
    """Those of many devices that there are, by id, with or without their interfaces."""
    # Three short questions cost a database that has many to answer for less than a join for each.
    these = {"_id": {"$in": list(ids)}}
    hidden = _HIDDEN if interfaces else {**_HIDDEN, "interfaces": 0}
    rows = reads.find(store, "devices", {**these, **LIVE}, _ID, hidden)
    pulses = {row["_id"]: row for row in store.database[PULSE].find(these, max_time_ms=reads.PATIENCE_MS)}
    wanted = {"_id": {"$in": list({tag for row in rows for tag in row["tags"]})}, **LIVE}
    names = {row["_id"]: row["name"] for row in reads.find(store, "tags", wanted, _ID, {"name": 1})}
    show = present.device if interfaces else present.summary
    return {row["_id"]: show(row, pulses.get(row["_id"], {}), names) for row in rows}


def devices(
    store: BoundStore,
    finder: Finder,
    wanted: Mapping[str, Any],
    page: int,
    size: int,
    sort: Sequence[str],
) -> tuple[Rows, int]:
    """A page of devices and how many there are on all pages; with `wanted["at"]`, of the fleet as it was."""
    if "at" in wanted:
        return time_travel.devices(store, wanted, page, size, sort)
    choice = choosing.choose(store, finder, wanted)
    cut = _cut(choice.total, page, size)
    if not cut.rows:
        return [], choice.total
    order = {field: -way if cut.backwards else way for field, way in filters.order(sort).items()}
    ids = choosing.page(store, finder, choice, order, cut.skip, cut.rows)
    parts = _walked(store, choice, order, cut) if ids is None else _named(store, ids)
    shown = [present.summary(*each) for each in parts]
    return shown[::-1] if cut.backwards else shown, choice.total


def _named(store: BoundStore, ids: Sequence[str]) -> list[Parts]:
    """These devices in this order, each joined with its pulse and its tags."""
    stages = [{"$match": {"_id": {"$in": list(ids)}, **LIVE}}, {"$project": {**_HIDDEN, "interfaces": 0}}]
    join = _together if len(ids) <= _TOGETHER else _each
    found = {parts[0]["_id"]: parts for parts in join(store, stages, _ID)}
    return [found[device_id] for device_id in ids if device_id in found]


def _walked(store: BoundStore, choice: choosing.Choice, order: filters.Order, cut: _Cut) -> Iterator[Parts]:
    """The devices of a page that the database finds on its way along an order."""
    query = named_if_few(choice)
    early = pulse_to_sort(order)
    stages = [{"$match": query}, *early, {"$sort": order}, {"$skip": cut.skip}, {"$limit": cut.rows}]
    stages.append({"$project": {**_HIDDEN, "interfaces": 0}})
    index = filters.index_to_page(query, order, choice.total)
    if cut.rows <= _TOGETHER:
        return _together(store, stages, index)
    return _each(store, stages, index, pulsed=bool(early))


def named_if_few(choice: choosing.Choice) -> filters.Query:
    """The query of a choice, by ids when they are few: a page of more is found sooner by walking its order
    than by sorting all that match.
    """
    query = {name: value for name, value in choice.query.items() if name != "_id"}
    if choice.total > filters.FEW:
        return query
    return {**query, "_id": {"$in": list(choice.ids)}} if choice.ids is not None else choice.query


class _Cut(NamedTuple):
    """What to take of an order, begun from the nearer end."""

    backwards: bool
    skip: int
    rows: int


def _cut(total: int, page: int, size: int) -> _Cut:
    before = (page - 1) * size
    rows = max(0, min(size, total - before))
    after = total - before - rows
    return _Cut(True, after, rows) if rows and after < before else _Cut(False, before, rows)


def status(store: BoundStore, device_id: str) -> str:
    """The status that a device is shown with; unknown when there is no such device."""
    rows = reads.find(store, "devices", {"_id": device_id, **LIVE}, _ID, {"status": 1})
    return (rows[0].get("status") if rows else None) or UNKNOWN


def address(store: BoundStore, device_id: str) -> str:
    """A device's address. Raises NotFound."""
    rows = reads.find(store, "devices", {"_id": device_id, **LIVE}, _ID, {"ip_address": 1})
    if not rows:
        raise no_device()
    return str(rows[0]["ip_address"])


def addresses_taken(store: BoundStore, addresses: Sequence[str]) -> set[str]:
    """Those of the addresses that a device has."""
    query = {**LIVE, "ip_number": {"$in": [ip_number(address) for address in addresses]}}
    return {row["ip_address"] for row in reads.find(store, "devices", query, "ip_number", {"ip_address": 1})}


def no_device() -> NotFound:
    """The error that says that there is none."""
    return NotFound("there is no device with this id; it may have been removed")


def _each(
    store: BoundStore, stages: list[dict[str, Any]], index: str, pulsed: bool = False
) -> Iterator[Parts]:
    """The devices that `stages` find, each joined with its pulse and its tags."""
    joins = [*([] if pulsed else [_with_pulse()]), _with_tags(store)]
    return map(_parts, reads.aggregate(store, [*stages, *joins], index))


def _together(store: BoundStore, stages: list[dict[str, Any]], index: str) -> Iterator[Parts]:
    """The same, joined all at once: half the work for the database, as long as one document can hold it."""
    pulses = {"from": PULSE, "localField": "rows._id", "foreignField": "_id", "as": "pulses"}
    names = {
        "from": reads.name_of(store, "tags"),
        "localField": "rows.tags",
        "foreignField": "_id",
        "as": "named",
    }
    gathered = {"$group": {"_id": None, "rows": {"$push": "$$ROOT"}}}
    for found in reads.aggregate(store, [*stages, gathered, {"$lookup": pulses}, {"$lookup": names}], index):
        pulse, named = {row["_id"]: row for row in found["pulses"]}, _names(found["named"])
        for row in found["rows"]:
            yield row, pulse.get(row["_id"], {}), named


def pulse_to_sort(order: filters.Order) -> list[dict[str, Any]]:
    """The stages that an order by the pulse needs before it."""
    return [] if order.keys().isdisjoint(filters.PULSED.values()) else [_with_pulse()]


def _with_tags(store: BoundStore) -> dict[str, Any]:
    tags = reads.name_of(store, "tags")
    return {"$lookup": {"from": tags, "localField": "tags", "foreignField": "_id", "as": "named"}}


def _with_pulse() -> dict[str, Any]:
    return {"$lookup": {"from": PULSE, "localField": "_id", "foreignField": "_id", "as": "pulse"}}


def _parts(row: dict[str, Any]) -> Parts:
    return row, row["pulse"][0] if row["pulse"] else {}, _names(row["named"])


def _names(tags: Rows) -> dict[str, str]:
    return {tag["_id"]: tag["name"] for tag in tags if tag.get("live")}
