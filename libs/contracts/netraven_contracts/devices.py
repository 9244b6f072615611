"""What is said about devices: bodies, answers and filters. No rules; their events lie beside this file."""

from __future__ import annotations

from typing import Any, ClassVar

from marshmallow import Schema, fields, post_load, pre_load, validate

from netraven_contracts.body import Body, Filters
from netraven_contracts.fields import (
    AnyAddress,
    Choice,
    HostAddress,
    MacAddress,
    Moment,
    ObjectId,
    Port,
    Switch,
    Text,
    Whole,
)
from netraven_contracts.platforms import PLATFORMS
from netraven_contracts.tags import TAG_NAME_LENGTH, TagName

DEVICE_TYPES = ("router", "switch", "server", "other")
STATUSES = ("online", "offline", "unknown")
DEFAULT_PORT = 22
MOST_INTERFACES = 2000
MOST_TAGS = 100

# What the other seed document calls the three statuses.
REACHABILITY = {
    "online": "online",
    "reachable": "online",
    "success": "online",
    "offline": "offline",
    "unreachable": "offline",
    "failure": "offline",
    "unknown": "unknown",
    "never_checked": "unknown",
}

DEVICE_SORTS = (
    "name",
    "ip_address",
    "device_type",
    "location",
    "status",
    "platform",
    "serial",
    "model",
    "os_version",
    "created_at",
    "updated_at",
    "status_since",
    "last_ping",
    "latency_ms",
)


class Interface(Body):
    """One interface of a device, as learned from it or imported."""

    name = Text(
        required=True, metadata={"description": "As the device names it.", "example": "GigabitEthernet0/1"}
    )
    description = Text(
        longest=255,
        allow_none=True,
        metadata={"description": "As configured.", "example": "Uplink to core-2"},
    )
    ip_address = AnyAddress(allow_none=True, metadata={"description": "Its address.", "example": "10.0.0.1"})
    mac_address = MacAddress(
        allow_none=True, metadata={"description": "Its MAC address.", "example": "00:1a:2b:3c:4d:5e"}
    )
    admin_up = Switch(
        allow_none=True, metadata={"description": "Whether it is switched on.", "example": True}
    )
    link_up = Switch(allow_none=True, metadata={"description": "Whether it has a link.", "example": True})
    speed_mbps = Whole(
        0, 10_000_000, allow_none=True, metadata={"description": "Its speed in Mbit/s.", "example": 1000}
    )

    @post_load
    def whole(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        """Every field, null where nothing is known, so that equal interfaces are equal data."""
        return {name: data.get(name) for name in self.fields}


class DeviceChanges(Body):
    """PUT and PATCH /devices/{id}: any subset. Null clears what may be absent."""

    blank_is_absent: ClassVar[frozenset[str]] = frozenset({"status"})

    name = Text(metadata={"description": "What people call it.", "example": "core-sw-01"})
    ip_address = HostAddress(
        metadata={"description": "The IPv4 address at which it is managed; unique.", "example": "10.0.0.1"}
    )
    device_type = Choice(
        DEVICE_TYPES, metadata={"description": "What kind of device it is.", "example": "switch"}
    )
    location = Text(metadata={"description": "Where it stands.", "example": "Zurich, rack 4"})
    status = Choice(
        STATUSES,
        metadata={
            "description": "Whether it answers. What is written stands until the next verdict.",
            "example": "online",
        },
    )
    platform = Choice(
        PLATFORMS,
        allow_none=True,
        metadata={"description": "Its operating system as a Netmiko device type.", "example": "cisco_ios"},
    )
    port = Port(metadata={"description": "The TCP port for SSH; 22 unless given.", "example": 22})
    serial = Text(allow_none=True, metadata={"description": "Its serial number.", "example": "FDO1234X0AB"})
    model = Text(allow_none=True, metadata={"description": "Its model.", "example": "C9300-48P"})
    os_version = Text(
        allow_none=True, metadata={"description": "The version that it runs.", "example": "17.9.4a"}
    )
    interfaces = fields.List(
        fields.Nested(Interface),
        validate=validate.Length(max=MOST_INTERFACES, error="must be at most {max} interfaces"),
        metadata={"description": "Its interfaces, all of them."},
    )
    tags = fields.List(
        TagName(),
        validate=validate.Length(max=MOST_TAGS, error="must be at most {max} tags"),
        metadata={"description": "The names of all its tags.", "example": ["core", "zurich"]},
    )
    notes = Text(
        longest=2000,
        lines=True,
        allow_none=True,
        metadata={"description": "Whatever people should know.", "example": "Spare power supply in rack 5."},
    )
    create_missing_tags = Switch(
        load_only=True, metadata={"description": "Create the tags that are not there yet.", "example": False}
    )

    id = ObjectId(
        dump_only=True, metadata={"description": "Given by the API.", "example": "65a1b2c3d4e5f60718293a4b"}
    )
    status_since = Moment(
        dump_only=True,
        allow_none=True,
        metadata={"description": "Since when it has this status.", "example": "2026-01-02T03:04:05.678Z"},
    )
    last_ping = Moment(
        dump_only=True,
        allow_none=True,
        metadata={"description": "When it was last pinged.", "example": "2026-01-02T03:04:05.678Z"},
    )
    latency_ms = fields.Float(
        dump_only=True,
        allow_none=True,
        metadata={
            "description": "The round trip of the last ping; null when it went unanswered.",
            "example": 1.25,
        },
    )
    created_at = Moment(
        dump_only=True,
        metadata={"description": "When it was registered.", "example": "2026-01-02T03:04:05.678Z"},
    )
    updated_at = Moment(
        dump_only=True,
        metadata={"description": "When it was last changed.", "example": "2026-01-02T03:04:05.678Z"},
    )
    version = fields.Integer(
        dump_only=True, metadata={"description": "Grows with every change.", "example": 1}
    )


class DeviceBody(DeviceChanges):
    """POST /devices."""

    needed: ClassVar[frozenset[str]] = frozenset({"name", "ip_address", "device_type", "location"})


class Device(DeviceChanges):
    """A device as the API shows it, every field always there."""

    needed: ClassVar[frozenset[str]] = frozenset(DeviceChanges._declared_fields) - {"create_missing_tags"}

    class Meta:
        exclude = ("create_missing_tags",)


class DeviceRow(Device):
    """A device as a list shows it: without its interfaces."""

    class Meta:
        exclude = ("create_missing_tags", "interfaces")


class Ping(Schema):
    """The answer to one burst of pings."""

    status = fields.String(
        required=True,
        validate=validate.OneOf(("online", "offline")),
        metadata={"description": "Whether it answered.", "example": "online"},
    )
    latency_ms = fields.Float(
        required=True,
        allow_none=True,
        metadata={"description": "The round trip; null without an answer.", "example": 1.25},
    )
    timestamp = Moment(
        required=True, metadata={"description": "When.", "example": "2026-01-02T03:04:05.678Z"}
    )


class DeviceStatus(Schema):
    """GET /devices/{id}/status."""

    device = fields.Nested(
        Device, required=True, metadata={"description": "The device as it is after the ping."}
    )
    ping = fields.Nested(Ping, required=True, metadata={"description": "What the ping brought."})


class DeviceFilters(Filters):
    """GET /devices: every filter that is given must hold."""

    name = Text(metadata={"description": "Exactly this name.", "example": "core-sw-01"})
    ip_address = HostAddress(metadata={"description": "Exactly this address.", "example": "10.0.0.1"})
    device_type = Choice(DEVICE_TYPES, metadata={"description": "This kind of device.", "example": "switch"})
    location = Text(metadata={"description": "Exactly this location.", "example": "Zurich, rack 4"})
    status = Choice(STATUSES, metadata={"description": "This status.", "example": "online"})
    platform = Text(metadata={"description": "Exactly this platform.", "example": "cisco_ios"})
    serial = Text(metadata={"description": "Exactly this serial number.", "example": "FDO1234X0AB"})
    tag = fields.List(
        Text(longest=TAG_NAME_LENGTH),
        validate=validate.Length(max=MOST_TAGS, error="must be at most {max} tags"),
        metadata={"description": "A tag, by name or id. Repeat it: all must match.", "example": ["core"]},
    )
    reachability = Choice(
        tuple(REACHABILITY),
        metadata={"description": "The status, or a synonym of it.", "example": "reachable"},
    )
    q = Text(
        metadata={
            "description": "Part of the name, address, serial or location, in any case.",
            "example": "core",
        }
    )
    at = Moment(
        metadata={
            "description": "The fleet as it was then. When devices were pinged is not kept for a fleet: "
            "`last_ping` and `latency_ms` are null; `/devices/{id}?at=` has them for one device.",
            "example": "2026-01-02T03:04:05Z",
        }
    )

    @pre_load
    def one_tag_is_a_list(self, data: Any, **_: Any) -> Any:
        """Parameters with a single `tag` as a list of one."""
        tag = data.get("tag")
        return {**data, "tag": [tag]} if isinstance(tag, str) else data

    @post_load
    def one_word_each(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        """`reachability` as the status that it means."""
        if "reachability" in data:
            data["reachability"] = REACHABILITY[data["reachability"]]
        return data


class DeviceMoment(Filters):
    """GET /devices/{id}: now, or as it was. Of both the earlier counts."""

    at = Moment(
        metadata={
            "description": "The device as it was then; its last ping from the samples of the day before.",
            "example": "2026-01-02T03:04:05Z",
        }
    )
    version = Whole(
        1,
        2**31 - 1,
        text=True,
        metadata={"description": "The device as it was at this version.", "example": 3},
    )
