"""What the monitor reads: whom to ask, and what stands about each. No decisions.

`targets`: one document for each device. Its address and location follow the devices' log; its status
follows our own, in a group of fields with a version of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pymongo import IndexModel
from pymongo.collection import Collection

from netraven_chassis.aggregate import Folded
from netraven_chassis.eventlog.commit import Commit
from netraven_chassis.views import LIVE, ViewSet, Writer
from netraven_monitor.schedule import group_of
from netraven_monitor.watch import UNKNOWN, Watch


@dataclass(frozen=True, slots=True)
class Target:
    """A device to ask: its address, its turn, and the status that stands since `as_of` (UTC milliseconds)."""

    id: str
    ip: str
    group: int
    status: str = UNKNOWN
    as_of: int = 0


_FIELDS = {"ip": 1, "group": 1, "status": 1, "as_of": 1}


def targets(
    collection: Collection[dict[str, Any]], groups: Sequence[int], only: Mapping[str, Any] | None = None
) -> Iterator[Target]:
    """The devices of these groups; `only` narrows them down, as a query."""
    query = {"group": {"$in": list(groups)}, **LIVE, **(only or {})}
    for row in collection.find(query, _FIELDS, batch_size=2_000):
        yield Target(row["_id"], row["ip"], row["group"], row.get("status", UNKNOWN), row.get("as_of", 0))


def put_watch(writer: Writer, folded: Folded[Watch]) -> None:
    """The status that stands."""
    fields = {"status": folded.state.status, "as_of": folded.state.as_of}
    writer.put("targets", folded.id, folded.version, fields, group="watch")


def put_targets(writer: Writer, commits: Sequence[Commit]) -> None:
    """Addresses and locations, one write for each device, however often it changed."""
    changed: dict[str, dict[str, Any]] = {}
    for commit in commits:
        if commit.aggregate == "device":
            fields = changed.setdefault(commit.subject, {})
            for event in commit.events:
                FOLLOWS.get(event.type, _nothing)(fields, event.data)
            fields["version"] = commit.last
    for device_id, fields in changed.items():
        version = fields.pop("version")
        if fields.pop("removed", False):
            writer.drop("targets", device_id, version)
        elif fields:
            writer.put("targets", device_id, version, {**fields, "group": group_of(device_id)})


def _registered(fields: dict[str, Any], data: Mapping[str, Any]) -> None:
    fields.update(ip=data["ip_address"], location=data["location"])


def _readdressed(fields: dict[str, Any], data: Mapping[str, Any]) -> None:
    fields["ip"] = data["ip_address"]


def _relocated(fields: dict[str, Any], data: Mapping[str, Any]) -> None:
    fields["location"] = data["location"]


def _removed(fields: dict[str, Any], _data: Mapping[str, Any]) -> None:
    fields["removed"] = True


def _nothing(_fields: dict[str, Any], _data: Mapping[str, Any]) -> None:
    """What else happens to a device does not matter for asking it."""


FOLLOWS = {
    "DeviceRegistered": _registered,
    "DeviceReaddressed": _readdressed,
    "DeviceRelocated": _relocated,
    "DeviceRemoved": _removed,
}

VIEWS = ViewSet(
    collections={"targets": [IndexModel([("group", 1)])]},
    folds={"watch": put_watch},
    follows={"devices": put_targets},
)
