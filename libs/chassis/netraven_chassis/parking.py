"""Commits that a follower could not take in: kept with their error, in order, to be replayed or dropped.

A stream with a parked commit parks all that comes after it, so that its order holds; the others go on.
Nothing is remembered here between two calls: replicas follow together, and what one of them has parked,
replayed or dropped counts for all.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import structlog
from pymongo import ASCENDING, IndexModel
from pymongo.database import Database

from netraven_chassis.clock import now_ms
from netraven_chassis.eventlog.commit import Commit, from_document
from netraven_chassis.faults import infrastructure
from netraven_contracts.errors import Conflict

log = structlog.get_logger(__name__)

Row = dict[str, Any]

MOST_ROWS = 1000  # shown, or replayed, at once
MOST_ERRORS = 5  # told of in a summary
BEHIND = "an earlier change of the same thing is parked"


class Parking:
    """The parked commits of one follower."""

    def __init__(self, database: Database[Row], follower: str) -> None:
        self._rows = database["parked"]
        self._follower = follower

    def prepare(self) -> None:
        """Make the index by which a stream's commits are found."""
        self._rows.create_indexes([IndexModel([("follower", ASCENDING), ("stream", ASCENDING)])])

    def held(self, commits: Sequence[Commit]) -> dict[str, int]:
        """Those of the commits' streams that wait here, and from which position on: {stream: position}."""
        streams = list({commit.stream for commit in commits})
        waiting = {"$match": {"follower": self._follower, "stream": {"$in": streams}}}
        first = {"$group": {"_id": "$stream", "position": {"$min": "$position"}}}
        return {row["_id"]: row["position"] for row in self._rows.aggregate([waiting, first])}

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
        self._rows.update_one({"_id": self._id(commit.position)}, {"$setOnInsert": row}, upsert=True)

    def rows(self, stream: str | None = None) -> list[Row]:
        """What is parked, of one stream or of all, in the log's order, at most MOST_ROWS."""
        wanted = {"follower": self._follower, **({} if stream is None else {"stream": stream})}
        return list(self._rows.find(wanted, sort=[("position", ASCENDING)], limit=MOST_ROWS))

    def stream_of(self, position: int) -> str | None:
        """The stream of the commit that is parked with this position; None when there is none."""
        row = self._rows.find_one({"_id": self._id(position)}, {"stream": 1})
        return None if row is None else str(row["stream"])

    def count(self) -> int:
        """How many are parked."""
        return int(self._rows.count_documents({"follower": self._follower}))

    def errors(self) -> list[str]:
        """Why, each reason once, at most MOST_ERRORS."""
        reasons = {"follower": self._follower, "error": {"$ne": BEHIND}}
        return sorted(self._rows.distinct("error", reasons))[:MOST_ERRORS]

    def replay(self, apply: Callable[[Commit], None], stream: str | None = None) -> int:
        """Try again what is parked, of one stream or of all, as much as `rows` gives; how many went in.

        Each stream goes in order up to the first of its commits that fails. Raises Conflict when one did,
        after all have had their turn, and what `apply` raises when the database is away.
        """
        done, failed = 0, dict[str, str]()
        for row in self.rows(stream):
            if row["stream"] in failed:
                continue
            try:
                apply(from_document(row["commit"]))
            except Exception as error:
                if infrastructure(error):
                    raise
                failed[row["stream"]] = self._failed_again(row, error)
            else:
                done += self._rows.delete_one({"_id": row["_id"]}).deleted_count
        if failed:
            reasons = ", ".join(sorted(set(failed.values()))[:MOST_ERRORS])
            raise Conflict(f"{done} went in; {len(failed)} failed again: {reasons}")
        return done

    def _failed_again(self, row: Row, error: Exception) -> str:
        where = {name: row[name] for name in ("follower", "position", "stream")}
        log.error("what was parked fails again", **where, exc_info=error)
        reason = type(error).__name__
        self._rows.update_one({"_id": row["_id"]}, {"$set": {"error": reason}})
        return reason

    def drop(self, position: int) -> bool:
        """Give up one commit; whether it was there."""
        return self._rows.delete_one({"_id": self._id(position)}).deleted_count == 1

    def _id(self, position: int) -> str:
        return f"{self._follower}:{position}"


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
