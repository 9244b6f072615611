"""Which devices a job is for: asked of the devices service when a run begins. Nothing is kept here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import orjson

from netraven_contracts.errors import NotFound, Unavailable

PAGE = 1000
ONE_BY_ONE = 50  # so many devices are asked for by their ids; for more, all are read
TRIES = 5
FIELDS = ("id", "name", "ip_address", "port", "platform", "location", "tags")

Device = dict[str, Any]


def of(devices: Any, target: Mapping[str, Any]) -> Iterator[list[Device]]:
    """The devices of a target, at most a thousand at a time and none twice; those that are gone are left out.

    `devices` is a client of the devices service. Raises Unavailable.
    """
    seen: set[str] = set()
    for page in _pages(devices, target):
        fresh = [device for device in page if device["id"] not in seen]
        seen.update(device["id"] for device in fresh)
        if fresh:
            yield fresh


class Inventory:
    """The devices as they are now, asked for by their ids; of many, all are read, and only once."""

    def __init__(self, devices: Any) -> None:
        self._devices = devices
        self._all: dict[str, Device] | None = None

    def named(self, idents: Sequence[str]) -> list[Device]:
        """Those of the devices that are there. Raises Unavailable."""
        if self._all is None and len(idents) <= ONE_BY_ONE:
            return _one_by_one(self._devices, idents)
        if self._all is None:
            self._all = {device["id"]: device for page in _all(self._devices, {}) for device in page}
        return [self._all[ident] for ident in dict.fromkeys(idents) if ident in self._all]


def _one_by_one(devices: Any, idents: Sequence[str]) -> list[Device]:
    calls = [devices.call_async("show", device_id=ident) for ident in idents]
    found = []
    for call in calls:
        try:
            found.append(_kept(call.result()))
        except NotFound:
            continue  # removed since it was named
    return found


def _pages(devices: Any, target: Mapping[str, Any]) -> Iterator[list[Device]]:
    if "devices" in target:
        yield from _chunks(Inventory(devices).named(target["devices"]))
    for tag in target.get("tags", ()):
        yield from _all(devices, {"tag": [tag]})
    if target.get("all"):
        yield from _all(devices, {})


def _all(devices: Any, filters: Mapping[str, Any]) -> list[list[Device]]:
    """All that match. A removal meanwhile moves one from the next page to this: then all is read again."""
    for _ in range(TRIES):
        pages: list[list[Device]] = []
        totals: set[int] = set()
        while len(pages) * PAGE < max(totals, default=1):
            page = len(pages) + 1
            reply = devices.raw("index", filters=filters, page=page, size=PAGE, sort=["created_at"])
            pages.append([_kept(row) for row in orjson.loads(reply.body)])
            totals.add(int(reply.meta["total"]))
        if len(totals) <= 1:
            return pages
    raise Unavailable("devices come and go too fast to tell which there are; try again", {"retry_after": 1})


def _chunks(devices: list[Device]) -> Iterator[list[Device]]:
    return (devices[at : at + PAGE] for at in range(0, len(devices), PAGE))


def _kept(device: Mapping[str, Any]) -> Device:
    return {field: device.get(field) for field in FIELDS}
