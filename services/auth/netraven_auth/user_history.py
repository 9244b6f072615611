"""What happened to a user, as the API shows it: who changed what, when, from what to what. No passwords.
Nothing is changed here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson

from netraven_auth.user import USER, User
from netraven_chassis.aggregate import Folded
from netraven_chassis.bound import BoundStore
from netraven_chassis.bus import Reply
from netraven_chassis.clock import iso
from netraven_contracts.errors import NotFound

SHOWN = ("username", "role", "enabled")


def page(store: BoundStore, user_id: str, number: int, size: int) -> Reply:
    """A page of what happened to a user, the newest first; meta: total. Raises NotFound."""
    folded: Folded[User] = store.load(USER, user_id)
    if not folded.state.username:
        raise NotFound("there never was a user with this id")
    told = list(_entries(folded))
    newest = told[::-1][(number - 1) * size : number * size]
    return Reply(orjson.dumps(newest), {"total": len(told)})


def _entries(folded: Folded[User]) -> Iterator[dict[str, Any]]:
    user = USER.initial
    for commit in folded.commits:
        for version, event in enumerate(commit.events, commit.first):
            before, user = user, USER.fold(user, [event])
            yield {
                "id": f"{folded.id}.{version}",
                "version": version,
                "event": event.type,
                "at": iso(commit.at),
                "actor": dict(commit.actor),
                "request_id": commit.request_id,
                "changes": list(_changes(before, user)),
            }


def _changes(before: User, after: User) -> Iterator[dict[str, Any]]:
    for name in SHOWN:
        old, new = getattr(before, name), getattr(after, name)
        if old != new:
            yield {"field": name, "from": old, "to": new}
