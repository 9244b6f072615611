"""What is said about the keys by which devices are known. No SSH and no rules."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields

from netraven_contracts.fields import Moment, ObjectId

_MOMENT = "2026-01-02T03:04:05.678Z"


def _told(description: str, example: Any = None) -> dict[str, Any]:
    return {"description": description, **({} if example is None else {"example": example})}


class HostKey(Schema):
    """The key by which a device is known, and the other one that it has shown since, if any."""

    device_id = ObjectId(metadata=_told("The device.", "65a1b2c3d4e5f60718293a4b"))
    algorithm = fields.String(metadata=_told("The kind of key.", "ssh-ed25519"))
    fingerprint = fields.String(metadata=_told("Of the key that is accepted.", "SHA256:uNiVztksCsDhcc0u9e8B"))
    first_seen = Moment(metadata=_told("When it was first seen.", _MOMENT))
    accepted_by = fields.String(
        allow_none=True, metadata=_told("Who accepted it; null when it was the first one.", "marie")
    )
    offered_fingerprint = fields.String(
        allow_none=True, metadata=_told("Of the other key, which waits to be accepted; null without one.")
    )
    offered_at = Moment(allow_none=True, metadata=_told("When the other key was first shown.", _MOMENT))
