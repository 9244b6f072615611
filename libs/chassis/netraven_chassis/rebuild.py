"""Making the views anew from the logs, beside the live ones and while writers go on. No view is named
here.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

import structlog

from netraven_chassis.aggregate import Aggregate, fold_stream
from netraven_chassis.checkpoints import Mark
from netraven_chassis.eventlog.log import EventLog
from netraven_chassis.follow import Follower
from netraven_chassis.generations import POINTER_TTL, Generations
from netraven_chassis.views import ViewSet, Writer

log = structlog.get_logger(__name__)

OWN = "own"  # the name under which a service follows its own log

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
        done = 0
        for commits in self._log.every_stream():
            self._fold(writer, commits)
            done += len(commits)
            if done % 1000 < len(commits):
                progress("own", done)
        writer.flush()
        progress("own", done)

    def _fold(self, writer: Writer, commits: list[Any]) -> None:
        aggregate = self._aggregates.get(commits[0].aggregate)
        fold = self._views.folds.get(commits[0].aggregate)
        if aggregate is not None and fold is not None:
            fold(writer, fold_stream(aggregate, commits[0].subject, commits))
