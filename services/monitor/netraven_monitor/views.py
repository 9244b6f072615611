"""What the monitor reads: whom to ask, and what stands about each. No decisions.

`targets`: one document for each device. Its address and location follow the devices' log; its status
follows our own, in a group of fields with a version of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pymongo import IndexModel

from netraven_chassis.aggregate import Folded
from netraven_chassis.eventlog.commit import Commit
from netraven_chassis.views import ViewSet, Writer
from netraven_monitor.roster import INDEX
from netraven_monitor.schedule import group_of
from netraven_monitor.watch import Watch


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
            told = {**fields, "group": group_of(device_id)}
            if "ip" in fields and "location" in fields:  # just registered, most likely
                writer.begin("targets", device_id, version, {"own": told})
            else:
                writer.put("targets", device_id, version, told)


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
    collections={"targets": [IndexModel(INDEX)]},
    folds={"watch": put_watch},
    follows={"devices": put_targets},
)
