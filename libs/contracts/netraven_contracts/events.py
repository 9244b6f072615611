"""What is told of changes as they happen: those of jobs for dashboards, all of them for whoever audits. No
rules.
"""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields

from netraven_contracts.fields import Choice, Moment, Switch, Text, Whole
from netraven_contracts.history import Actor
from netraven_contracts.logs import StreamQuery
from netraven_contracts.paging import DEFAULT_SIZE, LARGEST_SIZE

SERVICES = ("auth", "devices", "jobs", "monitor")
"""Whose changes are told."""

_MOMENT = "2026-01-02T03:04:05.678Z"


def _told(description: str, example: Any = None) -> dict[str, Any]:
    return {"description": description, **({} if example is None else {"example": example})}


class AuditFilters(StreamQuery):
    """Which changes."""

    types = fields.List(
        Text(longest=1000),
        metadata=_told("Only these events, by name; several with commas or repeated.", ["DeviceRegistered"]),
    )
    stream = Text(
        longest=200,
        metadata=_told(
            "Only of this thing, such as device-65a1b2c3d4e5f60718293a4b, or kind, such as device."
        ),
    )
    service = Choice(SERVICES, metadata=_told("Only of this service.", "devices"))


class AuditQuery(AuditFilters):
    """GET /events."""

    class Meta:
        """Those of streams mean nothing here."""

        exclude = ("last_event_id", "ticket")

    after = Text(longest=200, metadata=_told("Go on after this cursor; from the beginning unless given."))
    latest = Switch(
        text=True,
        metadata=_told("True: the latest ones; with `types` or `stream`, of the last 1000 of each service."),
    )
    size = Whole(
        1,
        LARGEST_SIZE,
        text=True,
        load_default=DEFAULT_SIZE,
        metadata=_told("How many at most.", DEFAULT_SIZE),
    )


class AuditEvent(Schema):
    """One thing that happened."""

    type = fields.String(required=True, metadata=_told("What happened.", "DeviceRelocated"))
    version = fields.Integer(required=True, metadata=_told("The thing's version after it.", 3))
    data = fields.Dict(required=True, metadata=_told("The particulars; never a secret."))


class AuditEntry(Schema):
    """What one command changed."""

    cursor = fields.String(required=True, metadata=_told("To go on after this entry."))
    service = fields.String(required=True, metadata=_told("Whose log it stands in.", "devices"))
    position = fields.Integer(required=True, metadata=_told("Its place in that log.", 17))
    stream = fields.String(required=True, metadata=_told("The thing.", "device-65a1b2c3d4e5f60718293a4b"))
    at = Moment(required=True, metadata=_told("When.", _MOMENT))
    actor = fields.Nested(Actor, required=True, metadata=_told("Who."))
    request_id = fields.String(required=True, allow_none=True, metadata=_told("By which request."))
    causation_id = fields.String(
        required=True, allow_none=True, metadata=_told("What led to it, if a service did it.")
    )
    events = fields.List(fields.Nested(AuditEvent), required=True, metadata=_told("What happened, in order."))


class AuditPage(Schema):
    """What stands beside the entries of GET /events."""

    next = fields.String(
        required=True,
        metadata=_told("The cursor for `after`, to go on; with `service` no further in other logs."),
    )
    more = fields.Boolean(required=True, metadata=_told("Whether there is more at once."))
