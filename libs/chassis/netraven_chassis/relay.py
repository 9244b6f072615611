"""The relay of a log: publishes its commits in order, at least once, and says hello when there are none.

One relay per log at a time, by a lease whose epoch fences its checkpoint. Followers need no more than the
doorbell; what a commit means is not known here.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import Any

import structlog
from eventlet import Timeout
from eventlet.event import Event
from pymongo.database import Database
from pymongo.write_concern import WriteConcern

from netraven_chassis.batch import pack
from netraven_chassis.eventlog.log import EventLog
from netraven_chassis.faults import infrastructure
from netraven_chassis.lease import Lease

log = structlog.get_logger(__name__)

RANGE = 1000  # commits read at once
HELLO_SECONDS = 5.0
LEASE_MS = 10_000
RENEW_SECONDS = 3.0
LINGER_SECONDS = 0.02  # after a range: a busy log is told in fewer, longer messages, which all follow cheaper
REFUSED_SECONDS = 1.0  # before another look whether the lease is free
LONGEST_PAUSE = 2.0

Publish = Callable[[bytes], None]


class Relay:
    """Publishes one log. `publish(body)` returns when the broker has the message, or raises.

    `poll_seconds` is how soon commits of other processes are noticed; our own wake it at once.
    """

    def __init__(
        self,
        source: str,
        event_log: EventLog,
        database: Database[dict[str, Any]],
        publish: Publish,
        owner: str,
        poll_seconds: float = 0.25,
    ) -> None:
        self._source = source
        self._log = event_log
        self._rows = database.get_collection("relay", write_concern=WriteConcern(w="majority", wtimeout=3000))
        self._lease = Lease(self._rows, "lease", owner, LEASE_MS)
        self._publish = publish
        self._poll_seconds = poll_seconds
        self._wake = Event()
        self._stopping = False
        self._held_at = float("-inf")
        self._refused_at = float("-inf")
        self._said_at = float("-inf")
        self._position: int | None = None
        self.published = 0

    def wake(self) -> None:
        """Something was appended by this process."""
        if not self._wake.ready():
            self._wake.send(None)

    def stop(self) -> None:
        """End `run` after what it is doing now."""
        self._stopping = True
        self.wake()

    def run(self) -> None:
        """Publish until stopped; a broker or database that is away is waited for."""
        pause = self._poll_seconds
        while not self._stopping:
            try:
                before = self.published
                self.turn()
                # Was there something, there may be more soon, and it is taken together.
                pause = self._poll_seconds if self.published == before else 0.0
            except Exception as error:
                self._lost()
                if not infrastructure(error):
                    log.exception("the relay stumbled", source=self._source)
                pause = min(max(pause, 0.1) * 2, LONGEST_PAUSE) * random.uniform(0.7, 1.0)  # noqa: S311
            if pause:
                self._sleep(pause)
            else:
                time.sleep(LINGER_SECONDS)
        self._give_back()

    def turn(self) -> bool:
        """Publish what there is, if the lease is ours; whether it is."""
        if not self._hold():
            return False
        if self._position is None:
            self._position = self._take_over()
        while documents := self._log.documents(self._position, RANGE):
            self._send(documents)
            if not self._hold():
                return False
            if len(documents) < RANGE:
                break  # most likely that was all
        if time.monotonic() - self._said_at > HELLO_SECONDS:
            self._say(self._position, [], self._position)
        return True

    def _send(self, documents: list[dict[str, Any]]) -> None:
        after, through = documents[0]["position"] - 1, documents[-1]["position"]
        self._say(after, documents, through)
        moved = self._rows.update_one(
            {"_id": "checkpoint", "epoch": {"$lte": self._lease.epoch}},
            {"$set": {"position": through, "epoch": self._lease.epoch}},
        )
        if moved.matched_count == 0:
            self._lost()  # a relay with a higher epoch has taken over
            raise TimeoutError("the lease went to another relay")
        self._position = through
        self.published += len(documents)

    def _say(self, after: int, documents: list[dict[str, Any]], head: int) -> None:
        for body in pack(self._source, self._log.log_id, after, documents, head):
            self._publish(body)
        self._said_at = time.monotonic()

    def _hold(self) -> bool:
        if time.monotonic() - self._held_at < RENEW_SECONDS:
            return True
        if time.monotonic() - self._refused_at < REFUSED_SECONDS:
            return False
        epoch = self._lease.epoch
        if not self._lease.hold():
            self._lost()
            self._refused_at = time.monotonic()
            return False
        if self._lease.epoch != epoch:
            self._position = None  # the relay before may have come further than we knew
        self._held_at = time.monotonic()
        return True

    def _take_over(self) -> int:
        """Put our epoch on the checkpoint, so that the relay before can move it no more, and read it."""
        first = {"position": 0, "epoch": 0}
        self._rows.update_one({"_id": "checkpoint"}, {"$setOnInsert": first}, upsert=True)
        row = self._rows.find_one_and_update(
            {"_id": "checkpoint", "epoch": {"$lte": self._lease.epoch}},
            {"$set": {"epoch": self._lease.epoch}},
        )
        if row is None:
            raise TimeoutError("the lease went to another relay")
        # A restored log may end before the checkpoint; its followers start anew, and so do we.
        return min(int(row["position"]), self._log.head())

    def _lost(self) -> None:
        self._held_at = float("-inf")
        self._position = None

    def _sleep(self, seconds: float) -> None:
        with Timeout(seconds, False):
            self._wake.wait()
        if self._wake.ready():
            self._wake = Event()

    def _give_back(self) -> None:
        try:
            self._lease.release()
        except Exception as error:
            if not infrastructure(error):
                raise
            log.info("the relay's lease runs out by itself", source=self._source)
