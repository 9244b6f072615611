"""The questions about backups: lists, one, the one that held at a moment, the devices without one. Nothing
is written, no text is read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from netraven_chassis.bound import BoundStore
from netraven_chassis.clock import iso
from netraven_chassis.views import LIVE
from netraven_contracts.errors import NotFound
from netraven_jobs.backup_views import BACKUPS, FLEET, QUARANTINE
from netraven_jobs.blobs import BLOBS

Row = dict[str, Any]

KEPT: Mapping[str, Any] = {**LIVE, "kept": True}
_HOUR = 3_600_000
_GONE = "there is no backup with this id; it may have been discarded"


def page(
    store: BoundStore, filters: Mapping[str, Any], number: int, size: int, sort: Sequence[str]
) -> tuple[list[Row], int]:
    """A page of backups and how many there are on all pages.

    `filters`: device_id, job_id, changed, and start and end (UTC milliseconds; of the end it is the first
    moment that is out).
    """
    query = {
        **KEPT,
        **{name: filters[name] for name in ("device_id", "job_id", "changed") if name in filters},
    }
    query |= _between(filters)
    rows = store.collection(BACKUPS)
    found = rows.find(query, sort=_order(sort), skip=(number - 1) * size, limit=size)
    return shown(store, list(found)), rows.count_documents(query)


def one(store: BoundStore, backup_id: str) -> Row:
    """A backup, or an answer in quarantine, as it lies in its view. Raises NotFound."""
    row = store.collection(BACKUPS).find_one({"_id": backup_id, **KEPT})
    row = row or store.collection(QUARANTINE).find_one({"_id": backup_id, **LIVE})
    if row is None:
        raise NotFound(_GONE)
    return row


def alone(store: BoundStore, backup_id: str) -> Row:
    """A backup as it is shown alone. Raises NotFound."""
    row = one(store, backup_id)
    (told,) = quarantined(store, [row]) if "reason" in row else shown(store, [row])
    return {**told, "download_url": f"/api/backups/{backup_id}/download"}


def before(store: BoundStore, row: Row) -> Row | None:
    """The backup to compare one with: the one that it followed, or where that is discarded the nearest one
    before it that is kept; None for the first.
    """
    rows = store.collection(BACKUPS)
    previous = row.get("previous_id")
    found = rows.find_one({"_id": previous, **KEPT}) if previous else None
    if found is not None:
        return found
    earlier = {**KEPT, "device_id": row["device_id"], "taken_at": {"$lt": row["taken_at"]}}
    return rows.find_one(earlier, sort=[("taken_at", -1), ("_id", -1)])


def at(store: BoundStore, device_id: str, moment: int) -> Row:
    """A backup that shows the configuration that a device had at `moment` (UTC milliseconds), as it is shown
    alone. Raises NotFound when none does, or none any more.
    """
    rows = store.collection(BACKUPS)
    change = {**LIVE, "device_id": device_id, "changed": True, "taken_at": {"$lte": moment}}
    version = rows.find_one(change, {"_id": 1}, sort=[("taken_at", -1), ("_id", -1)])
    if version is None:
        raise NotFound("no backup shows what this device had then: its first one is later, or there is none")
    shows = {**KEPT, "device_id": device_id, "version_id": version["_id"]}
    found = rows.find_one({**shows, "taken_at": {"$lte": moment}}, {"_id": 1}, sort=[("taken_at", -1)])
    found = found or rows.find_one(shows, {"_id": 1}, sort=[("taken_at", 1)])
    if found is None:
        raise NotFound("the backups that showed what this device had then are discarded")
    return alone(store, found["_id"])


def stale(store: BoundStore, before_ms: int, now: int, number: int, size: int) -> tuple[list[Row], int]:
    """A page of the devices whose last good backup was taken before `before_ms`, those that never had one
    first, and how many there are.
    """
    query = {**LIVE, "last_backup_at": {"$not": {"$gte": before_ms}}}
    rows = store.collection(FLEET)
    order = [("last_backup_at", 1), ("_id", 1)]
    found = rows.find(query, sort=order, skip=(number - 1) * size, limit=size)
    return [_stale(row, now) for row in found], rows.count_documents(query)


def quarantine_of(store: BoundStore, device_id: str, number: int, size: int) -> tuple[list[Row], int]:
    """A page of a device's answers in quarantine, the newest first, and how many there are."""
    return quarantine(store, {"device_id": device_id}, number, size, ())


def quarantine(
    store: BoundStore, filters: Mapping[str, Any], number: int, size: int, sort: Sequence[str]
) -> tuple[list[Row], int]:
    """A page of the answers in quarantine and how many there are; `filters` as of `page`, but for changed."""
    chosen = {name: filters[name] for name in ("device_id", "job_id") if name in filters}
    query = {**LIVE, **chosen, **_between(filters)}
    rows = store.collection(QUARANTINE)
    found = rows.find(query, sort=_order(sort), skip=(number - 1) * size, limit=size)
    return quarantined(store, list(found)), rows.count_documents(query)


def count(store: BoundStore) -> dict[str, int]:
    """How many backups, changes, devices with one, answers in quarantine and texts there are, and how many
    octets the texts take up.
    """
    rows = store.collection(BACKUPS)
    stats = store.database.command("collStats", BLOBS)
    return {
        "count": rows.count_documents(dict(KEPT)),
        "changed": rows.count_documents({**KEPT, "changed": True}),
        "devices": store.collection(FLEET).count_documents({**LIVE, "last_backup_at": {"$gt": 0}}),
        "quarantined": store.collection(QUARANTINE).count_documents(dict(LIVE)),
        "texts": int(stats.get("count", 0)),
        "stored_bytes": int(stats.get("size", 0)),
    }


def shown(store: BoundStore, rows: Sequence[Row]) -> list[Row]:
    """Backups as they are shown, each with the name of its device and until when its configuration held."""
    names, ends = names_of(store, rows), _ends(store, rows)
    return [
        {
            **_told(row, names),
            "changed": row["changed"],
            "previous_id": row["previous_id"],
            "version_id": row["version_id"],
            "valid_since": iso(row["version_since"]),
            "valid_until": None if ends[row["_id"]] is None else iso(ends[row["_id"]]),
        }
        for row in rows
    ]


def quarantined(store: BoundStore, rows: Sequence[Row]) -> list[Row]:
    """Answers in quarantine as they are shown, each with the reason."""
    names = names_of(store, rows)
    return [{**_told(row, names), "quarantined": True, "reason": row["reason"]} for row in rows]


def names_of(store: BoundStore, rows: Sequence[Row]) -> dict[str, str]:
    """{device id: name} of the devices of these rows that the inventory still has, or had."""
    wanted = list({row["device_id"] for row in rows})
    found = store.collection(FLEET).find({"_id": {"$in": wanted}, "name": {"$exists": True}}, {"name": 1})
    return {row["_id"]: row["name"] for row in found}


def _told(row: Row, names: Mapping[str, str]) -> Row:
    return {
        "id": row["_id"],
        "device_id": row["device_id"],
        "device_name": names.get(row["device_id"]),
        "job_id": row["job_id"],
        "taken_at": iso(row["taken_at"]),
        "size": row["size"],
        "lines": row["lines"],
        "sha256": row["sha256"],
        "platform": row["platform"],
    }


def _ends(store: BoundStore, rows: Sequence[Row]) -> dict[str, Any]:
    """{backup: until when its configuration held, None for one that still does}, in one trip."""
    name = store.collection(BACKUPS).name
    later = {"$expr": {"$gt": ["$taken_at", "$$since"]}, **LIVE, "changed": True}
    stages: list[Row] = [
        {"$match": {"_id": {"$in": [row["_id"] for row in rows]}}},
        {
            "$lookup": {
                "from": name,
                "localField": "device_id",
                "foreignField": "device_id",
                "let": {"since": "$version_since"},
                "pipeline": [
                    {"$match": later},
                    {"$sort": {"taken_at": 1}},
                    {"$limit": 1},
                    {"$project": {"taken_at": 1}},
                ],
                "as": "next",
            }
        },
        {"$project": {"until": {"$first": "$next.taken_at"}}},
    ]
    found = {row["_id"]: row.get("until") for row in store.collection(BACKUPS).aggregate(stages)}
    return {row["_id"]: found.get(row["_id"]) for row in rows}


def _between(filters: Mapping[str, Any]) -> Row:
    bounds = {"$gte": filters.get("start"), "$lt": filters.get("end")}
    given = {sign: value for sign, value in bounds.items() if value is not None}
    return {"taken_at": given} if given else {}


def _order(sort: Sequence[str]) -> list[tuple[str, int]]:
    wanted = [(word.removeprefix("-"), -1 if word.startswith("-") else 1) for word in sort or ("-taken_at",)]
    return [*wanted, ("_id", wanted[-1][1])]


def _stale(row: Row, now: int) -> Row:
    last = row.get("last_backup_at")
    return {
        "device_id": row["_id"],
        "device_name": row.get("name"),
        "ip_address": row.get("ip_address"),
        "location": row.get("location"),
        "platform": row.get("platform"),
        "last_backup_id": row.get("last_backup_id"),
        "last_backup_at": None if last is None else iso(last),
        "hours": None if last is None else round((now - last) / _HOUR, 1),
    }
