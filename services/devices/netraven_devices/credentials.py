"""What is done to credentials and asked about them. Secrets pass through here sealed, and only so.

Rules stand in credential.py, the order of trying in selection.py, the sealed rows in vault.py.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import orjson

from netraven_chassis.bound import BoundStore
from netraven_chassis.bus import Reply
from netraven_chassis.clock import iso
from netraven_chassis.plan import Outcome
from netraven_chassis.sealing import PublicKey
from netraven_chassis.views import LIVE
from netraven_contracts.errors import NetRavenError, NotFound, Unavailable, ValidationFailed
from netraven_devices import attempts, present, success_rates, tag_queries
from netraven_devices.credential import (
    CREDENTIAL,
    ChangeCredential,
    CreateCredential,
    RemoveCredential,
    RollBackCredential,
)
from netraven_devices.credential_views import VIEW
from netraven_devices.selection import candidates
from netraven_devices.success_rates import NONE, Record
from netraven_devices.vault import VAULT

Document = Mapping[str, Any]

_ORPHAN_MS = 86_400_000  # longer than anybody repeats a command


def create(store: BoundStore, key: PublicKey, body: Mapping[str, Any]) -> Reply:
    """A new credential. Raises DuplicateName; ValidationFailed for tags that are not there or a bad seal."""
    ident = store.new_id()
    if (fields := _fields_unless_done(store, ident, body)) is None:
        return _single(store, ident, location=f"/api/credentials/{ident}")
    row = VAULT.seal_away(store, key, ident, body["encrypted_secret"])
    command = CreateCredential(**fields, secret=row)
    _handled(store, ident, row, lambda: store.handle(CREDENTIAL, ident, command))
    return _single(store, ident, location=f"/api/credentials/{ident}")


def change(
    store: BoundStore, key: PublicKey, ident: str, body: Mapping[str, Any], if_match: int | None
) -> Reply:
    """Make these fields so. Raises NotFound, DuplicateName, PreconditionFailed, ValidationFailed as above."""
    own = store.load(CREDENTIAL, ident).state.tags if "tags" in body else ()
    if (fields := _fields_unless_done(store, ident, body, own)) is None:
        return _single(store, ident)
    if "encrypted_secret" not in body:
        store.handle(CREDENTIAL, ident, ChangeCredential(fields), if_match)
        return _single(store, ident)
    _document(store, ident)
    row = VAULT.seal_away(store, key, ident, body["encrypted_secret"])
    command = ChangeCredential(fields, row)
    _handled(store, ident, row, lambda: store.handle(CREDENTIAL, ident, command, if_match))
    return _single(store, ident)


def roll_back(store: BoundStore, ident: str, number: int | None, if_match: int | None) -> Reply:
    """Put an earlier version of the secret in force. Raises NotFound, Conflict, PreconditionFailed."""
    store.handle(CREDENTIAL, ident, RollBackCredential(number), if_match)
    return _single(store, ident)


def remove(store: BoundStore, ident: str, if_match: int | None) -> None:
    """Delete it and shred all versions of its secret. Raises NotFound, PreconditionFailed."""
    with VAULT.emptied(store, ident):
        store.handle(CREDENTIAL, ident, RemoveCredential(), if_match)


def shred_removed(store: BoundStore) -> None:
    """Shred what a crash has left of credentials that are removed."""
    there = store.collection(VIEW).distinct("_id", dict(LIVE))
    VAULT.shred_removed(store, there)


def drop_unnamed(store: BoundStore) -> None:
    """Drop sealed secrets that no event names and none will: what made them died, and nobody has repeated it
    for a day.
    """
    named = {row for one in store.collection(VIEW).find({**LIVE}, {"rows": 1}) for row in one["rows"]}
    for row, ident in VAULT.unnamed(store.database, named, store.now() - _ORPHAN_MS).items():
        # The view may be behind; the log is not.
        if row not in store.load(CREDENTIAL, ident).state.secrets:
            VAULT.drop(store.database, row)


def show(store: BoundStore, ident: str, since: int | None) -> Reply:
    """One credential; `since` (UTC milliseconds) counts only later attempts. Raises NotFound."""
    return _single(store, ident, since)


def page(store: BoundStore, filters: Mapping[str, Any], number: int, size: int, sort: Sequence[str]) -> Reply:
    """A page of credentials. There are few, so they are weighed here and not in the database."""
    rows = list(store.collection(VIEW).find({**LIVE}))
    known = success_rates.records(store, [row["_id"] for row in rows])
    names = _tag_names(store, rows)
    shown = [_shown(row, known.get(row["_id"], NONE), names) for row in rows if _fits(store, row, filters)]
    least = filters.get("min_success")
    if least is not None:
        shown = [row for row in shown if row["success_rate"] is not None and row["success_rate"] >= least]
    for wanted in reversed(sort or ("name",)):
        shown.sort(key=_weight(wanted.removeprefix("-")), reverse=wanted.startswith("-"))
    return Reply(orjson.dumps(shown[(number - 1) * size : number * size]), {"total": len(shown)})


def for_device(store: BoundStore, device: Document) -> list[dict[str, Any]]:
    """The credentials that would be tried on a device, the first one first, without their secrets."""
    rows = _candidates(store, device)
    known = success_rates.records(store, [row["_id"] for row in rows])
    names = _tag_names(store, rows)
    return [_shown(row, known.get(row["_id"], NONE), names) for row in rows]


def sealed_for_device(store: BoundStore, device: Document) -> list[dict[str, Any]]:
    """The same with the sealed secret in force, for who can open it: {id, name, username, method,
    secret_version, sealed}.
    """
    rows = _candidates(store, device)
    wanted = {row["_id"]: row["rows"][row["secret_version"] - 1] for row in rows}
    secrets = VAULT.sealed(store.database, list(wanted.values()))
    return [
        {
            "id": row["_id"],
            "name": row["name"],
            "username": row["username"],
            "method": row["method"],
            "secret_version": row["secret_version"],
            "sealed": secrets[wanted[row["_id"]]],
        }
        for row in rows
        if wanted[row["_id"]] in secrets
    ]


def _candidates(store: BoundStore, device: Document) -> list[Document]:
    rows = list(store.collection(VIEW).find({**LIVE}))
    return candidates(rows, device["tags"], attempts.succeeded_at(store, device["_id"]))


def _fields_unless_done(
    store: BoundStore, ident: str, body: Mapping[str, Any], own: Sequence[str] = ()
) -> dict[str, Any] | None:
    """As `_fields`; None when a tag is gone that was there when this very command was carried out."""
    try:
        return _fields(store, body, own)
    except ValidationFailed:
        if store.first_answer(CREDENTIAL, ident) is None:
            raise
        return None


def _fields(store: BoundStore, body: Mapping[str, Any], own: Sequence[str]) -> dict[str, Any]:
    """The body without its secret, tags as ids. Raises ValidationFailed for tags that are not there, unless
    it has them already (`own`): a deleted one is shown, and may come back with the rest.
    """
    fields = {name: value for name, value in body.items() if name not in ("encrypted_secret", "tags")}
    if "tags" in body:
        found = {tag: (tag, tag) for tag in own} | tag_queries.named(store, body["tags"])
        missing = [name for name in body["tags"] if name not in found]
        if missing:
            reason = f"there is no tag {', '.join(missing[:5])}; create it first"
            raise ValidationFailed("A credential cannot have a tag that is not there", {"tags": [reason]})
        fields["tags"] = tuple(dict.fromkeys(found[name][0] for name in body["tags"]))
    return fields


def _handled(store: BoundStore, ident: str, row: str, step: Callable[[], Outcome]) -> None:
    """Do the step; when it is refused, the row that was made for it goes again."""
    try:
        step()
    except NetRavenError as error:
        taken = row in store.load(CREDENTIAL, ident).state.secrets
        if not isinstance(error, Unavailable) and not taken:
            VAULT.drop(store.database, row)
        raise


def _document(store: BoundStore, ident: str) -> dict[str, Any]:
    row = store.collection(VIEW).find_one({"_id": ident, **LIVE})
    if row is None:
        raise NotFound("there is no credential with this id; it may have been deleted")
    return row


def _single(store: BoundStore, ident: str, since: int | None = None, **meta: Any) -> Reply:
    row = _document(store, ident)
    record = success_rates.records(store, [ident], since).get(ident, NONE)
    return present.single(_shown(row, record, _tag_names(store, [row])), **meta)


def _tag_names(store: BoundStore, rows: Sequence[Document]) -> dict[str, str]:
    wanted = {tag for row in rows for tag in row["tags"]}
    found = store.collection("tags").find({"_id": {"$in": list(wanted)}, **LIVE}, {"name": 1})
    return {row["_id"]: row["name"] for row in found}


def _fits(store: BoundStore, row: Document, filters: Mapping[str, Any]) -> bool:
    if row["method"] != filters.get("method", row["method"]):
        return False
    if "tag" in filters and not set(tag_queries.called(store, [filters["tag"]])) & set(row["tags"]):
        return False
    told = " ".join((row["name"], row["username"], row["description"] or "")).casefold()
    return str(filters.get("q", "")).casefold() in told


def _weight(name: str) -> Callable[[dict[str, Any]], Any]:
    if name in ("priority", "success_rate"):
        return lambda row: -1 if row[name] is None else row[name]
    return lambda row: (row[name] or "").casefold()


def _shown(row: Document, record: Record, names: Mapping[str, str]) -> dict[str, Any]:
    return {
        "id": row["_id"],
        "name": row["name"],
        "username": row["username"],
        "method": row["method"],
        "priority": row["priority"],
        # A tag that is deleted shows its id: without any, the credential would seem to be for every device.
        "tags": sorted(names.get(tag, tag) for tag in row["tags"]),
        "description": row["description"],
        "secret_version": row["secret_version"],
        "secret_versions": len(row["rows"]),
        "success_rate": record.success_rate,
        "attempts": record.attempts,
        "last_used": None if record.last_used is None else iso(record.last_used),
        "version": row["version"],
        "created_at": iso(row["created_at"]),
        "updated_at": iso(row["updated_at"]),
    }
