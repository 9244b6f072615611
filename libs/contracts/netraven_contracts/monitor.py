"""What is said about reachability: events of a watch, samples and availability. No rules, no I/O."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from netraven_contracts.body import Filters
from netraven_contracts.fields import Moment, Whole

DEFAULT_SAMPLES = 1_000
MOST_SAMPLES = 10_000
_STATUSES = validate.OneOf(("online", "offline", "unknown"))


class DeviceWentOnline(Schema):
    """It answers. `as_of`: since when this holds true, UTC milliseconds; at or before the commit's own
    time.
    """

    device_id = fields.String(required=True)
    as_of = fields.Integer(required=True)
    latency_ms = fields.Float(required=True, allow_none=True)


class DeviceWentOffline(Schema):
    """It was asked often enough and did not answer."""

    device_id = fields.String(required=True)
    as_of = fields.Integer(required=True)


class DeviceWentUnknown(Schema):
    """Nobody has been able to look since `as_of`, for this reason."""

    device_id = fields.String(required=True)
    as_of = fields.Integer(required=True)
    reason = fields.String(required=True)


class DeviceStatusAdopted(Schema):
    """The monitor takes over what somebody stated, until its next verdict."""

    device_id = fields.String(required=True)
    as_of = fields.Integer(required=True)
    status = fields.String(required=True, validate=_STATUSES)


EVENTS: dict[str, type[Schema]] = {
    schema.__name__: schema
    for schema in (DeviceWentOnline, DeviceWentOffline, DeviceWentUnknown, DeviceStatusAdopted)
}


class WindowQuery(Filters):
    """A span of time: `from` is part of it, `to` is not."""

    start = Moment(
        data_key="from",
        metadata={
            "description": "From when on; a day before `to` unless given.",
            "example": "2026-01-02T00:00:00Z",
        },
    )
    end = Moment(
        data_key="to",
        metadata={"description": "Until when; now unless given.", "example": "2026-01-03T00:00:00Z"},
    )

    @validates_schema
    def in_order(self, data: Mapping[str, Any], **_: Any) -> None:
        """The end is not before the start."""
        if "start" in data and "end" in data and data["end"] < data["start"]:
            raise ValidationError("is before `from`; exchange the two", "to")


class SamplesQuery(WindowQuery):
    """GET /devices/{id}/samples."""

    limit = Whole(
        1,
        MOST_SAMPLES,
        text=True,
        metadata={"description": "At most so many, the newest of the span.", "default": DEFAULT_SAMPLES},
    )


class AvailabilityQuery(WindowQuery):
    """GET /devices/{id}/availability."""


class Sample(Schema):
    """One ping of the background rounds or by hand."""

    timestamp = Moment(
        required=True, metadata={"description": "When.", "example": "2026-01-02T03:04:05.678Z"}
    )
    latency_ms = fields.Float(
        required=True,
        allow_none=True,
        metadata={"description": "The round trip; null without an answer.", "example": 1.25},
    )


class Availability(Schema):
    """How long a device was in each status within a span; the three times add up to it."""

    start = Moment(required=True, data_key="from", metadata={"example": "2026-01-02T00:00:00.000Z"})
    end = Moment(required=True, data_key="to", metadata={"example": "2026-01-03T00:00:00.000Z"})
    online_ms = fields.Integer(required=True, metadata={"example": 86_100_000})
    offline_ms = fields.Integer(required=True, metadata={"example": 240_000})
    unknown_ms = fields.Integer(
        required=True, metadata={"description": "Nobody could look.", "example": 60_000}
    )
    ratio = fields.Float(
        required=True,
        allow_none=True,
        metadata={
            "description": "The online part of the time that is known, 0 to 1; null when none is.",
            "example": 0.9972,
        },
    )
