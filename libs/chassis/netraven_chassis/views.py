"""Views: documents made from the log, for reading. They may be thrown away and made again at any time.

Here is what a set of views consists of, and how one document is written so that twice, late or in another
order changes nothing. What stands in the documents is the service's business; generations are
generations.py's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pymongo import IndexModel, UpdateOne
from pymongo.collection import Collection
from pymongo.errors import BulkWriteError

from netraven_chassis.aggregate import Folded
from netraven_chassis.eventlog.commit import Commit

DUPLICATE = 11000
BULK = 1000  # operations in one bulk write

LIVE: Mapping[str, Any] = {"live": True}
"""The filter that every query over a view begins with: neither removed nor known from other sources alone."""


class Writer:
    """Collects writes to the views and sends them in bulk, to every generation that is being kept.

    Every write is guarded by the version of its group of fields: an older one changes nothing.
    """

    def __init__(self, resolve: Callable[[str], Sequence[Collection[dict[str, Any]]]]) -> None:
        self._resolve = resolve
        self._pending: dict[str, list[UpdateOne]] = {}

    def put(
        self, collection: str, ident: str, version: int, fields: Mapping[str, Any], group: str = "own"
    ) -> None:
        """Set `fields` of the document `ident` unless its `group` is at this version or beyond.

        Several sources feed one document through groups with versions of their own. Only the group `own`
        makes the document visible.
        """
        changes = {**fields, f"versions.{group}": version}
        if group == "own":
            changes["live"] = True
        self._guarded(collection, ident, version, changes, group)

    def drop(self, collection: str, ident: str, version: int) -> None:
        """Hide the document, but keep its version: a late write must not bring it back."""
        self._guarded(collection, ident, version, {"versions.own": version, "live": False}, "own")

    def _guarded(
        self, collection: str, ident: str, version: int, changes: Mapping[str, Any], group: str
    ) -> None:
        older = {"_id": ident, f"versions.{group}": {"$not": {"$gte": version}}}
        pending = self._pending.setdefault(collection, [])
        pending.append(UpdateOne(older, {"$set": changes}, upsert=True))
        if len(pending) >= BULK:
            self._send(collection)

    def flush(self) -> None:
        """Send what is still collected."""
        for collection in list(self._pending):
            self._send(collection)

    def _send(self, collection: str) -> None:
        operations = self._pending.pop(collection, [])
        if operations:
            for generation in self._resolve(collection):
                _write(generation, operations)


def _write(collection: Collection[dict[str, Any]], operations: Sequence[UpdateOne]) -> None:
    try:
        collection.bulk_write(operations, ordered=False)
    except BulkWriteError as error:
        # The guard found nothing to update, so the upsert tried to insert what is there already: newer.
        if any(item["code"] != DUPLICATE for item in error.details["writeErrors"]):
            raise


Fold = Callable[[Writer, Folded[Any]], None]
Follow = Callable[[Writer, Sequence[Commit]], None]


@dataclass(frozen=True, slots=True)
class ViewSet:
    """All views of one service.

    `collections` names each with its indexes; `folds[aggregate]` writes what follows from a thing's state,
    `follows[service]` what follows from another service's commits. Both must be repeatable in any order.
    """

    collections: Mapping[str, Sequence[IndexModel]] = field(default_factory=dict)
    folds: Mapping[str, Fold] = field(default_factory=dict)
    follows: Mapping[str, Follow] = field(default_factory=dict)
