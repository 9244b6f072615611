"""What is told of the past: an entry for each event of a thing, and how one is taken back. No rules."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from netraven_contracts.body import Body
from netraven_contracts.fields import Moment

_MOMENT = "2026-01-02T03:04:05.678Z"


class Actor(Schema):
    """Who did it, by the name that they had then."""

    id = fields.String(metadata={"description": "The user's id, or a service's name."})
    name = fields.String(metadata={"description": "The user's name then.", "example": "marie"})


class FieldChange(Schema):
    """One field before and after; `from` and `to` may hold any value that the field can have."""

    field = fields.String(metadata={"description": "The field's name.", "example": "location"})
    before = fields.Raw(data_key="from", allow_none=True, metadata={"description": "What it was."})
    after = fields.Raw(data_key="to", allow_none=True, metadata={"description": "What it is since."})


class HistoryEntry(Schema):
    """One event in the life of a thing."""

    id = fields.String(metadata={"description": "Names the event, also for undo."})
    version = fields.Integer(metadata={"description": "The thing's version after it.", "example": 2})
    event = fields.String(metadata={"description": "What happened.", "example": "DeviceRelocated"})
    at = Moment(metadata={"description": "When.", "example": _MOMENT})
    actor = fields.Nested(Actor, metadata={"description": "Who."})
    request_id = fields.String(allow_none=True, metadata={"description": "By which request."})
    changes = fields.List(
        fields.Nested(FieldChange), metadata={"description": "From what to what, a row for each field."}
    )


class UndoBody(Body):
    """POST /devices/{id}/undo."""

    event = fields.String(
        required=True,
        validate=validate.Regexp(
            r"^[0-9a-f]{24}\.[0-9]{1,9}$", error="must be the id of an event out of the history"
        ),
        metadata={"description": "The id of the event.", "example": "65a1b2c3d4e5f60718293a4b.2"},
    )
