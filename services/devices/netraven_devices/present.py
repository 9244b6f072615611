"""Documents as the API shows them: ids and times in their outer form, tags by name, every field always there.

No queries and no decisions.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import orjson

from netraven_chassis.bus import Reply
from netraven_chassis.clock import iso
from netraven_devices.documents import UNKNOWN

Document = Mapping[str, Any]

_moment = lru_cache(maxsize=65_536)(iso)


def _time(ms: int | None) -> str | None:
    return None if ms is None else _moment(ms)


def summary(document: Document, pulse: Document, names: Mapping[str, str]) -> dict[str, Any]:
    """A device as a list shows it: all but its interfaces.

    Parameters: `pulse`, {"last_ping": ms, "latency_ms": …} or {}; `names`, {tag id: name}. A tag without a
    name is being deleted and not shown.
    """
    return {
        "id": document["_id"],
        "name": document["name"],
        "ip_address": document["ip_address"],
        "device_type": document["device_type"],
        "location": document["location"],
        "status": document.get("status") or UNKNOWN,
        "status_since": _time(document.get("status_since")),
        "last_ping": _time(pulse.get("last_ping")),
        "latency_ms": pulse.get("latency_ms"),
        "platform": document["platform"],
        "port": document["port"],
        "serial": document["serial"],
        "model": document["model"],
        "os_version": document["os_version"],
        "tags": sorted(names[tag] for tag in document["tags"] if tag in names),
        "notes": document["notes"],
        "created_at": _moment(document["created_at"]),
        "updated_at": _moment(document["updated_at"]),
        "version": document["version"],
    }


def device(document: Document, pulse: Document, names: Mapping[str, str]) -> dict[str, Any]:
    """A device as it is shown alone: with its interfaces."""
    return {**summary(document, pulse, names), "interfaces": document["interfaces"]}


def tag(document: Document, device_count: int) -> dict[str, Any]:
    """A tag, with the number of devices that have it now."""
    return {
        "id": document["_id"],
        "name": document["name"],
        "color": document["color"],
        "description": document["description"],
        "device_count": device_count,
        "version": document["version"],
        "created_at": _moment(document["created_at"]),
        "updated_at": _moment(document["updated_at"]),
    }


def single(shown: Mapping[str, Any], **meta: Any) -> Reply:
    """The answer with one resource, its bytes; its ETag tells what they are and which version."""
    body = orjson.dumps(shown)
    return Reply(body, {**_mark(shown["version"], body), **meta})


def _mark(version: int, body: bytes) -> dict[str, Any]:
    return {"etag": f'"{version}-{zlib.crc32(body):08x}"', "version": version}
