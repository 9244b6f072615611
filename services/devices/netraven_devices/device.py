"""A device under management: what may be asked of it and what then is true. No clock, no database, no queue.

What its own history does not tell (ids of tags, the status that is shown now) comes in with the command.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Literal

from netraven_chassis.aggregate import Aggregate
from netraven_contracts.devices import DEFAULT_PORT
from netraven_contracts.errors import Conflict, DuplicateIp, NotFound

Facts = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class DeviceRegistered:
    """A device is looked after from now on."""

    name: str
    ip_address: str
    device_type: str
    location: str
    platform: str | None
    port: int
    tags: tuple[str, ...]
    notes: str | None


@dataclass(frozen=True, slots=True)
class DeviceRenamed:
    """It has another name."""

    name: str


@dataclass(frozen=True, slots=True)
class DeviceReaddressed:
    """It is managed at another address; the old one is free."""

    ip_address: str


@dataclass(frozen=True, slots=True)
class DeviceRelocated:
    """It stands somewhere else."""

    location: str


@dataclass(frozen=True, slots=True)
class DeviceReclassified:
    """It is another kind of device."""

    device_type: str


@dataclass(frozen=True, slots=True)
class DevicePlatformSet:
    """It runs another operating system, or nobody knows which."""

    platform: str | None


@dataclass(frozen=True, slots=True)
class DevicePortSet:
    """It listens on another port."""

    port: int


@dataclass(frozen=True, slots=True)
class DeviceAnnotated:
    """Its notes read differently."""

    notes: str | None


@dataclass(frozen=True, slots=True)
class DeviceFactsLearned:
    """What it is and runs, all three as they are now."""

    serial: str | None
    model: str | None
    os_version: str | None


@dataclass(frozen=True, slots=True)
class DeviceInterfacesLearned:
    """Its interfaces, all of them as they are now."""

    interfaces: tuple[Facts, ...]


@dataclass(frozen=True, slots=True)
class DeviceStatusStated:
    """Somebody says what its status is; it stands until the monitor's next verdict."""

    status: str


@dataclass(frozen=True, slots=True)
class DeviceTagged:
    """It has this tag."""

    tag_id: str


@dataclass(frozen=True, slots=True)
class DeviceUntagged:
    """It no longer has this tag."""

    tag_id: str


@dataclass(frozen=True, slots=True)
class DeviceRemoved:
    """It is no longer looked after; its address is free."""


@dataclass(frozen=True, slots=True)
class RegisterDevice:
    """Look after this device. `tags` are ids; a `status` of unknown says nothing."""

    name: str
    ip_address: str
    device_type: str
    location: str
    platform: str | None = None
    port: int = DEFAULT_PORT
    tags: tuple[str, ...] = ()
    notes: str | None = None
    serial: str | None = None
    model: str | None = None
    os_version: str | None = None
    interfaces: tuple[Facts, ...] = ()
    status: str = "unknown"


@dataclass(frozen=True, slots=True)
class ChangeDevice:
    """Make these fields so; `tags` are ids, all of them. `shown` is the status that clients see now."""

    changes: Mapping[str, Any]
    shown: str = "unknown"


@dataclass(frozen=True, slots=True)
class UntagDevice:
    """Take this tag away from it."""

    tag_id: str


@dataclass(frozen=True, slots=True)
class RemoveDevice:
    """Look after it no longer."""


@dataclass(frozen=True, slots=True)
class Device:
    """What is true of a device. `stated` is the last status that somebody stated, None if nobody did."""

    life: Literal["none", "active", "removed"] = "none"
    name: str = ""
    ip_address: str = ""
    device_type: str = ""
    location: str = ""
    platform: str | None = None
    port: int = DEFAULT_PORT
    serial: str | None = None
    model: str | None = None
    os_version: str | None = None
    interfaces: tuple[Facts, ...] = ()
    tags: tuple[str, ...] = ()
    notes: str | None = None
    stated: str | None = None


# The event that sets a field of the same name. Their order here is the order within a commit.
SETS: Mapping[str, type] = {
    "name": DeviceRenamed,
    "ip_address": DeviceReaddressed,
    "device_type": DeviceReclassified,
    "location": DeviceRelocated,
    "platform": DevicePlatformSet,
    "port": DevicePortSet,
    "notes": DeviceAnnotated,
    "interfaces": DeviceInterfacesLearned,
}
FACTS = ("serial", "model", "os_version")
_PLAIN = (*SETS.values(), DeviceFactsLearned)


def decide(device: Device, command: Any) -> Sequence[Any]:
    """The events that follow from the command. Raises NotFound, Conflict, or TypeError for a stranger."""
    match command:
        case RegisterDevice():
            return list(_register(device, command))
        case ChangeDevice(changes, shown):
            return list(_change(_there(device), changes, shown))
        case UntagDevice(tag_id):
            return [DeviceUntagged(tag_id)] if tag_id in _there(device).tags else []
        case RemoveDevice():
            _there(device)
            return [DeviceRemoved()]
    raise TypeError(f"a device cannot {type(command).__name__}")


def _there(device: Device) -> Device:
    if device.life != "active":
        raise NotFound("there is no device with this id; it may have been removed")
    return device


def _register(device: Device, command: RegisterDevice) -> Iterator[Any]:
    if device.life != "none":
        raise Conflict("a device with this id exists already, or has existed")
    given = {item.name: getattr(command, item.name) for item in fields(DeviceRegistered)}
    yield DeviceRegistered(**{**given, "tags": tuple(sorted(set(command.tags)))})
    if any(getattr(command, name) is not None for name in FACTS):
        yield DeviceFactsLearned(command.serial, command.model, command.os_version)
    if command.interfaces:
        yield DeviceInterfacesLearned(tuple(command.interfaces))
    if command.status != "unknown":
        yield DeviceStatusStated(command.status)


def _change(device: Device, changes: Mapping[str, Any], shown: str) -> Iterator[Any]:
    for name, event in SETS.items():
        if name in changes and _kept(changes[name]) != getattr(device, name):
            yield event(_kept(changes[name]))
    facts = {name: changes.get(name, getattr(device, name)) for name in FACTS}
    if any(facts[name] != getattr(device, name) for name in FACTS):
        yield DeviceFactsLearned(**facts)
    if "tags" in changes:
        wanted, present = set(changes["tags"]), set(device.tags)
        yield from (DeviceTagged(tag_id) for tag_id in sorted(wanted - present))
        yield from (DeviceUntagged(tag_id) for tag_id in sorted(present - wanted))
    # A client that sends back what it was shown states nothing.
    if changes.get("status", shown) != shown:
        yield DeviceStatusStated(changes["status"])


def _kept(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def evolve(device: Device, event: Any) -> Device:
    """The device after the event; one that it does not know changes nothing."""
    match event:
        case DeviceRegistered():
            return replace(device, life="active", **_data(event))
        case DeviceTagged(tag_id):
            return replace(device, tags=tuple(sorted({*device.tags, tag_id})))
        case DeviceUntagged(tag_id):
            return replace(device, tags=tuple(tag for tag in device.tags if tag != tag_id))
        case DeviceStatusStated(status):
            return replace(device, stated=status)
        case DeviceRemoved():
            return replace(device, life="removed")
    return replace(device, **_data(event)) if isinstance(event, _PLAIN) else device


def _data(event: Any) -> dict[str, Any]:
    return {item.name: _kept(getattr(event, item.name)) for item in fields(event)}


def unique(device: Device) -> Mapping[str, str]:
    """What no other device may have: the address, as long as this one is looked after."""
    return {"ip_address": device.ip_address} if device.life == "active" else {}


DEVICE: Aggregate[Device] = Aggregate(
    name="device",
    initial=Device(),
    decide=decide,
    evolve=evolve,
    events=(
        DeviceRegistered,
        *SETS.values(),
        DeviceFactsLearned,
        DeviceStatusStated,
        DeviceTagged,
        DeviceUntagged,
        DeviceRemoved,
    ),
    unique=unique,
    duplicates={"ip_address": DuplicateIp},
)
