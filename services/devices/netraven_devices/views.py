"""What the inventory shows: one document for each device and each tag, made from their histories. No
decisions.

`devices`: what a device is follows from its own events; its status, a group of fields with a version of its
own, from whichever spoke last, a person's statement or the monitor's verdict. `past_devices`: the states that
held once, a document for each, so that a change costs the same however many there were before. `words`: all
that the monitor ever said. `tags`, `past_tags`: likewise. The pulse lies elsewhere, pulse.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pymongo import IndexModel

from netraven_chassis.aggregate import Folded
from netraven_chassis.eventlog.commit import Commit
from netraven_chassis.views import ViewSet, Writer
from netraven_devices import attempt_sums, attempts, credential_views
from netraven_devices.device import Device
from netraven_devices.documents import (
    UNKNOWN,
    Fields,
    device_fields,
    past_of_device,
    past_of_tag,
    spoken,
    status_fields,
    tag_fields,
)
from netraven_devices.tag import Tag


def put_device(writer: Writer, folded: Folded[Device]) -> None:
    """The device as its history makes it, or hidden when it is removed."""
    _keep(writer, "past_devices", folded.id, past_of_device(folded))
    if folded.state.life == "removed":
        writer.drop("devices", folded.id, folded.version)
    elif folded.state.life == "active":
        fields = device_fields(folded)
        if len(folded.commits) == 1:
            writer.begin("devices", folded.id, folded.version, {"own": fields})
        else:
            writer.put("devices", folded.id, folded.version, fields)
        stated = dict(fields["stated"])
        if (version := stated.pop("spoken")) > 0:
            writer.put("devices", folded.id, version, stated, "status")


def _keep(writer: Writer, view: str, ident: str, states: Iterable[Fields]) -> None:
    """States that ended; what they were can change no more."""
    for state in states:
        writer.begin(view, f"{ident}.{state['version']}", 1, {"own": state})


def put_verdicts(writer: Writer, commits: Sequence[Commit]) -> None:
    """What the monitor says about its devices."""
    for commit in commits:
        for word, event in enumerate(commit.events, commit.first):
            if event.type in VERDICTS:
                status, as_of = VERDICTS[event.type](event.data), event.data["as_of"]
                fields, version = status_fields(status, as_of), spoken(as_of, word)
                device_id = event.data["device_id"]
                writer.put("devices", device_id, version, fields, "status")
                told = {"device": device_id, "spoken": version, "said": commit.at, **fields}
                writer.put("words", f"{device_id}.{version}", 1, told)


def put_tag(writer: Writer, folded: Folded[Tag]) -> None:
    """The tag as its history makes it, or hidden when it is deleted."""
    _keep(writer, "past_tags", folded.id, past_of_tag(folded))
    if folded.state.life == "deleted":
        writer.drop("tags", folded.id, folded.version)
    elif folded.state.life == "active":
        writer.put("tags", folded.id, folded.version, tag_fields(folded))


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
WORD_INDEXES: Mapping[str, tuple[str, ...]] = {"said": ("device", "spoken", "said")}
PAST_DEVICE_INDEXES: Mapping[str, tuple[str, ...]] = {
    "device": ("device", "until"),
    "until": ("until", "from"),
}
PAST_TAG_INDEXES: Mapping[str, tuple[str, ...]] = {"tag": ("tag", "until"), "key": ("key",)}


def _models(indexes: Mapping[str, tuple[str, ...]]) -> list[IndexModel]:
    return [
        IndexModel([(field, 1) for field in ("live", *fields, "_id")], name=name)
        for name, fields in indexes.items()
    ]


VIEWS = ViewSet(
    collections={
        "devices": _models(DEVICE_INDEXES),
        "past_devices": _models(PAST_DEVICE_INDEXES),
        "tags": _models(TAG_INDEXES),
        "past_tags": _models(PAST_TAG_INDEXES),
        "words": _models(WORD_INDEXES),
        credential_views.VIEW: credential_views.INDEXES,
        attempts.VIEW: attempts.INDEXES,
        attempt_sums.VIEW: attempt_sums.INDEXES,
    },
    folds={"device": put_device, "tag": put_tag, "credential": credential_views.put_credential},
    follows={"monitor": put_verdicts, "jobs": attempts.put_attempts},
    shape=3,
)
