"""The data of each event of a device's task in a job, for others to rely on. Never a secret.

Who, when and why stand in the commit.
"""

from __future__ import annotations

from marshmallow import Schema, fields

from netraven_contracts.device_events import InterfaceFacts


class CredentialAttempted(Schema):
    """A log-in was tried. `outcome`: success, or why it failed, in lower case."""

    credential_id = fields.String(required=True)
    device_id = fields.String(required=True)
    secret_version = fields.Integer(required=True)
    outcome = fields.String(required=True)
    job_id = fields.String(required=True)


class FactsCollected(Schema):
    """What a device said of itself; null for what it did not say."""

    device_id = fields.String(required=True)
    serial = fields.String(required=True, allow_none=True)
    model = fields.String(required=True, allow_none=True)
    os_version = fields.String(required=True, allow_none=True)
    interfaces = fields.List(fields.Nested(InterfaceFacts), required=True, allow_none=True)


class TaskFinished(Schema):
    """The task is over for this attempt."""

    job_id = fields.String(required=True)
    device_id = fields.String(required=True)
    run = fields.Integer(required=True)
    attempt = fields.Integer(required=True)
    status = fields.String(required=True)
    error_class = fields.String(required=True, allow_none=True)
    duration_ms = fields.Integer(required=True, allow_none=True)


EVENTS: dict[str, type[Schema]] = {
    schema.__name__: schema for schema in (CredentialAttempted, FactsCollected, TaskFinished)
}
