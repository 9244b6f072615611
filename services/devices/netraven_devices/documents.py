"""What is written down of a device or tag, for views to keep and for questions to find. Pure: nothing is
written.

`status` is absent or null as long as it is unknown, so that both sort and count alike; `stated` is what
somebody last said about it. `search` is what `q` looks into.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import Any

from netraven_chassis.aggregate import Folded
from netraven_chassis.eventlog.commit import Commit
from netraven_devices import past
from netraven_devices.device import DEVICE, Device
from netraven_devices.tag import TAG, Tag

Fields = dict[str, Any]

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


def device_fields(folded: Folded[Device]) -> Fields:
    """The fields that follow from the device's own history, without its status."""
    interfaces = [dict(interface) for interface in folded.state.interfaces]
    return {**_fields_of_past(folded, statements(folded.commits)), "interfaces": interfaces}


def _fields_of_past(folded: Folded[Device], stated: Sequence[Commit]) -> Fields:
    """The same without its interfaces, which views keep only of now."""
    device = folded.state
    return {
        **{name: getattr(device, name) for name in _SHOWN},
        "interfaces": None,
        "tags": list(device.tags),
        "ip_number": ip_number(device.ip_address),
        "search": search_text(device),
        "stated": stated_fields(folded, stated),
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


def statements(commits: Sequence[Commit]) -> list[Commit]:
    """The commits in which somebody stated the status."""
    return [
        commit for commit in commits if any(event.type == "DeviceStatusStated" for event in commit.events)
    ]


def spoken(at: int, word: int = 0) -> int:
    """The version of the status group: the later word stands, by the time `at` (UTC milliseconds) that it
    is from.

    `word` is the monitor's count of its words on the device: at the same moment its later word stands, and
    any of its words above a statement. The monitor weighs both in the same way, so that it and we always
    agree.
    """
    return at * _WORDS_A_WATCH_CAN_HAVE + min(word, _WORDS_A_WATCH_CAN_HAVE - 1)


def stated_fields(folded: Folded[Device], stated: Sequence[Commit]) -> Fields:
    """The last statement on its status: {spoken, status, status_since}; `spoken` is -1 when there is none.

    `stated`: the commits of its history with statements, which may go on after this version of it.
    """
    earlier = bisect_right(stated, folded.version, key=lambda commit: commit.first)
    if not earlier:
        return {"spoken": -1, **status_fields(UNKNOWN, None)}
    last = stated[earlier - 1]
    return {"spoken": spoken(last.at), **status_fields(folded.state.stated, last.at)}


def status_fields(status: str | None, since: int | None) -> Fields:
    """The fields of the status group: a status, and since when (UTC milliseconds) it stands."""
    return {"status": None if status == UNKNOWN else status, "status_since": since}


def tag_fields(folded: Folded[Tag]) -> Fields:
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


def past_of_device(whole: Folded[Device]) -> Iterator[Fields]:
    """Every state that the device was in and is no more, with the interval in which it held."""
    stated = statements(whole.commits)
    for start, end, then in past.intervals(DEVICE, whole):
        yield {**_fields_of_past(then, stated), "device": whole.id, "from": start, "until": end}


def past_of_tag(whole: Folded[Tag]) -> Iterator[Fields]:
    """Every state that the tag was in and is no more, with the interval in which it held."""
    for start, end, then in past.intervals(TAG, whole):
        yield {**tag_fields(then), "tag": whole.id, "from": start, "until": end}
