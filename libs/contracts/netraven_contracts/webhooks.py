"""What is said about webhooks: bodies, answers, filters. The secret comes in and never goes out. No rules."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from marshmallow import Schema, ValidationError, fields, validate

from netraven_contracts.auth import Secret
from netraven_contracts.body import Body, Filters
from netraven_contracts.credentials import Sealed
from netraven_contracts.fields import Choice, Moment, ObjectId, Switch, Text
from netraven_contracts.secret_bodies import OneSecret, SomeSecret

CHANGED, TASK_FAILED, FINISHED = "configuration.changed", "task.failed", "job.finished"
EVENTS = (CHANGED, TASK_FAILED, FINISHED)
STATUSES = ("waiting", "sending", "delivered", "failed", "dropped")
_MOMENT = "2026-01-02T03:04:05.678Z"


def _told(description: str, example: Any = None) -> dict[str, Any]:
    return {"description": description, **({} if example is None else {"example": example})}


class WebUrl(Text):
    """An http or https address with a host and without a user name."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        text = super()._deserialize(value, attr, data, **kwargs)
        try:
            parts = urlsplit(text)
            sound = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        except ValueError:
            sound = False
        if not sound or any(char.isspace() for char in text) or not text.isascii():
            raise ValidationError("must be an address such as https://hooks.example.org/netraven")
        if "@" in parts.netloc:
            raise ValidationError("must not carry a user name or password: the secret signs instead")
        if parts.fragment:
            raise ValidationError("must not have a fragment (#…), which is never sent")
        return text


class WebhookSecret(Secret):
    """What signs: 16 to 256 characters."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.validators = [validate.Length(16, 256, error="must have 16 to 256 characters")]
        self.metadata = {**self.metadata, "minLength": 16, "maxLength": 256}


class WebhookChanges(OneSecret, Body):
    """PATCH /webhooks/{id}: any subset."""

    name = Text(longest=100, metadata=_told("Unique, whatever the case.", "chat"))
    url = WebUrl(longest=2000, metadata=_told("Told by POST.", "https://hooks.example.org/netraven"))
    events = fields.List(
        Choice(EVENTS),
        validate=validate.Length(1, len(EVENTS), error=f"must name some of {', '.join(EVENTS)}"),
        metadata=_told(
            f"What it is told of. {CHANGED}: a backup unlike the one before; a device's first is no news; "
            "where only secrets differ, `secrets_changed` says so and no line is counted. "
            f"{TASK_FAILED}: a device with which a job failed. {FINISHED}: a run of a job is over.",
            [CHANGED],
        ),
    )
    description = Text(longest=500, allow_none=True, metadata=_told("For people."))
    enabled = Switch(metadata=_told("Whether it is told just now.", True))
    secret = WebhookSecret(metadata=_told("Signs every delivery; in clear, over TLS only; sealed at once."))
    encrypted_secret = Sealed(
        metadata=_told("Sealed by the client to the key of GET /credentials/key, as the JSON of the text.")
    )
    id = ObjectId(dump_only=True, metadata=_told("Given by the API."))
    version = fields.Integer(dump_only=True, metadata=_told("Grows with every change.", 1))
    created_at = Moment(dump_only=True, metadata=_told("When it was created.", _MOMENT))
    updated_at = Moment(dump_only=True, metadata=_told("When it last changed.", _MOMENT))


class WebhookBody(SomeSecret, WebhookChanges):
    """POST /webhooks."""

    needed = frozenset({"name", "url", "events"})


class Webhook(WebhookChanges):
    """A webhook as the API shows it: without its secret."""


class DeliveryRow(Schema):
    """Something that was sent to a webhook, or is to be."""

    id = fields.String(metadata=_told("The same over all attempts: X-NetRaven-Delivery."))
    webhook_id = fields.String(metadata=_told("To whom."))
    event = fields.String(metadata=_told("What it tells of.", CHANGED))
    event_id = fields.String(metadata=_told("The same for all webhooks that are told of it."))
    status = fields.String(metadata={"enum": list(STATUSES), "description": "How far it is."})
    attempts = fields.Integer(metadata=_told("How many there were.", 1))
    response_code = fields.Integer(allow_none=True, metadata=_told("Of the last attempt.", 200))
    error = fields.String(allow_none=True, metadata=_told("Why the last attempt failed."))
    created_at = Moment(metadata=_told("When it was to be sent.", _MOMENT))
    last_attempt_at = Moment(allow_none=True, metadata=_told("When it was last tried.", _MOMENT))
    next_attempt_at = Moment(allow_none=True, metadata=_told("When it is tried again.", _MOMENT))


class DeliveryAttempt(Schema):
    """One attempt."""

    at = Moment(metadata=_told("When it began.", _MOMENT))
    duration_ms = fields.Integer(metadata=_told("How long it took.", 120))
    code = fields.Integer(allow_none=True, metadata=_told("The answer's status; null without one.", 503))
    error = fields.String(allow_none=True, metadata=_told("Why it failed.", "it answered 503"))


class Delivery(DeliveryRow):
    """A delivery with its body and each attempt."""

    body = fields.Raw(metadata=_told("What is sent: {id, event, at, data}."))
    log = fields.List(fields.Nested(DeliveryAttempt), metadata=_told("Each attempt, in order."))


class DeliveryFilters(Filters):
    """GET /webhooks/{id}/deliveries."""

    status = Choice(STATUSES, metadata=_told("Exactly this status."))
    event = Choice((*EVENTS, "test"), metadata=_told("Exactly this event."))


class WebhookFilters(Filters):
    """GET /webhooks."""


WEBHOOK_SORTS = ("name", "url", "enabled", "created_at", "updated_at")
