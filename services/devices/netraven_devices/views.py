"""What the inventory shows: one document for each device and each tag, made from their histories. No
decisions.

`devices`: what a device is follows from its own events; its status, a group of fields with a version of its
own, from whichever spoke last, a person's statement or the monitor's verdict. `status` is absent or null as
long as it is unknown, so that both sort and count alike. `search` is what `q` looks into. The pulse lies
elsewhere, pulse.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pymongo import IndexModel

from netraven_chassis.aggregate import Folded
from netraven_chassis.eventlog.commit import Commit
from netraven_chassis.views import ViewSet, Writer
from netraven_devices.device import Device
from netraven_devices.tag import Tag

UNKNOWN = "unknown"
SEARCHED = ("name", "ip_address", "serial", "location")
_SHOWN = (
    "name",
    "ip_address",
    "device_type",
    "location",
    "platform",
    "port",
    "serial",
    "model",
    "os_version",
    "notes",
)
_WORDS_A_WATCH_CAN_HAVE = 2**20


def put_device(writer: Writer, folded: Folded[Device]) -> None:
    """The device as its history makes it, or hidden when it is removed."""
    if folded.state.life == "removed":
        writer.drop("devices", folded.id, folded.version)
    elif folded.state.life == "active":
        writer.put("devices", folded.id, folded.version, device_fields(folded))
        if stated := last_statement(folded.commits):
            writer.put(
                "devices",
                folded.id,
                spoken(stated.at),
                status_fields(folded.state.stated, stated.at),
                "status",
            )


def device_fields(folded: Folded[Device]) -> dict[str, Any]:
    """The fields that follow from the device's own history, without its status."""
    device = folded.state
    return {
        **{name: getattr(device, name) for name in _SHOWN},
        "interfaces": [dict(interface) for interface in device.interfaces],
        "tags": list(device.tags),
        "ip_number": ip_number(device.ip_address),
        "search": search_text(device),
        "created_at": folded.first_at,
        "updated_at": folded.at,
        "version": folded.version,
    }


def ip_number(address: str) -> int:
    """The address as the number by which it is sorted: 10.0.0.2 before 10.0.0.10."""
    return int.from_bytes(bytes(map(int, address.split("."))), "big")


def search_text(device: Device) -> str:
    """What `q` is looked for in: name, address, serial and location, a line each, without upper case."""
    return "\n".join(getattr(device, name) or "" for name in SEARCHED).casefold()


def last_statement(commits: Sequence[Commit]) -> Commit | None:
    """The last commit in which somebody stated the status, None if nobody did."""
    for commit in reversed(commits):
        if any(event.type == "DeviceStatusStated" for event in commit.events):
            return commit
    return None


def spoken(at: int, word: int = 0) -> int:
    """The version of the status group: the later word stands, by the time `at` (UTC milliseconds) that it
    is from.

    `word` is the monitor's count of its words on the device: at the same moment its later word stands, and
    any of its words above a statement. The monitor weighs both in the same way, so that it and we always
    agree.
    """
    return at * _WORDS_A_WATCH_CAN_HAVE + min(word, _WORDS_A_WATCH_CAN_HAVE - 1)


def put_verdicts(writer: Writer, commits: Sequence[Commit]) -> None:
    """What the monitor says about its devices."""
    for commit in commits:
        for word, event in enumerate(commit.events, commit.first):
            if event.type in VERDICTS:
                status, as_of = VERDICTS[event.type](event.data), event.data["as_of"]
                fields = status_fields(status, as_of)
                writer.put("devices", event.data["device_id"], spoken(as_of, word), fields, "status")


def status_fields(status: str | None, since: int) -> dict[str, Any]:
    """The fields of the status group: a status, and since when (UTC milliseconds) it stands."""
    return {"status": None if status == UNKNOWN else status, "status_since": since}


def put_tag(writer: Writer, folded: Folded[Tag]) -> None:
    """The tag as its history makes it, or hidden when it is deleted."""
    if folded.state.life == "deleted":
        writer.drop("tags", folded.id, folded.version)
    elif folded.state.life == "active":
        writer.put("tags", folded.id, folded.version, tag_fields(folded))


def tag_fields(folded: Folded[Tag]) -> dict[str, Any]:
    """The fields of a tag's document; `key` is its name without upper case."""
    tag = folded.state
    return {
        "name": tag.name,
        "key": tag.name.casefold(),
        "color": tag.color,
        "description": tag.description,
        "created_at": folded.first_at,
        "updated_at": folded.at,
        "version": folded.version,
    }


# The monitor's event, and the status that it means.
VERDICTS: Mapping[str, Any] = {
    "DeviceWentOnline": lambda _data: "online",
    "DeviceWentOffline": lambda _data: "offline",
    "DeviceWentUnknown": lambda _data: UNKNOWN,
    "DeviceStatusAdopted": lambda data: data["status"],
}

# {name of an index: its fields between `live` and the id}. Each filter leads one that gives the default
# order, so that a page costs the same in any fleet.
DEVICE_INDEXES: Mapping[str, tuple[str, ...]] = {
    "name": ("name",),
    "ip_number": ("ip_number",),
    "device_type": ("device_type", "name"),
    "location": ("location", "name"),
    "status": ("status", "name"),
    "platform": ("platform", "name"),
    "tags": ("tags", "name"),
    "serial": ("serial",),
    "created_at": ("created_at",),
    "updated_at": ("updated_at",),
    "status_since": ("status_since",),
}
TAG_INDEXES: Mapping[str, tuple[str, ...]] = {"key": ("key",)}


def _models(indexes: Mapping[str, tuple[str, ...]]) -> list[IndexModel]:
    return [
        IndexModel([(field, 1) for field in ("live", *fields, "_id")], name=name)
        for name, fields in indexes.items()
    ]


VIEWS = ViewSet(
    collections={"devices": _models(DEVICE_INDEXES), "tags": _models(TAG_INDEXES)},
    folds={"device": put_device, "tag": put_tag},
    follows={"monitor": put_verdicts},
)
