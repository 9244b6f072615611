"""What the system says about itself: health, and the state of every part. No measuring happens here."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

UP, DOWN, UNKNOWN = "up", "down", "unknown"
_STATE = validate.OneOf([UP, DOWN, UNKNOWN])


class HealthSchema(Schema):
    """The simple health payload."""

    uptime = fields.Boolean(required=True, metadata={"description": "True while the gateway answers."})
    ping_enabled = fields.Boolean(
        required=True, metadata={"description": "Whether devices are pinged in the background at present."}
    )


class InstanceSchema(Schema):
    """One running instance of a service, from its latest heartbeat."""

    service = fields.String(required=True)
    instance = fields.String(required=True, metadata={"description": "Made at start, unique."})
    status = fields.String(required=True, validate=_STATE)
    version = fields.String(required=True)
    started_at = fields.DateTime(required=True)
    last_seen = fields.DateTime(required=True)
    busy = fields.Integer(required=True, metadata={"description": "Workers at work."})
    capacity = fields.Integer(required=True, metadata={"description": "Workers at most."})
    handled = fields.Integer(required=True, metadata={"description": "Calls answered since the start."})
    failed = fields.Integer(required=True, metadata={"description": "Calls that ended in a fault of ours."})
    p50_ms = fields.Float(required=True, allow_none=True)
    p99_ms = fields.Float(required=True, allow_none=True)


class StatusSchema(Schema):
    """The whole system at a glance."""

    api = fields.String(required=True, validate=_STATE)
    broker = fields.String(required=True, validate=_STATE)
    database = fields.String(required=True, validate=_STATE)
    scheduler = fields.String(required=True, validate=_STATE)
    workers = fields.Integer(required=True, metadata={"description": "Job workers that are up."})
    services = fields.List(fields.Nested(InstanceSchema), required=True)
