"""Writing the log: concurrent appends of one process become one ordered batch of claims on the next
positions.

Position N+1 is claimed only after N is acknowledged by a majority, so the log has no gap and its order is the
order of commit. A time-out means unknown, never failed: the same document, with its own id, is tried until it
is seen or the deadline passes. Nothing here knows what an event means.
"""

from __future__ import annotations

import random
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from eventlet.semaphore import Semaphore
from pymongo.errors import BulkWriteError, OperationFailure, PyMongoError

from netraven_chassis.eventlog.commit import Commit, Draft, committed, to_document
from netraven_chassis.eventlog.log import EventLog
from netraven_chassis.faults import PASSING, passing
from netraven_contracts.errors import Unavailable

BATCH = 1000  # documents in one insert_many: well under mongod's limits, and a second of work at the worst
FIRST_PAUSE, LONGEST_PAUSE = 0.002, 0.2  # seconds


class StreamMoved(Exception):
    """Another commit took the version that the draft asked for: read again, decide again."""


class CommandSeen(Exception):
    """This stream already has a commit of the same command."""


Result = Commit | Exception


@dataclass(slots=True, eq=False)
class _Claim:
    """A draft on its way in: `result` is its commit or the reason why it has none."""

    draft: Draft
    deadline: float
    result: Result | None = None
    pauses: int = field(default=0)


class Appender:
    """The one way into a log, for all writers of this process.

    Whoever holds the lock writes for all who wait: no thread of its own, and a killed writer leaves its
    claims to the next one.
    """

    def __init__(self, log: EventLog, on_append: Any = None) -> None:
        self._log = log
        self._lock = Semaphore(1)
        self._waiting: deque[_Claim] = deque()
        self._head: int | None = None
        self._on_append = on_append or (lambda: None)

    def append(self, drafts: Sequence[Draft], timeout: float = 4.0) -> list[Result]:
        """Write the drafts; for each its Commit, StreamMoved, CommandSeen or Unavailable, in the same order.

        `timeout` is in seconds. Drafts of one call may not touch one stream twice. After Unavailable the
        draft may still arrive: only the command's id tells, later.
        """
        deadline = time.monotonic() + timeout
        claims = [_Claim(draft, deadline) for draft in drafts]
        self._waiting.extend(claims)
        while any(claim.result is None for claim in claims):
            with self._lock:
                if any(claim.result is None for claim in claims):
                    self._write_batch()
        return [claim.result for claim in claims if claim.result is not None]

    def _write_batch(self) -> None:
        batch: list[_Claim] = []
        try:
            while self._waiting and len(batch) < BATCH:
                batch.append(self._waiting.popleft())
            _drop_repeats(batch)
            self._settle(batch)
        finally:
            # Also when this greenthread is killed in the middle: the next holder goes on.
            self._waiting.extendleft(reversed([claim for claim in batch if claim.result is None]))
        self._on_append()

    def _settle(self, batch: list[_Claim]) -> None:
        pause, seen = FIRST_PAUSE, 0
        while open_claims := [claim for claim in batch if claim.result is None]:
            before = len(open_claims)
            head = self._attempt(open_claims)
            left = [claim for claim in open_claims if claim.result is None]
            if not left:
                return
            _expire(left)
            if len(left) == before:  # no progress: whoever is in the way is not yet seen by a majority
                # A log that grows has gaps between its writers' turns: one who waits long misses them all.
                pause = FIRST_PAUSE if head > seen else min(pause * 2, LONGEST_PAUSE)
                seen = max(seen, head)
                time.sleep(pause * random.uniform(0.5, 1.0))  # noqa: S311 - spreads retries, guards nothing

    def _attempt(self, claims: list[_Claim]) -> int:
        """One ordered insert, which settles what it can and leaves the rest open; the head that it was made
        at, 0 when that is not known.
        """
        start = 0
        try:
            start = self._log.head() if self._head is None else self._head
            documents = [to_document(claim.draft, start + n) for n, claim in enumerate(claims, 1)]
            self._log.commits.insert_many(documents, ordered=True)
        except BulkWriteError as error:
            self._partly(claims, start, error.details)
        except PyMongoError as error:
            self._unknown(claims, error)
        else:
            self._written(claims, start)
        return start

    def _written(self, claims: list[_Claim], start: int) -> None:
        for number, claim in enumerate(claims, 1):
            claim.result = committed(claim.draft, start + number)
        self._head = start + len(claims)

    def _partly(self, claims: list[_Claim], start: int, details: Any) -> None:
        """An ordered batch stopped at its first objection: those before it are in, if a majority has them."""
        if details.get("writeConcernErrors"):
            self._look_up(claims)
            return
        objection = details["writeErrors"][0]
        index = objection["index"]
        self._written(claims[:index], start)
        self._objected(claims[index], objection)

    def _objected(self, claim: _Claim, objection: Any) -> None:
        key = set(objection.get("keyPattern", {}))
        if objection.get("code") != 11000:
            self._refused(claim, objection)
        elif key == {"_id"}:
            self._look_up([claim])  # my own document, from an attempt whose answer was lost
        elif key == {"position"}:
            self._head = None
        elif key == {"stream", "first"}:
            claim.result = StreamMoved(claim.draft.stream)
        else:
            claim.result = CommandSeen(claim.draft.context.command_id)

    def _refused(self, claim: _Claim, objection: Any) -> None:
        if objection.get("code") in PASSING:
            self._head = None
        else:
            claim.result = OperationFailure(str(objection.get("errmsg")), objection.get("code"))

    def _unknown(self, claims: list[_Claim], error: PyMongoError) -> None:
        if not passing(error):
            for claim in claims:
                claim.result = error
            return
        self._head = None
        self._look_up(claims)

    def _look_up(self, claims: list[_Claim]) -> None:
        """Settle those claims whose documents a majority has by now."""
        self._head = None
        try:
            found = self._log.positions([claim.draft.id for claim in claims])
        except PyMongoError:
            return  # nobody to ask: the claims stay open until their deadline
        for claim in claims:
            if claim.draft.id in found:
                claim.result = committed(claim.draft, found[claim.draft.id])


def _expire(claims: list[_Claim]) -> None:
    now = time.monotonic()
    for claim in claims:
        if now >= claim.deadline:
            claim.result = Unavailable(
                "the database did not confirm the change in time; it may still have been made",
                {"retry_after": 1},
            )


def _drop_repeats(batch: list[_Claim]) -> None:
    """Of two claims on one version of one stream the later has lost already; the batch need not stop for
    it.
    """
    taken: set[tuple[str, int]] = set()
    for claim in batch:
        version = (claim.draft.stream, claim.draft.first)
        if version in taken:
            claim.result = StreamMoved(claim.draft.stream)
        taken.add(version)
