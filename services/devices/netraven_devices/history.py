"""Who changed what, when, from what to what, by which request: read off a history, event by event. Pure.

The log keeps what happened; here each event is told with the fields that it changed, before and after.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from netraven_chassis.aggregate import Aggregate
from netraven_chassis.eventlog.commit import Commit, Recorded
from netraven_contracts.errors import Conflict, NotFound
from netraven_devices.device import Device

# State field -> the name that clients know it by. What is not here is not shown.
DEVICE_FIELDS: Mapping[str, str] = {
    "name": "name",
    "ip_address": "ip_address",
    "device_type": "device_type",
    "location": "location",
    "platform": "platform",
    "port": "port",
    "serial": "serial",
    "model": "model",
    "os_version": "os_version",
    "interfaces": "interfaces",
    "tags": "tags",
    "notes": "notes",
    "stated": "status",
}
CREDENTIAL_FIELDS: Mapping[str, str] = {
    **{name: name for name in ("name", "username", "method", "priority", "tags", "description")},
    "number": "secret_version",
}
TAG_FIELDS: Mapping[str, str] = {name: name for name in ("name", "color", "description")}


@dataclass(frozen=True, slots=True)
class Step:
    """One event of a history: the state before and after it, and the commit that it came with."""

    version: int
    event: Recorded
    commit: Commit
    before: Any
    after: Any


def steps(aggregate: Aggregate[Any], commits: Sequence[Commit]) -> Iterator[Step]:
    """Every event of a history with the states around it, in order."""
    state = aggregate.initial
    for commit in commits:
        for version, event in enumerate(commit.events, commit.first):
            before, state = state, aggregate.fold(state, [event])
            yield Step(version, event, commit, before, state)


def changed(step: Step, fields: Mapping[str, str]) -> dict[str, tuple[Any, Any]]:
    """{field as clients know it: (from, to)} of what the event changed."""
    pairs = {shown: (getattr(step.before, name), getattr(step.after, name)) for name, shown in fields.items()}
    return {shown: pair for shown, pair in pairs.items() if pair[0] != pair[1]}


def compensation(history: Sequence[Step], version: int) -> dict[str, Any]:
    """The changes that take back the event `version` of a device, as a body of PATCH has them, tags as ids.

    Raises NotFound for an event that is not in the history, Conflict where it cannot be taken back: it is
    no change of fields, or they were changed again since.
    """
    step = next((step for step in history if step.version == version), None)
    if step is None:
        raise NotFound("the device has no event of this number")
    if step.before.life != "active" or step.after.life != "active":
        raise Conflict(
            f"{step.event.type} is no change that can be taken back; register or remove the device"
        )
    now: Device = history[-1].after
    changes: dict[str, Any] = {}
    for shown, (old, new) in changed(step, DEVICE_FIELDS).items():
        name = "stated" if shown == "status" else shown
        changes[shown] = _tags(now, old, new) if shown == "tags" else old
        if shown != "tags" and getattr(now, name) != new:
            raise Conflict(f"{shown} was changed again since; change it to what it should be")
    if changes.get("status", "") is None:
        changes["status"] = "unknown"
    return changes


def _tags(now: Device, old: Sequence[str], new: Sequence[str]) -> list[str]:
    """The tags of now without what the event gave and with what it took; others that came since stay."""
    given, taken = set(new) - set(old), set(old) - set(new)
    if not given <= set(now.tags) or taken & set(now.tags):
        raise Conflict("the tag was given or taken again since; change the tags to what they should be")
    return sorted((set(now.tags) - given) | taken)
