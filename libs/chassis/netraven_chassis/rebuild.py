"""Making the views anew from the logs, beside the live ones and while writers go on. No view is named
here.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import islice
from typing import Any

import structlog

from netraven_chassis.aggregate import Aggregate, fold_on, fold_stream
from netraven_chassis.checkpoints import Mark
from netraven_chassis.eventlog.commit import Commit
from netraven_chassis.eventlog.log import EventLog
from netraven_chassis.follow import Follower
from netraven_chassis.generations import POINTER_TTL, Generations
from netraven_chassis.views import Fold, ViewSet, Writer

log = structlog.get_logger(__name__)

OWN = "own"  # the name under which a service follows its own log
PIECE = 1000  # commits read of one stream at once, and between two words about how far it is

Progress = Callable[[str, int], None]


class Rebuild:
    """Builds one generation of the views of a service."""

    def __init__(
        self,
        event_log: EventLog,
        views: ViewSet,
        generations: Generations,
        aggregates: Mapping[str, Aggregate[Any]],
        sources: Callable[[int], Mapping[str, Follower]],
    ) -> None:
        self._log = event_log
        self._views = views
        self._generations = generations
        self._aggregates = aggregates
        self._sources = sources

    def run(self, progress: Progress = lambda _what, _count: None) -> int:
        """Build, flip, and give the number of the new generation.

        Raises what the database or a source that is away raises; the live views are untouched then.
        """
        generation = self._generations.begin()
        try:
            head = self._log.head()
            self._fold_all(generation, progress)
            for name, follower in self._sources(generation).items():
                if name == OWN:
                    follower.begin_at(Mark(head, self._log.log_id))
                follower.catch_up()
                progress(name, follower.position)
        except BaseException:
            self._generations.abandon(generation)
            raise
        if not self._generations.flip(generation):
            raise RuntimeError("another rebuild was begun meanwhile; this one is given up")
        log.info("views rebuilt", generation=generation, through=head)
        time.sleep(2 * POINTER_TTL)  # until nobody reads or feeds by the old pointer
        self._generations.retire()
        return generation

    def _fold_all(self, generation: int, progress: Progress) -> None:
        writer = self._generations.writer([generation])
        done = told = 0
        for stream in self._log.every_stream():
            done += self._fold(writer, stream)
            if done - told >= PIECE:
                progress(OWN, done)
                told = done
        writer.flush()
        progress(OWN, done)

    def _fold(self, writer: Writer, stream: Iterator[Commit]) -> int:
        """Write what follows from one stream; how many commits it has."""
        commits = list(islice(stream, PIECE))
        aggregate, fold = self._known(commits[0].aggregate)
        if aggregate is None or fold is None:
            return len(commits) + sum(1 for _ in stream)
        folded, count = fold_stream(aggregate, commits[0].subject, commits), len(commits)
        while len(commits) == PIECE and (commits := list(islice(stream, PIECE))):
            if aggregate.snapshots:  # its views need not all that led there, and it may be more than fits
                folded = replace(folded, commits=(), since=folded.version)
            folded, count = fold_on(aggregate, folded, commits), count + len(commits)
        fold(writer, folded)
        return count

    def _known(self, name: str) -> tuple[Aggregate[Any] | None, Fold | None]:
        return self._aggregates.get(name), self._views.folds.get(name)
