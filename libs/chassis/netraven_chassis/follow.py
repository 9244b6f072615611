"""Following a log, ours or another service's: each commit taken in once in effect, in order, whatever is
lost.

The bus is a doorbell: a range that continues the checkpoint is taken in, a lower one dropped, and a gap
pulled from the source. What to do with a commit comes in as a function; where ranges come from is not
known here.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import structlog
from eventlet.semaphore import Semaphore

from netraven_chassis.batch import Batch
from netraven_chassis.checkpoints import START, Checkpoint, Mark
from netraven_chassis.eventlog.commit import Commit
from netraven_chassis.faults import infrastructure
from netraven_chassis.parking import BEHIND, Parking
from netraven_chassis.shortness import Shortness

log = structlog.get_logger(__name__)

Apply = Callable[[Sequence[Commit]], None]
Pull = Callable[[int], Batch]

TRIES, FIRST_PAUSE = 3, 0.05  # of one commit before it is parked; seconds


class AnotherLog(Exception):
    """The source's log is not the one that was followed: its database was restored or replaced."""


class Follower:
    """One follower of one log.

    `apply(commits)` must be harmless when repeated; `pull(after)` gives the range past a position.
    """

    def __init__(self, name: str, checkpoint: Checkpoint, apply: Apply, pull: Pull, parking: Parking) -> None:
        self.name = name
        self.head = 0  # the furthest position of the source that we have heard of
        self.parking = parking
        self._heard_id = ""
        self._shortness = Shortness()
        self._checkpoint = checkpoint
        self._apply = apply
        self._pull = pull
        self._lock = Semaphore(1)

    @property
    def position(self) -> int:
        """The last position that is taken in."""
        return self._checkpoint.read().position

    @property
    def log_id(self) -> str:
        """The id of the log that is followed; empty before anything was."""
        return self._checkpoint.read().log_id or self._heard_id

    @property
    def lag(self) -> int:
        """How many commits are known and not taken in."""
        return max(0, self.head - self.position)

    def receive(self, batch: Batch) -> None:
        """Take in what the bus brought, pulling what is missing before it.

        Raises AnotherLog, or what `apply` and `pull` raise when the database or the source is away:
        nothing is lost by that, for the next message shows the gap.
        """
        with self._lock:
            self._take(batch)

    def catch_up(self, through: int | None = None) -> None:
        """Pull and take in until position `through`, or the head of the log. Raises as `receive` does."""
        if self._has(through):
            return
        with self._lock:
            if self._has(through):
                return  # of many who wait for the same the first has done it for all
            self._checkpoint.forget()
            self._pull_all(through)

    def begin_anew(self) -> None:
        """Forget what was followed: the next message starts from the log's beginning."""
        with self._lock:
            self._checkpoint.reset()

    def begin_at(self, mark: Mark) -> None:
        """Count all up to `mark` as taken in already, if nothing was followed so far."""
        self._checkpoint.move(START, mark)

    def _has(self, through: int | None) -> bool:
        return through is not None and self._checkpoint.read().position >= through

    def _take(self, batch: Batch) -> None:
        mark = self._checkpoint.read()
        self._check(mark, batch)
        if batch.after > mark.position:
            self._pull_all(batch.through)
        elif batch.through > mark.position:
            self._advance(mark, batch)

    def _pull_all(self, through: int | None) -> None:
        while True:
            mark = self._checkpoint.read()
            batch = self._pull(mark.position)
            self._check(mark, batch)
            if not batch.commits:
                self._remember(mark, batch)
                return
            self._advance(mark, batch)
            if through is not None and batch.through >= through:
                return

    def _check(self, mark: Mark, batch: Batch) -> None:
        """Whether this is the log that was followed, as far as it was followed."""
        if mark.log_id not in (None, batch.log_id):
            raise AnotherLog(f"log {batch.log_id} where {mark.log_id} was followed")
        if self._shortness.lasts(batch.head, mark.position):
            raise AnotherLog(f"the log ends at {batch.head}, and {mark.position} was seen already")
        self.head, self._heard_id = batch.head, batch.log_id

    def _remember(self, mark: Mark, batch: Batch) -> None:
        if mark.log_id is None:
            self._checkpoint.move(mark, Mark(mark.position, batch.log_id))

    def _advance(self, mark: Mark, batch: Batch) -> None:
        self._take_in([commit for commit in batch.commits if commit.position > mark.position])
        # When another consumer was faster, its effects and ours are the same; only the mark is read anew.
        self._checkpoint.move(mark, Mark(batch.through, batch.log_id))

    def _take_in(self, commits: Sequence[Commit]) -> None:
        if not commits:
            return
        held = self.parking.held(commits)
        behind = [commit for commit in commits if _waits(commit, held)]
        free = [commit for commit in commits if not _waits(commit, held)]
        if not self._took_all(free):
            for commit in free:
                if _waits(commit, held):
                    self.parking.park(commit, BEHIND)
                elif not self._take_in_one(commit):
                    held[commit.stream] = commit.position
        for commit in behind:
            self.parking.park(commit, BEHIND)

    def _took_all(self, commits: Sequence[Commit]) -> bool:
        try:
            if commits:
                self._apply(commits)
        except Exception as error:
            if infrastructure(error):
                raise
            log.warning("a range is taken in one by one", follower=self.name, error=repr(error))
            return False
        return True

    def _take_in_one(self, commit: Commit) -> bool:
        """Take a commit in, or park it; whether it went in."""
        for attempt in range(TRIES):
            try:
                self._apply([commit])
                return True
            except Exception as error:
                if infrastructure(error):
                    raise
                reason = error
                time.sleep(FIRST_PAUSE * 2**attempt)
        log.error(
            "parked", follower=self.name, position=commit.position, stream=commit.stream, exc_info=reason
        )
        self.parking.park(commit, type(reason).__name__)
        return False

    def replay(self, stream: str | None = None) -> int:
        """Try again what is parked, of one stream or of all, in order; how many commits went in. Raises
        Conflict for what fails again.
        """
        with self._lock:
            return self.parking.replay(lambda commit: self._apply([commit]), stream)

    def report(self) -> dict[str, Any]:
        """What /api/status shows of it."""
        parked = self.parking.count()
        return {
            "name": self.name,
            "position": self.position,
            "lag": self.lag,
            "parked": parked,
            "errors": self.parking.errors() if parked else [],
        }


def _waits(commit: Commit, held: Mapping[str, int]) -> bool:
    """Whether an earlier commit of its stream is parked, or this one is."""
    return commit.position >= held.get(commit.stream, commit.position + 1)
