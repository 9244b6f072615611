"""Reading things from the log: from their beginning, or from their last snapshot on. Nothing is decided here,
and nothing written.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from netraven_chassis.aggregate import Aggregate, Folded, fold_on, fold_stream
from netraven_chassis.eventlog.commit import Commit
from netraven_chassis.eventlog.log import EventLog
from netraven_chassis.snapshots import Snapshot, Snapshots

Thing = tuple[Aggregate[Any], str]


class Histories:
    """The histories of one service's things."""

    def __init__(self, log: EventLog, snapshots: Snapshots) -> None:
        self._log = log
        self._snapshots = snapshots

    def now(self, things: Sequence[Thing]) -> list[Folded[Any]]:
        """Things, (aggregate, id), as they are now, in the same order; version 0 for one without history."""
        wanted = {aggregate.stream(ident): (aggregate, ident) for aggregate, ident in things}
        known = self._snapshots.of(wanted)
        read = self._log.streams(list(wanted), {stream: one.first for stream, one in known.items()})
        for stream in _unfounded(known, read):
            del known[stream]
            read[stream] = self._log.stream(stream)
        folded = {stream: _folded(wanted[stream], known.get(stream), read[stream]) for stream in wanted}
        return [folded[aggregate.stream(ident)] for aggregate, ident in things]

    def whole(self, aggregate: Aggregate[Any], ident: str) -> Folded[Any]:
        """One thing with all commits of its history."""
        return fold_stream(aggregate, ident, self._log.stream(aggregate.stream(ident)))


def _unfounded(known: Mapping[str, Snapshot], read: Mapping[str, Sequence[Commit]]) -> list[str]:
    """The streams in which the commit is missing after which the snapshot was made."""
    return [stream for stream, one in known.items() if not (read[stream] and one.fits(read[stream][0]))]


def _folded(thing: Thing, known: Snapshot | None, commits: Sequence[Commit]) -> Folded[Any]:
    aggregate, ident = thing
    if known is None:
        return fold_stream(aggregate, ident, commits)
    return fold_on(aggregate, known.folded, commits[1:])  # the first is the one that it was made after
