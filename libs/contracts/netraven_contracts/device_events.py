"""The data of each event of a device, for others to rely on. Who, when and why stand in the commit."""

from __future__ import annotations

from marshmallow import Schema, fields


class InterfaceFacts(Schema):
    """One interface, every field there, null where nothing is known."""

    name = fields.String(required=True)
    description = fields.String(required=True, allow_none=True)
    ip_address = fields.String(required=True, allow_none=True)
    mac_address = fields.String(required=True, allow_none=True)
    admin_up = fields.Boolean(required=True, allow_none=True)
    link_up = fields.Boolean(required=True, allow_none=True)
    speed_mbps = fields.Integer(required=True, allow_none=True)


class DeviceRegistered(Schema):
    """A device is looked after from now on. Facts and a stated status follow as events of their own."""

    name = fields.String(required=True)
    ip_address = fields.String(required=True)
    device_type = fields.String(required=True)
    location = fields.String(required=True)
    platform = fields.String(required=True, allow_none=True)
    port = fields.Integer(required=True)
    tags = fields.List(fields.String(), required=True)
    notes = fields.String(required=True, allow_none=True)


class DeviceRenamed(Schema):
    """It has another name."""

    name = fields.String(required=True)


class DeviceReaddressed(Schema):
    """It is managed at another address; the old one is free."""

    ip_address = fields.String(required=True)


class DeviceRelocated(Schema):
    """It stands somewhere else."""

    location = fields.String(required=True)


class DeviceReclassified(Schema):
    """It is another kind of device."""

    device_type = fields.String(required=True)


class DevicePlatformSet(Schema):
    """It runs another operating system, or nobody knows which (null)."""

    platform = fields.String(required=True, allow_none=True)


class DevicePortSet(Schema):
    """It listens on another port."""

    port = fields.Integer(required=True)


class DeviceAnnotated(Schema):
    """Its notes read differently."""

    notes = fields.String(required=True, allow_none=True)


class DeviceFactsLearned(Schema):
    """What it is and runs, all three as they are now."""

    serial = fields.String(required=True, allow_none=True)
    model = fields.String(required=True, allow_none=True)
    os_version = fields.String(required=True, allow_none=True)


class DeviceInterfacesLearned(Schema):
    """Its interfaces, all of them as they are now."""

    interfaces = fields.List(fields.Nested(InterfaceFacts), required=True)


class DeviceStatusStated(Schema):
    """Somebody says that it is online, offline or unknown; it stands until the monitor's next verdict."""

    status = fields.String(required=True)


class DeviceTagged(Schema):
    """It has this tag."""

    tag_id = fields.String(required=True)


class DeviceUntagged(Schema):
    """It no longer has this tag."""

    tag_id = fields.String(required=True)


class DeviceRemoved(Schema):
    """It is no longer looked after; its address is free."""


EVENTS: dict[str, type[Schema]] = {
    schema.__name__: schema
    for schema in (
        DeviceRegistered,
        DeviceRenamed,
        DeviceReaddressed,
        DeviceRelocated,
        DeviceReclassified,
        DevicePlatformSet,
        DevicePortSet,
        DeviceAnnotated,
        DeviceFactsLearned,
        DeviceInterfacesLearned,
        DeviceStatusStated,
        DeviceTagged,
        DeviceUntagged,
        DeviceRemoved,
    )
}
