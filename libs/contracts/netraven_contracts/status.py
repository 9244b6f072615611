"""What the system says about itself: health, and the state of every part. No measuring happens here."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

UP, DOWN, UNKNOWN = "up", "down", "unknown"


def _state(told: str) -> fields.String:
    return fields.String(
        required=True,
        validate=validate.OneOf((UP, DOWN, UNKNOWN)),
        metadata={"description": told, "example": UP},
    )


class Health(Schema):
    """The simple health payload."""

    uptime = fields.Boolean(required=True, metadata={"description": "True while the gateway answers."})
    ping_enabled = fields.Boolean(
        required=True, metadata={"description": "Whether devices are pinged in the background at present."}
    )


class Instance(Schema):
    """One instance of a service, from its latest heartbeat."""

    service = fields.String(required=True, metadata={"example": "devices"})
    instance = fields.String(required=True, metadata={"description": "Which of several."})
    status = _state("`down` when it fell silent without a goodbye.")
    version = fields.String(required=True, metadata={"example": "0.1.0"})
    started_at = fields.DateTime(required=True)
    last_seen = fields.DateTime(required=True)
    busy = fields.Integer(required=True, metadata={"description": "Calls that it works on."})
    capacity = fields.Integer(required=True, metadata={"description": "Calls at once at most."})
    handled = fields.Integer(required=True, metadata={"description": "Calls since its start."})
    failed = fields.Integer(required=True, metadata={"description": "Those that ended in a fault of ours."})
    p50_ms = fields.Float(required=True, allow_none=True, metadata={"description": "Half were faster."})
    p99_ms = fields.Float(required=True, allow_none=True, metadata={"description": "One in 100 was slower."})
    ping_reason = fields.String(
        required=True,
        allow_none=True,
        metadata={
            "description": "Of a monitor: why it does not ping. Null while it does.",
            "example": "PING_ENABLED is off",
        },
    )


class Queue(Schema):
    """What waits: requests for a service, or tasks for workers (jobs.tasks)."""

    name = fields.String(required=True, metadata={"example": "devices"})
    depth = fields.Integer(required=True, metadata={"description": "How many wait."})


class OpenStreams(Schema):
    """The streams of logs and events at the gateway that was asked."""

    open = fields.Integer(required=True, metadata={"description": "How many are open."})
    limit = fields.Integer(required=True, metadata={"description": "How many there can be at once."})


class Follows(Schema):
    """One subscription of a service to a log."""

    service = fields.String(required=True, metadata={"example": "devices"})
    name = fields.String(required=True, metadata={"description": "What follows."})
    position = fields.Integer(required=True, metadata={"description": "How far it is."})
    lag = fields.Integer(required=True, metadata={"description": "Events that it has yet to take in."})
    parked = fields.Integer(required=True, metadata={"description": "Messages that it could not take in."})
    errors = fields.List(
        fields.String(),
        required=True,
        metadata={"description": "Why not, at most five reasons; GET /parked has all.", "example": []},
    )


class SystemStatus(Schema):
    """The whole system at a glance."""

    api = _state("This gateway.")
    broker = _state("The message broker, as this gateway sees it.")
    database = _state("Whether the services read their databases.")
    scheduler = _state(
        "Whether jobs are planned: what is due is started. `ping_enabled` of /health tells of pinging."
    )
    workers = fields.Integer(required=True, metadata={"description": "Job workers that are up."})
    services = fields.List(fields.Nested(Instance), required=True)
    queues = fields.List(fields.Nested(Queue), required=True)
    streams = fields.Nested(OpenStreams, required=True)
    subscriptions = fields.List(fields.Nested(Follows), required=True)
