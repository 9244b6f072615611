"""What is done to webhooks and asked about them. Secrets pass through here sealed, and only so.

Rules stand in webhook.py, what is sent in announcing.py, how it fares in deliveries.py.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import orjson

from netraven_chassis.bound import BoundStore
from netraven_chassis.bus import Reply
from netraven_chassis.clock import iso
from netraven_chassis.seals import PublicKey
from netraven_chassis.views import LIVE
from netraven_contracts.errors import NetRavenError, NotFound, Unavailable
from netraven_jobs import deliveries
from netraven_jobs.webhook import WEBHOOK, ChangeWebhook, CreateWebhook, RemoveWebhook
from netraven_jobs.webhook_vault import VAULT
from netraven_jobs.webhook_views import WEBHOOKS

Row = Mapping[str, Any]

TEST = "test"
"""The event that nobody chooses: it is sent to try whether a webhook is reached."""


def create(store: BoundStore, key: PublicKey, body: Mapping[str, Any]) -> Reply:
    """A new webhook. Raises DuplicateName, ValidationFailed for a bad seal."""
    ident = store.new_id()
    row = VAULT.seal_away(store, key, ident, body["encrypted_secret"])
    fields = {name: value for name, value in body.items() if name != "encrypted_secret"}
    command = CreateWebhook(**{**fields, "events": tuple(fields["events"])}, secret=row)
    _handled(store, ident, row, command, None)
    return _single(store, ident, location=f"/api/webhooks/{ident}")


def change(
    store: BoundStore, key: PublicKey, ident: str, body: Mapping[str, Any], if_match: int | None
) -> Reply:
    """Make these fields so. Raises NotFound, DuplicateName, PreconditionFailed, ValidationFailed."""
    _document(store, ident)
    changes = {name: value for name, value in body.items() if name != "encrypted_secret"}
    if "events" in changes:
        changes["events"] = tuple(changes["events"])
    row = None
    if "encrypted_secret" in body:
        row = changes["secret"] = VAULT.seal_away(store, key, ident, body["encrypted_secret"])
    _handled(store, ident, row, ChangeWebhook(changes), if_match)
    if row is not None:
        VAULT.shred(store.database, ident, but=store.load(WEBHOOK, ident).state.secret)
    return _single(store, ident)


def remove(store: BoundStore, ident: str, if_match: int | None) -> None:
    """Tell it nothing more and destroy its secret. Raises NotFound, PreconditionFailed."""
    with VAULT.emptied(store, ident):
        store.handle(WEBHOOK, ident, RemoveWebhook(), if_match)


def shred_removed(store: BoundStore) -> None:
    """Destroy what a crash has left of webhooks that are removed."""
    there = store.collection(WEBHOOKS).distinct("_id", dict(LIVE))
    VAULT.shred_removed(store, there)


def show(store: BoundStore, ident: str) -> Reply:
    """One webhook. Raises NotFound."""
    return _single(store, ident)


def page(store: BoundStore, number: int, size: int, sort: Sequence[str]) -> Reply:
    """A page of webhooks. There are few, so they are weighed here and not in the database."""
    shown = [_shown(row) for row in store.collection(WEBHOOKS).find(dict(LIVE))]
    for wanted in reversed(sort or ("name",)):
        shown.sort(key=_weight(wanted.removeprefix("-")), reverse=wanted.startswith("-"))
    return Reply(orjson.dumps(shown[(number - 1) * size : number * size]), {"total": len(shown)})


def test(store: BoundStore, ident: str) -> dict[str, Any]:
    """Send it a word for trying; the delivery. Raises NotFound."""
    row = _document(store, ident)
    about = {"webhook_id": ident, "webhook_name": row["name"]}
    news = {"id": store.new_id("test"), "event": TEST, "at": iso(store.now()), "data": about}
    return deliveries.shown(deliveries.add(store.database, ident, store.new_id("delivery"), news))


def deliveries_of(store: BoundStore, ident: str, filters: Mapping[str, Any], number: int, size: int) -> Reply:
    """A page of what was sent to it, the newest first. Raises NotFound."""
    _document(store, ident)
    rows, total = deliveries.page(store.database, {"webhook_id": ident, **filters}, number, size)
    return Reply(orjson.dumps([deliveries.shown(row) for row in rows]), {"total": total})


def delivery(store: BoundStore, ident: str, delivery_id: str) -> dict[str, Any]:
    """One of them, with its body and every attempt. Raises NotFound."""
    return deliveries.shown_alone(deliveries.one(store.database, ident, delivery_id))


def _handled(store: BoundStore, ident: str, row: str | None, command: Any, if_match: int | None) -> None:
    """Carry it out; when it is refused, the row that was made for it goes again."""
    try:
        store.handle(WEBHOOK, ident, command, if_match)
    except NetRavenError as error:
        taken = row == store.load(WEBHOOK, ident).state.secret
        if row is not None and not isinstance(error, Unavailable) and not taken:
            VAULT.drop(store.database, row)
        raise


def _document(store: BoundStore, ident: str) -> Row:
    row = store.collection(WEBHOOKS).find_one({"_id": ident, **LIVE})
    if row is None:
        raise NotFound("there is no webhook with this id; it may have been removed")
    return row


def _single(store: BoundStore, ident: str, **meta: Any) -> Reply:
    row = _document(store, ident)
    body = orjson.dumps(_shown(row))
    return Reply(
        body, {"etag": f'"{row["version"]}-{zlib.crc32(body):08x}"', "version": row["version"], **meta}
    )


def _weight(name: str) -> Callable[[Row], str]:
    return lambda row: str(row[name]).casefold()


def _shown(row: Row) -> dict[str, Any]:
    return {
        "id": row["_id"],
        **{name: row[name] for name in ("name", "url", "events", "description", "enabled")},
        "version": row["version"],
        "created_at": iso(row["created_at"]),
        "updated_at": iso(row["updated_at"]),
    }
