"""What jobs find out about devices, taken over into the inventory. No rules; what is changed, device.py says.

A device can say anything: what would be refused from a person is left out here, and the rest is kept.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import structlog
from marshmallow import ValidationError

from netraven_chassis.bound import BoundStore
from netraven_chassis.eventlog.commit import Commit
from netraven_contracts.devices import MOST_INTERFACES, DeviceChanges, Interface
from netraven_contracts.errors import NotFound
from netraven_devices.device import DEVICE, FACTS, ChangeDevice

log = structlog.get_logger(__name__)

_CHANGES, _INTERFACE = DeviceChanges(), Interface()


def learn_facts(store: BoundStore, commit: Commit) -> None:
    """React to a commit of the jobs' log. Raises Unavailable; harmless when repeated."""
    for event in commit.events:
        if event.type == "FactsCollected":
            _learn(store, event.data["device_id"], facts(event.data))


def _learn(store: BoundStore, device_id: str, changes: Mapping[str, Any]) -> None:
    if not changes:
        return
    try:
        store.handle(DEVICE, device_id, ChangeDevice(changes))
    except NotFound:
        log.info("facts of a device that is gone are dropped", device_id=device_id)


def facts(data: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a device that these facts set: those that were told, in the inventory's own form."""
    told: dict[str, Any] = {}
    for name in FACTS:
        try:
            told |= _CHANGES.load({name: data[name]}) if data.get(name) else {}
        except ValidationError as error:
            log.warning("a fact cannot be kept", device_id=data["device_id"], fact=name, reason=str(error))
    if data.get("interfaces"):
        told["interfaces"] = _interfaces(data["device_id"], data["interfaces"])
    return told


def _interfaces(device_id: str, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    kept = []
    for row in rows[:MOST_INTERFACES]:
        try:
            kept.append(_INTERFACE.load(dict(row)))
        except ValidationError as error:
            log.warning("an interface cannot be kept", device_id=device_id, reason=str(error))
    return kept
