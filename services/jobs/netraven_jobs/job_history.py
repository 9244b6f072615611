"""What happened to a job or a schedule, as the API shows it: who, when, what. No rules."""

from __future__ import annotations

from typing import Any

from netraven_chassis.aggregate import Aggregate
from netraven_chassis.bound import BoundStore
from netraven_chassis.clock import iso
from netraven_contracts.errors import NotFound

Entries = list[dict[str, Any]]


def page(
    store: BoundStore, aggregate: Aggregate[Any], ident: str, number: int, size: int
) -> tuple[Entries, int]:
    """A page of what happened, the newest first, and how much there is. Raises NotFound."""
    folded = store.load(aggregate, ident)
    if not folded.commits:
        raise NotFound(f"there never was a {aggregate.name} with this id")
    told = [
        {
            "id": f"{ident}.{version}",
            "version": version,
            "event": event.type,
            "at": iso(commit.at),
            "actor": dict(commit.actor),
            "request_id": commit.request_id,
            "changes": [{"field": name, "from": None, "to": value} for name, value in event.data.items()],
        }
        for commit in folded.commits
        for version, event in enumerate(commit.events, commit.first)
    ]
    return told[::-1][(number - 1) * size : number * size], len(told)
