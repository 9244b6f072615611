"""What happened to a job or a schedule, as the API shows it: who, when, what. No rules."""

from __future__ import annotations

from itertools import takewhile
from typing import Any

from netraven_chassis.aggregate import Aggregate
from netraven_chassis.bound import BoundStore
from netraven_chassis.clock import iso
from netraven_chassis.eventlog.commit import Commit
from netraven_contracts.errors import NotFound

Entries = list[dict[str, Any]]


def page(
    store: BoundStore, aggregate: Aggregate[Any], ident: str, number: int, size: int
) -> tuple[Entries, int]:
    """A page of what happened, the newest first, and how much there is. Raises NotFound."""
    total = store.load(aggregate, ident).version
    if not total:
        raise NotFound(f"there never was a {aggregate.name} with this id")
    last = total - (number - 1) * size
    told = _told(store, aggregate, ident, max(last - size, 0), last) if last > 0 else []
    return told, total


def _told(store: BoundStore, aggregate: Aggregate[Any], ident: str, after: int, last: int) -> Entries:
    """Its events past version `after` up to `last`, the newest first; of a long history no more is read."""
    commits = store.core.log.back(aggregate.stream(ident), last)
    return [
        _entry(ident, commit, version)
        for commit in takewhile(lambda commit: commit.last > after, commits)
        for version in range(min(last, commit.last), max(after, commit.first - 1), -1)
    ]


def _entry(ident: str, commit: Commit, version: int) -> dict[str, Any]:
    event = commit.events[version - commit.first]
    return {
        "id": f"{ident}.{version}",
        "version": version,
        "event": event.type,
        "at": iso(commit.at),
        "actor": dict(commit.actor),
        "request_id": commit.request_id,
        "changes": [{"field": name, "from": None, "to": value} for name, value in event.data.items()],
    }
