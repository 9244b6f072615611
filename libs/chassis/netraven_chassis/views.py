"""Views: documents made from the log, for reading. They may be thrown away and made again at any time.

Here is what a set of views consists of, and how one document is written so that twice, late or in another
order changes nothing. What stands in the documents is the service's business; generations are
generations.py's.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pymongo import IndexModel, UpdateOne
from pymongo.collection import Collection
from pymongo.errors import BulkWriteError

from netraven_chassis.aggregate import Folded
from netraven_chassis.eventlog.commit import Commit

Document = dict[str, Any]
_Fresh = tuple[str, int, Mapping[str, Mapping[str, Any]]]  # id, version, {group: fields}

DUPLICATE = 11000
BULK = 1000  # operations in one bulk write

LIVE: Mapping[str, Any] = {"live": True}
"""The filter that every query over a view begins with: neither removed nor known from other sources alone."""


class Writer:
    """Collects writes to the views and sends them in bulk, to every generation that is being kept.

    Every write is guarded by the version of its group of fields: an older one changes nothing.
    """

    def __init__(self, resolve: Callable[[str], Sequence[Collection[Document]]]) -> None:
        self._resolve = resolve
        self._fresh: dict[str, list[_Fresh]] = {}
        self._pending: dict[str, list[UpdateOne]] = {}

    def put(
        self, collection: str, ident: str, version: int, fields: Mapping[str, Any], group: str = "own"
    ) -> None:
        """Set `fields` of the document `ident` unless its `group` is at this version or beyond.

        Several sources feed one document through groups with versions of their own. Only the group `own`
        makes the document visible.
        """
        self._guarded(collection, ident, version, _changes(version, fields, group), group)

    def begin(
        self, collection: str, ident: str, version: int, groups: Mapping[str, Mapping[str, Any]]
    ) -> None:
        """Put the fields of these groups, {group: fields}, into a document that most likely is not there yet.

        Right either way; a document that is new costs the database a quarter of what `put` does.
        """
        fresh = self._fresh.setdefault(collection, [])
        fresh.append((ident, version, groups))
        if len(fresh) >= BULK:
            self._send(collection)

    def drop(self, collection: str, ident: str, version: int) -> None:
        """Hide the document, but keep its version: a late write must not bring it back."""
        self._guarded(collection, ident, version, {"versions.own": version, "live": False}, "own")

    def _guarded(
        self, collection: str, ident: str, version: int, changes: Mapping[str, Any], group: str
    ) -> None:
        pending = self._pending.setdefault(collection, [])
        pending.append(_update(ident, version, changes, group))
        if len(pending) >= BULK:
            self._send(collection)

    def flush(self) -> None:
        """Send what is still collected."""
        for collection in {*self._fresh, *self._pending}:
            self._send(collection)

    def _send(self, collection: str) -> None:
        fresh, operations = self._fresh.pop(collection, []), self._pending.pop(collection, [])
        for generation in self._resolve(collection):
            met = _insert(generation, fresh) if fresh else []
            if met or operations:
                _write(generation, [*met, *operations])


def _changes(version: int, fields: Mapping[str, Any], group: str) -> Document:
    return {**fields, f"versions.{group}": version, **_life({group})}


def _life(groups: Container[str]) -> Document:
    """What makes a document visible, if one of these groups does."""
    return {"live": True} if "own" in groups else {}


def _update(ident: str, version: int, changes: Mapping[str, Any], group: str) -> UpdateOne:
    older = {"_id": ident, f"versions.{group}": {"$not": {"$gte": version}}}
    return UpdateOne(older, {"$set": changes}, upsert=True)


def _insert(collection: Collection[Document], fresh: Sequence[_Fresh]) -> list[UpdateOne]:
    """Insert documents; the updates in the place of those that are there after all."""
    try:
        collection.insert_many([_document(*one) for one in fresh], ordered=False)
    except BulkWriteError as error:
        if any(item["code"] != DUPLICATE for item in error.details["writeErrors"]):
            raise
        there = [fresh[item["index"]] for item in error.details["writeErrors"]]
        return [
            _update(ident, version, _changes(version, fields, group), group)
            for ident, version, groups in there
            for group, fields in groups.items()
        ]
    return []


def _document(ident: str, version: int, groups: Mapping[str, Mapping[str, Any]]) -> Document:
    fields = {name: value for some in groups.values() for name, value in some.items()}
    return {"_id": ident, **fields, "versions": dict.fromkeys(groups, version), **_life(groups)}


def _write(collection: Collection[Document], operations: Sequence[UpdateOne]) -> None:
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
    `shape` is raised whenever documents change their fields: a service that starts makes views of an older
    shape anew.
    """

    collections: Mapping[str, Sequence[IndexModel]] = field(default_factory=dict)
    folds: Mapping[str, Fold] = field(default_factory=dict)
    follows: Mapping[str, Follow] = field(default_factory=dict)
    shape: int = 1
