"""The questions about devices, each in as few trips to the database as it takes. Nothing is written.

A trip costs more than what it brings, so a device comes with its pulse and the names of its tags in one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from netraven_chassis.bound import BoundStore
from netraven_chassis.views import LIVE
from netraven_contracts.errors import NotFound
from netraven_devices import filters, present, reads, tag_queries
from netraven_devices.finder import Finder
from netraven_devices.pulse import PULSE
from netraven_devices.reads import Rows
from netraven_devices.views import UNKNOWN, ip_number

_ID = "_id_"
_MOST_IDS = 1000  # above that, a page is found sooner by walking its order than by sorting all that match
_HIDDEN = {"search": 0, "versions": 0, "live": 0, "ip_number": 0}


def device(store: BoundStore, device_id: str) -> dict[str, Any]:
    """A device as it is shown alone. Raises NotFound."""
    stages = [{"$match": {"_id": device_id, **LIVE}}, {"$project": _HIDDEN}, _with_pulse(), _with_tags(store)]
    rows = reads.aggregate(store, stages, _ID)
    if not rows:
        raise _no_device()
    return present.device(*_parts(rows[0]))


def devices(
    store: BoundStore,
    finder: Finder,
    wanted: Mapping[str, Any],
    page: int,
    size: int,
    sort: Sequence[str],
) -> tuple[Rows, int]:
    """A page of devices and how many there are on all pages."""
    query, total = _found(store, finder, wanted)
    order = filters.order(sort)
    if total <= (page - 1) * size:
        return [], total
    stages: list[dict[str, Any]] = [{"$match": query}]
    pulsed = not order.keys().isdisjoint(filters.PULSED.values())
    if pulsed:
        stages.append(_with_pulse())
    stages += [{"$sort": order}, {"$skip": (page - 1) * size}, {"$limit": size}]
    stages += [
        {"$project": {**_HIDDEN, "interfaces": 0}},
        *([] if pulsed else [_with_pulse()]),
        _with_tags(store),
    ]
    rows = reads.aggregate(store, stages, filters.index_to_page(query, order, total))
    return [present.summary(*_parts(row)) for row in rows], total


def _found(store: BoundStore, finder: Finder, wanted: Mapping[str, Any]) -> tuple[filters.Query, int]:
    """The query for these filters, and how many devices it finds."""
    if not wanted:
        return dict(LIVE), len(finder.up_to_date(store.core))
    if "tag" in wanted:
        wanted = {**wanted, "tag": tag_queries.called(store, wanted["tag"])}
    query = filters.query(wanted)
    if "q" in wanted:
        matching = finder.up_to_date(store.core).matching(wanted["q"])
        if len(matching) <= _MOST_IDS:
            query["_id"] = {"$in": matching}
        if len(wanted) == 1:
            return query, len(matching)
    return query, reads.count(store, "devices", query, filters.index_to_count(query))


def status(store: BoundStore, device_id: str) -> str:
    """The status that a device is shown with; unknown when there is no such device."""
    rows = reads.find(store, "devices", {"_id": device_id, **LIVE}, _ID, {"status": 1})
    return (rows[0].get("status") if rows else None) or UNKNOWN


def address(store: BoundStore, device_id: str) -> str:
    """A device's address. Raises NotFound."""
    rows = reads.find(store, "devices", {"_id": device_id, **LIVE}, _ID, {"ip_address": 1})
    if not rows:
        raise _no_device()
    return str(rows[0]["ip_address"])


def addresses_taken(store: BoundStore, addresses: Sequence[str]) -> set[str]:
    """Those of the addresses that a device has."""
    query = {**LIVE, "ip_number": {"$in": [ip_number(address) for address in addresses]}}
    return {row["ip_address"] for row in reads.find(store, "devices", query, "ip_number", {"ip_address": 1})}


def _no_device() -> NotFound:
    return NotFound("there is no device with this id; it may have been removed")


def _with_tags(store: BoundStore) -> dict[str, Any]:
    tags = reads.name_of(store, "tags")
    return {"$lookup": {"from": tags, "localField": "tags", "foreignField": "_id", "as": "named"}}


def _with_pulse() -> dict[str, Any]:
    return {"$lookup": {"from": PULSE, "localField": "_id", "foreignField": "_id", "as": "pulse"}}


def _parts(row: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any], dict[str, str]]:
    pulse = row["pulse"][0] if row["pulse"] else {}
    return row, pulse, {tag["_id"]: tag["name"] for tag in row["named"] if tag.get("live")}
