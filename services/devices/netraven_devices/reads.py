"""How the views are read: short commands that name their index and give up in time. What is asked is not
known here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from netraven_chassis.bound import BoundStore
from netraven_chassis.generations import full_name

Rows = list[dict[str, Any]]
Query = Mapping[str, Any]

PATIENCE_MS = 4000
LARGEST_BATCH = 100_000

# What views show was in the log before, on a majority; a read that waited for one would miss our own writes.
_LOCAL = {"level": "local"}


def name_of(store: BoundStore, view: str) -> str:
    """The collection that is the live generation of a view."""
    return full_name(view, store.core.generations.live)


def aggregate(
    store: BoundStore,
    stages: Sequence[Mapping[str, Any]],
    index: str,
    batch: int = LARGEST_BATCH,
    patience_ms: int = PATIENCE_MS,
) -> Rows:
    """What a pipeline over the devices gives, begun at `index`, so many rows of it at once. Raises pymongo's
    errors.
    """
    options = {"pipeline": list(stages), "cursor": {"batchSize": batch}, "allowDiskUse": True}
    options["maxTimeMS"] = patience_ms
    return _rows(store, "devices", "aggregate", index, batch, **options)


def find(
    store: BoundStore,
    view: str,
    query: Query,
    index: str,
    fields: Mapping[str, int] | None = None,
    most: int = 0,
    order: Mapping[str, int] | None = None,
) -> Rows:
    """The documents of a view that a query finds, at most `most` (0: all), by `index`, in `order`. Raises
    pymongo's errors.
    """
    limits = {"limit": most, "batchSize": LARGEST_BATCH, "projection": fields or {}, "sort": order or {}}
    return _rows(store, view, "find", index, LARGEST_BATCH, filter=query, **limits)


def count(store: BoundStore, view: str, query: Query, index: str) -> int:
    """How many documents of a view a query finds, counted along `index`. Raises pymongo's errors."""
    # Not count_documents, which reads every document that the index has counted.
    return int(_command(store, view, "count", index, query=query)["n"])


def _rows(store: BoundStore, view: str, command: str, index: str, batch: int, **options: Any) -> Rows:
    cursor = _command(store, view, command, index, **options)["cursor"]
    rows: Rows = cursor["firstBatch"]
    while cursor["id"]:
        # One answer of mongod holds 16 MiB at most.
        more = store.database.command(
            "getMore", cursor["id"], collection=name_of(store, view), batchSize=batch
        )
        cursor = more["cursor"]
        rows += cursor["nextBatch"]
    return rows


def _command(store: BoundStore, view: str, command: str, index: str, **options: Any) -> dict[str, Any]:
    # As a bare command this costs us half of what pymongo's cursors do.
    limits = {"hint": index, "readConcern": _LOCAL, "maxTimeMS": PATIENCE_MS}
    return store.database.command(command, name_of(store, view), **{**limits, **options})
