"""A service's store put together: log, write path, views, followers. No Nameko and no bus in here.

Other services' logs come in through `pull(source, after)`, which store.py makes of an RPC and tests of a
function.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import structlog
from pymongo.database import Database

from netraven_chassis.aggregate import Aggregate, Folded, fold_stream
from netraven_chassis.batch import Batch
from netraven_chassis.checkpoints import Checkpoint
from netraven_chassis.clock import Clock
from netraven_chassis.eventlog.appender import Appender
from netraven_chassis.eventlog.commit import Commit
from netraven_chassis.eventlog.log import EventLog
from netraven_chassis.faults import infrastructure
from netraven_chassis.follow import Follower
from netraven_chassis.generations import Generations
from netraven_chassis.journal import Journal
from netraven_chassis.parking import Parking
from netraven_chassis.rebuild import OWN, Progress, Rebuild
from netraven_chassis.reservations import Reservations
from netraven_chassis.snapshots import Snapshots
from netraven_chassis.unchanged import Unchanged
from netraven_chassis.views import ViewSet

log = structlog.get_logger(__name__)

RANGE = 500  # commits pulled from our own log at once
REMEMBERED = 50_000  # positions that this process knows to be in the views already

Pull = Callable[[str, int], Batch]
Reaction = Callable[[Commit], None]


class Core:
    """The store of one service in one process."""

    def __init__(
        self,
        service: str,
        database: Database[dict[str, Any]],
        aggregates: Sequence[Aggregate[Any]],
        views: ViewSet,
        clock: Clock,
        pull: Pull,
        on_append: Callable[[], None] = lambda: None,
    ) -> None:
        self.service = service
        self.database = database
        self.views = views
        self.clock = clock
        self.log = EventLog(database)
        self.generations = Generations(database, views)
        self.aggregates = {aggregate.name: aggregate for aggregate in aggregates}
        self._snapshots = Snapshots(database)
        self.journal = Journal(
            self.log, self._snapshots, Appender(self.log, on_append), clock, self._project, aggregates
        )
        self._pull = pull
        self._projected: dict[int, list[int]] = {}
        self._followers: dict[int, dict[str, Follower]] = {}
        self.reactions: dict[str, Follower] = {}

    def prepare(self) -> None:
        """Make collections, indexes and the log's id. Raises pymongo's errors when the database is away."""
        self.log.prepare()
        self.generations.prepare()
        Parking(self.database, OWN).prepare()
        replicated = "setName" in self.database.client.admin.command("hello")
        unchanged = Unchanged(self.database)
        unchanged.prepare()
        self.journal.unchanged = unchanged
        self.journal.reservations = Reservations(self.database, self.journal, replicated=replicated)

    # Views.

    def _project(self, done: Sequence[tuple[Aggregate[Any], Folded[Any]]]) -> None:
        """Bring the views up to what was just appended. The log has it already: a failure here is made up
        for.
        """
        kept = self.generations.kept()
        writer = self.generations.writer(kept)
        try:
            for aggregate, folded in done:
                fold = self.views.folds.get(aggregate.name)
                if fold is not None:
                    fold(writer, folded)
            writer.flush()
        except Exception as error:
            if not infrastructure(error):
                log.exception("a view could not be written; catching up will try again", service=self.service)
            return
        self._remember([folded.commits[-1].position for _, folded in done], kept)

    def _remember(self, positions: Sequence[int], generations: list[int]) -> None:
        if len(self._projected) > REMEMBERED:
            self._projected.clear()
        for position in positions:
            self._projected[position] = generations

    def _heal(self, generation: int, commits: Sequence[Commit]) -> None:
        """Fold again what a crash, or another process, has left out of the views of `generation`."""
        missing = [commit for commit in commits if generation not in self._projected.pop(commit.position, ())]
        first = {(commit.aggregate, commit.subject): commit.first for commit in reversed(missing)}
        known = [
            (self.aggregates[name], ident)
            for name, ident in first
            if name in self.aggregates and name in self.views.folds
        ]
        writer = self.generations.writer([generation])
        for (aggregate, ident), folded in zip(known, self.journal.histories.now(known), strict=True):
            shown = _before(aggregate, folded, first[aggregate.name, ident])
            self.views.folds[aggregate.name](writer, replace(folded, shown=shown))
        writer.flush()

    def _follow(self, generation: int, source: str, commits: Sequence[Commit]) -> None:
        writer = self.generations.writer([generation])
        self.views.follows[source](writer, commits)
        writer.flush()

    # Followers.

    def followers(self, generation: int | None = None) -> Mapping[str, Follower]:
        """The followers that feed a generation (the live one): `own`, and one for each service followed."""
        number = generation or self.generations.live
        if number not in self._followers:
            self._followers = {
                kept: followers
                for kept, followers in self._followers.items()
                if kept in self.generations.kept()
            }
            self._followers[number] = self._make_followers(number)
        return self._followers[number]

    def _make_followers(self, generation: int) -> dict[str, Follower]:
        made = {
            OWN: self._follower(
                f"{generation}:{OWN}", OWN, lambda commits: self._heal(generation, commits), self.range
            )
        }
        for source in self.views.follows:
            made[source] = self._follower(
                f"{generation}:{source}",
                source,
                lambda commits, source=source: self._follow(generation, source, commits),  # type: ignore[misc]
                lambda after, source=source: self._pull(source, after),  # type: ignore[misc]
            )
        return made

    def _follower(
        self, key: str, name: str, apply: Callable[[Sequence[Commit]], None], pull: Callable[[int], Batch]
    ) -> Follower:
        return Follower(name, Checkpoint(self.database, key), apply, pull, Parking(self.database, name))

    def react(self, source: str, reaction: Reaction) -> Follower:
        """Follow another service's log with `reaction(commit)`, which must be harmless when repeated."""

        def each(commits: Sequence[Commit]) -> None:
            for commit in commits:
                reaction(commit)

        name = f"reaction:{source}"
        self.reactions[source] = self._follower(name, name, each, lambda after: self._pull(source, after))
        return self.reactions[source]

    def fed_by(self, source: str) -> list[Follower]:
        """All live followers of one source: of the views and of the reactions."""
        found = [self.followers().get(source), self.reactions.get(source)]
        return [follower for follower in found if follower is not None]

    def sources(self) -> list[str]:
        """The other services that this one follows."""
        return sorted({*self.views.follows, *self.reactions})

    def range(self, after: int) -> Batch:
        """Our own log past a position."""
        commits = self.log.range(after, RANGE)
        through = commits[-1].position if commits else after
        head = max(through, self.log.head())
        return Batch(self.service, self.log.log_id, after, through, tuple(commits), head)

    def rebuild(self, progress: Progress = lambda _what, _count: None) -> int:
        """Make the views anew beside the live ones; the number of the new generation."""
        self._snapshots.forget()  # whoever makes the views anew trusts nothing but the log
        return Rebuild(self.log, self.views, self.generations, self.aggregates, self.followers).run(progress)


def _before(aggregate: Aggregate[Any], folded: Folded[Any], version: int) -> Folded[Any] | None:
    """The thing as it was before this version; None when its history was not read from there."""
    if folded.since:
        return None
    earlier = [commit for commit in folded.commits if commit.first < version]
    return fold_stream(aggregate, folded.id, earlier)
