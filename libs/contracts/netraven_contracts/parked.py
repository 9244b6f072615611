"""What is said about changes that a service could not take in: which, why, and what came of a retry."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields

from netraven_contracts.body import Filters
from netraven_contracts.fields import Choice, Moment

SERVICES = ("devices", "monitor", "jobs", "auth")
"""Those that follow a log."""


def _told(description: str, example: Any = None) -> dict[str, Any]:
    return {"description": description, **({} if example is None else {"example": example})}


class ParkedFilters(Filters):
    """GET /parked."""

    service = Choice(SERVICES, metadata=_told("Only what this service could not take in."))


class Parked(Schema):
    """A change that a follower of a log could not take in. What the change says is not shown."""

    id = fields.String(required=True, metadata=_told("For replay and drop.", "devices:reaction:jobs:812"))
    service = fields.String(required=True, metadata=_told("Whose follower.", "devices"))
    follower = fields.String(required=True, metadata=_told("What follows.", "reaction:jobs"))
    position = fields.Integer(required=True, metadata=_told("Where in the followed log.", 812))
    stream = fields.String(
        required=True, metadata=_told("Whose change it is.", "device-65a1b2c3d4e5f60718293a4b")
    )
    error = fields.String(required=True, metadata=_told("Why; the log has the rest.", "KeyError"))
    parked_at = Moment(required=True, metadata=_told("When.", "2026-01-02T03:04:05.678Z"))


class Replayed(Schema):
    """What came of a retry."""

    replayed = fields.Integer(required=True, metadata=_told("How many changes went in.", 3))
