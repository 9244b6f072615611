"""What is said about the keys by which devices are known. No SSH and no rules."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from netraven_contracts.body import Body
from netraven_contracts.fields import Moment, ObjectId, Text

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


class HostKeyAcceptance(Body):
    """POST /devices/{id}/host-key/accept. Without a body: whichever key waits."""

    fingerprint = Text(
        longest=64,
        validate=validate.Regexp(
            "^SHA256:[A-Za-z0-9+/]{43}$", error="must be a fingerprint such as `offered_fingerprint` shows"
        ),
        metadata=_told(
            "Of the key that was looked at: another one is not accepted.",
            "SHA256:+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU",
        ),
    )


class HostKeyAccepted(Schema):
    """The event: a device is known by another key from now on. Fingerprints as ssh-keygen prints them."""

    device_id = fields.String(required=True)
    algorithm = fields.String(required=True)
    fingerprint = fields.String(required=True)
    replaced = fields.String(required=True)


EVENTS: dict[str, type[Schema]] = {"HostKeyAccepted": HostKeyAccepted}
