"""Keyed commands that had nothing to change: noted for a while, since no commit tells that they were there.

Without a note a repetition would be carried out after all, and undo what somebody else has done meanwhile.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pymongo import IndexModel, UpdateOne
from pymongo.database import Database

from netraven_chassis.plan import Order, Outcome

KEPT_SECONDS = 30 * 86_400  # nobody repeats a request after that


@dataclass(frozen=True, slots=True)
class Note:
    """What a command stood for, and the version of the thing that needed no change."""

    body_hash: str
    version: int


class Unchanged:
    """The notes of one service."""

    def __init__(self, database: Database[dict[str, Any]]) -> None:
        self._rows = database["unchanged"]

    def prepare(self) -> None:
        """Make the index by which notes go."""
        self._rows.create_indexes([IndexModel("at", expireAfterSeconds=KEPT_SECONDS)])

    def of(self, orders: Sequence[Order]) -> Mapping[str, Note]:
        """The notes that these orders have, by `key`."""
        keys = [key(order) for order in orders if order.context.body_hash is not None]
        found = self._rows.find({"_id": {"$in": keys}}) if keys else ()
        return {row["_id"]: Note(row["hash"], row["version"]) for row in found}

    def note(self, outcomes: Sequence[tuple[Order, Outcome]]) -> None:
        """Keep what came of these orders; of those without a key nothing."""
        now = datetime.now(UTC)
        rows = {
            key(order): {"hash": order.context.body_hash, "version": outcome.version, "at": now}
            for order, outcome in outcomes
            if order.context.body_hash is not None
        }
        if rows:
            notes = [UpdateOne({"_id": one}, {"$setOnInsert": row}, upsert=True) for one, row in rows.items()]
            self._rows.bulk_write(notes, ordered=False)


def key(order: Order) -> str:
    """What a command for one thing is noted under."""
    return f"{order.stream}:{order.context.command_id}"
