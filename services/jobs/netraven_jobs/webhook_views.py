"""What is shown of webhooks: a document for each, without its secret. No decisions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pymongo import IndexModel

from netraven_chassis.aggregate import Folded
from netraven_chassis.views import Writer
from netraven_jobs.webhook import Webhook

WEBHOOKS = "webhooks"


def put_webhook(writer: Writer, folded: Folded[Webhook]) -> None:
    """The webhook as its history makes it, or hidden when it is removed."""
    webhook = folded.state
    if webhook.life != "active":
        writer.drop(WEBHOOKS, folded.id, folded.version)
        return
    fields = {
        "name": webhook.name,
        "url": webhook.url,
        "events": list(webhook.events),
        "description": webhook.description,
        "enabled": webhook.enabled,
        "secret": webhook.secret,
        "created_at": folded.first_at,
        "updated_at": folded.at,
        "version": folded.version,
    }
    writer.put(WEBHOOKS, folded.id, folded.version, fields)


COLLECTIONS: Mapping[str, Sequence[IndexModel]] = {WEBHOOKS: [IndexModel([("live", 1), ("events", 1)])]}
FOLDS: Mapping[str, Callable[[Writer, Folded[Any]], None]] = {"webhook": put_webhook}
