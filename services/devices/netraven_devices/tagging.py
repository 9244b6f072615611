"""What is done to tags as a whole: made, changed, deleted with or without their devices. Rules stand in
tag.py.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from netraven_chassis.aggregate import Folded
from netraven_chassis.bound import BoundStore
from netraven_chassis.bus import Reply
from netraven_chassis.views import LIVE
from netraven_contracts.errors import Conflict, NetRavenError, NotFound, PreconditionFailed, Unavailable
from netraven_devices import present, tag_queries
from netraven_devices.credential import CREDENTIAL, UntagCredential
from netraven_devices.device import DEVICE, UntagDevice
from netraven_devices.documents import tag_fields
from netraven_devices.tag import TAG, ChangeTag, CreateTag, DeleteTag

CHUNK = 500  # devices untagged together
PATIENCE_SECONDS = 3.0  # the caller waits four
LOOK_SECONDS = 60.0  # between looks for credentials that have a deleted tag


def create(store: BoundStore, body: Mapping[str, Any]) -> Reply:
    """Create a tag and answer with it. Raises DuplicateName."""
    outcome = store.handle(TAG, store.new_id(), CreateTag(**body))
    new = Folded(outcome.id, outcome.state, outcome.version, outcome.at, outcome.at, ())
    shown = present.tag({"_id": outcome.id, **tag_fields(new)}, 0)
    return present.single(shown, location=f"/api/tags/{outcome.id}")


def change(store: BoundStore, tag_id: str, changes: Mapping[str, Any], if_match: int | None) -> Reply:
    """Change a tag and answer with it. Raises NotFound, DuplicateName, PreconditionFailed."""
    store.handle(TAG, tag_id, ChangeTag(changes), if_match)
    return present.single(tag_queries.tag(store, tag_id))


def delete(store: BoundStore, tag_id: str, cascade: bool, if_match: int | None) -> None:
    """Delete a tag; with `cascade`, take it from its devices and credentials first.

    Raises NotFound, PreconditionFailed; Conflict when it is in use and may not cascade, or is the only tag of
    a credential; Unavailable when it is on so many devices that taking it from them goes on after a repeated
    call.
    """
    if cascade:
        _must_be(store, tag_id, if_match)
        _untag_credentials(store, tag_id)
        _untag_all(store, tag_id)
    in_use = tag_queries.device_count(store, tag_id), len(_credentials_with(store, tag_id))
    store.handle(TAG, tag_id, DeleteTag(*in_use), if_match)
    # Whoever was given the tag while it went has one that is shown nowhere.
    _untag_all(store, tag_id)


def _credentials_with(store: BoundStore, tag_id: str) -> list[dict[str, Any]]:
    return list(store.collection("credentials").find({**LIVE, "tags": tag_id}, {"tags": 1, "name": 1}))


def _untag_credentials(store: BoundStore, tag_id: str) -> None:
    found = _credentials_with(store, tag_id)
    # Those that must keep it say so before any other has lost it.
    for row in sorted(found, key=lambda row: len(row["tags"])):
        with suppress(NotFound):  # it was deleted meanwhile
            store.handle(CREDENTIAL, row["_id"], UntagCredential(tag_id))


def take_deleted(store: BoundStore) -> None:
    """Take deleted tags from the credentials that still have one, one tag at a time: they were given it while
    it went, or it went when nobody looked at credentials. Who has no other keeps it, and fits no device.
    """
    there = set(store.collection("tags").distinct("_id", dict(LIVE)))
    for row in store.collection("credentials").find({**LIVE}, {"tags": 1}):
        # The view may be behind; the log is not.
        gone = (
            tag for tag in row["tags"] if tag not in there and store.load(TAG, tag).state.life == "deleted"
        )
        if tag := next(gone, None):
            with suppress(NotFound, Conflict):
                store.handle(CREDENTIAL, row["_id"], UntagCredential(tag))


def _must_be(store: BoundStore, tag_id: str, if_match: int | None) -> None:
    shown = tag_queries.tag(store, tag_id)
    if if_match is not None and if_match != shown["version"]:
        raise PreconditionFailed.stale(shown["version"], if_match)


def _untag_all(store: BoundStore, tag_id: str) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while devices := tag_queries.tagged(store, tag_id, CHUNK):
        if time.monotonic() > deadline:
            raise Unavailable(
                "the tag is still being taken from its devices; repeat this", {"retry_after": 1}
            )
        for result in store.handle_many([(DEVICE, device_id, UntagDevice(tag_id)) for device_id in devices]):
            if isinstance(result, NetRavenError) and not isinstance(result, NotFound):
                raise result
