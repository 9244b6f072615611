"""Where long histories stood: states kept beside the log, so that not all of it is read for each command.

A snapshot is made from the log and may be thrown away at any time. It names the commit after which it was
made, and whoever uses it checks that the log has that commit there: a snapshot of another log, or of one
that was cut off, counts for nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from pymongo import ReplaceOne
from pymongo.database import Database

from netraven_chassis.aggregate import Aggregate, Folded, made, plain
from netraven_chassis.eventlog.commit import Commit
from netraven_chassis.eventlog.log import READ_CONCERN
from netraven_chassis.faults import infrastructure

log = structlog.get_logger(__name__)

Document = dict[str, Any]

LONG = 50
"""Commits that a command reads at most, about: with as many more, a new snapshot is made. About 2 ms."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A thing after one of its commits, which begins with version `first` and has this position."""

    folded: Folded[Any]
    first: int
    position: int

    def fits(self, commit: Commit) -> bool:
        """Whether it was made after this very commit."""
        return (commit.first, commit.last, commit.position) == (
            self.first,
            self.folded.version,
            self.position,
        )


class Snapshots:
    """The snapshots of one service."""

    def __init__(self, database: Database[Document]) -> None:
        self._rows = database.get_collection("snapshots", read_concern=READ_CONCERN)

    def of(self, wanted: Mapping[str, tuple[Aggregate[Any], str]]) -> dict[str, Snapshot]:
        """The snapshots that there are of these streams, {stream: (aggregate, id)}, by stream."""
        streams = [stream for stream, (aggregate, _) in wanted.items() if aggregate.snapshots]
        found = self._rows.find({"_id": {"$in": streams}}) if streams else ()
        read = {row["_id"]: _read(row, *wanted[row["_id"]]) for row in found}
        return {stream: snapshot for stream, snapshot in read.items() if snapshot is not None}

    def keep(self, done: Sequence[tuple[Aggregate[Any], Folded[Any]]]) -> None:
        """Make snapshots of those whose histories have become long. One that cannot be made only means that
        more is read next time.
        """
        long = [
            (aggregate, folded)
            for aggregate, folded in done
            if aggregate.snapshots and len(folded.commits) >= LONG
        ]
        try:
            self._write([_row(aggregate, folded) for aggregate, folded in long])
        except Exception as error:
            if not infrastructure(error):
                log.exception("a snapshot could not be made")

    def _write(self, rows: Sequence[Document]) -> None:
        if rows:
            self._rows.bulk_write([ReplaceOne({"_id": row["_id"]}, row, upsert=True) for row in rows])

    def forget(self) -> None:
        """Throw all of them away."""
        self._rows.delete_many({})


def _shape(aggregate: Aggregate[Any]) -> list[Any]:
    """What a snapshot must have been made by, to be understood and right."""
    return [aggregate.snapshots, *plain(aggregate.initial)]


def _row(aggregate: Aggregate[Any], folded: Folded[Any]) -> Document:
    last = folded.commits[-1]
    return {
        "_id": aggregate.stream(folded.id),
        "shape": _shape(aggregate),
        "first": last.first,
        "position": last.position,
        "version": folded.version,
        "at": folded.at,
        "first_at": folded.first_at,
        "creator": dict(folded.creator),
        "state": plain(folded.state),
    }


def _read(row: Document, aggregate: Aggregate[Any], ident: str) -> Snapshot | None:
    if row["shape"] != _shape(aggregate):
        return None
    state, version = made(type(aggregate.initial), row["state"]), row["version"]
    folded = Folded(
        ident, state, version, row["at"], row["first_at"], (), creator=row["creator"], since=version
    )
    return Snapshot(folded, row["first"], row["position"])
