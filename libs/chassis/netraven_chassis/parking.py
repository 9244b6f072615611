"""Commits that a follower could not take in: kept with their error, in order, to be replayed or dropped.

A stream with a parked commit parks all that comes after it, so that its order holds; the others go on.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pymongo import ASCENDING
from pymongo.database import Database

from netraven_chassis.clock import now_ms
from netraven_chassis.eventlog.commit import Commit, from_document

Row = dict[str, Any]


class Parking:
    """The parked commits of one follower."""

    def __init__(self, database: Database[Row], follower: str) -> None:
        self._rows = database["parked"]
        self._follower = follower
        self._streams: set[str] | None = None

    def holds(self, stream: str) -> bool:
        """Whether an earlier commit of this stream waits here."""
        if self._streams is None:
            self._streams = set(self._rows.distinct("stream", {"follower": self._follower}))
        return stream in self._streams

    def park(self, commit: Commit, error: str) -> None:
        """Keep a commit with the reason; twice is once."""
        row = {
            "follower": self._follower,
            "stream": commit.stream,
            "position": commit.position,
            "error": error,
            "parked_at": now_ms(),
            "commit": wire(commit),
        }
        self._rows.update_one(
            {"_id": f"{self._follower}:{commit.position}"}, {"$setOnInsert": row}, upsert=True
        )
        if self._streams is not None:
            self._streams.add(commit.stream)

    def rows(self) -> list[Row]:
        """What is parked, in the log's order, at most 1,000."""
        found = self._rows.find({"follower": self._follower}, sort=[("position", ASCENDING)], limit=1000)
        return list(found)

    def count(self) -> int:
        """How many are parked."""
        return int(self._rows.count_documents({"follower": self._follower}))

    def replay(self, apply: Callable[[Commit], None]) -> int:
        """Try the parked commits again in order, stopping with its error at the first that fails; how many
        went in.
        """
        done = 0
        for row in self.rows():
            apply(from_document(row["commit"]))
            self._rows.delete_one({"_id": row["_id"]})
            done += 1
        self._streams = None
        return done

    def drop(self, position: int) -> bool:
        """Give up one commit; whether it was there."""
        dropped = self._rows.delete_one({"_id": f"{self._follower}:{position}"})
        self._streams = None
        return dropped.deleted_count == 1


def wire(commit: Commit) -> Row:
    """The commit as it travels and as it is parked."""
    return {
        "stream": commit.stream,
        "first": commit.first,
        "count": len(commit.events),
        "events": [{"t": event.type, "v": event.schema, "d": dict(event.data)} for event in commit.events],
        "position": commit.position,
        "at": commit.at,
        "actor": dict(commit.actor),
        "request_id": commit.request_id,
        "causation_id": commit.causation_id,
        "command_id": commit.command_id,
        "body_hash": commit.body_hash,
    }
