"""Writing the log of jobs: entries get their places, `position` over all and `seq` within their job, both
without a gap in however many processes write. What an entry says is not known here.

As in the event log, place N+1 is claimed only after N is acknowledged by a majority, and all who write at
once in a process share one ordered batch. A batch that meets a taken place reads the head again and numbers
the rest anew. A time-out means unknown: the entries are looked up by their own ids before they are tried
again.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from typing import Any

from pymongo import ASCENDING, DESCENDING
from pymongo.collection import Collection
from pymongo.database import Database
from pymongo.errors import BulkWriteError, OperationFailure, PyMongoError
from pymongo.read_concern import ReadConcern
from pymongo.read_preferences import ReadPreference
from pymongo.write_concern import WriteConcern

from netraven_chassis.combine import Combiner
from netraven_chassis.faults import PASSING, passing
from netraven_contracts.errors import Unavailable
from netraven_jobs.log_entry import INDEXES, Document

COLLECTION = "logs"
FLOORS = "log_floors"  # {_id: job, seq}: how far retention has cut logs of which nothing is left

BATCH = 1000  # entries in one insert
MOST_JOBS = 10_000  # whose last seq is remembered
FIRST_PAUSE, LONGEST_PAUSE = 0.002, 0.2  # seconds

_WRITE = WriteConcern(w="majority", j=True, wtimeout=3000)
_READ = ReadConcern("majority")

Entries = Sequence[Document]


def entries_of(database: Database[Document]) -> Collection[Document]:
    """The collection of all entries, as everything that must not err reads and writes it."""
    return database.get_collection(
        COLLECTION, write_concern=_WRITE, read_concern=_READ, read_preference=ReadPreference.PRIMARY
    )


def floors_of(database: Database[Document]) -> Collection[Document]:
    """How far retention has cut."""
    return database.get_collection(FLOORS, write_concern=_WRITE, read_concern=_READ)


def heads(database: Database[Document], job_ids: Sequence[str]) -> dict[str, int]:
    """{job: its last seq}; 0 for a job that nothing was written about."""
    found = dict.fromkeys(job_ids, 0)
    last: list[Document] = [
        {"$match": {"job_id": {"$in": list(found)}}},
        {"$sort": {"job_id": ASCENDING, "seq": DESCENDING}},
        {"$group": {"_id": "$job_id", "seq": {"$first": "$seq"}}},
    ]
    for row in entries_of(database).aggregate(last):
        found[row["_id"]] = row["seq"]
    # Read after the entries: retention writes a floor before it takes the last entry away.
    if missing := [job_id for job_id, seq in found.items() if not seq]:
        for row in floors_of(database).find({"_id": {"$in": missing}}):
            found[row["_id"]] = row["seq"]
    return found


def head(database: Database[Document]) -> int:
    """The last position; 0 while nothing was written. Retention never takes the last entry."""
    last = entries_of(database).find_one({}, {"position": 1}, sort=[("position", DESCENDING)])
    return int(last["position"]) if last else 0


class LogBook:
    """The one way into the log for all writers of this process.

    Parameters: `database`, that of jobs; `on_appended(entries)` is told of entries that have their places.
    """

    def __init__(
        self, database: Database[Document], on_appended: Callable[[Entries], None] = lambda _: None
    ) -> None:
        self.database = database
        self._entries = entries_of(database)
        self._on_appended = on_appended
        self._combiner: Combiner[tuple[Entries, float], Entries] = Combiner(self._write_all, BATCH)
        self._head: int | None = None
        self._seqs: dict[str, int] = {}  # true as long as `_head` is: nobody else has written since

    def prepare(self) -> None:
        """Make the indexes."""
        self._entries.create_indexes(list(INDEXES))

    def append(self, entries: Entries, timeout: float = 10.0) -> Entries:
        """Write entries that `log_entry.make` made, in their order; the same with their places.

        The same entries may be given again after a failure: each is written once. Raises Unavailable when
        that is not known within `timeout` seconds, and pymongo's error for an entry that cannot be written.
        """
        return self._combiner.do((entries, time.monotonic() + timeout)) if entries else entries

    def _write_all(self, calls: Sequence[tuple[Entries, float]]) -> list[Entries | BaseException]:
        deadline = max(deadline for _, deadline in calls)
        documents = [document for entries, _ in calls for document in entries]
        for start in range(0, len(documents), BATCH):
            chunk = documents[start : start + BATCH]
            self._write(chunk, deadline)
            self._on_appended(sorted(chunk, key=lambda document: document["position"]))
        return [entries for entries, _ in calls]

    def _write(self, documents: Entries, deadline: float) -> None:
        pause = FIRST_PAUSE
        while left := self._attempt(documents):
            if time.monotonic() >= deadline:
                raise Unavailable("the database did not confirm log entries in time", {"retry_after": 1})
            if len(left) == len(documents):  # no progress: somebody is faster, or not yet seen by a majority
                time.sleep(pause * random.uniform(0.2, 1.0))  # noqa: S311 - spreads retries, guards nothing
                pause = min(pause * 2, LONGEST_PAUSE)
            documents = left

    def _attempt(self, documents: Entries) -> Entries:
        """One ordered insert; what is left to write after it."""
        try:
            self._number(documents)
            self._entries.insert_many(documents, ordered=True)
        except BulkWriteError as error:
            return self._partly(documents, error)
        except PyMongoError as error:
            if not passing(error):
                self._forget()
                raise
            return self._look_up(documents)
        self._remember(documents)
        return []

    def _number(self, documents: Entries) -> None:
        if self._head is None:
            self._forget()
            self._head = head(self.database)
        jobs = {document["job_id"] for document in documents} - {None}
        if unknown := [job_id for job_id in jobs if job_id not in self._seqs]:
            self._seqs |= heads(self.database, unknown)
        seqs = {job_id: self._seqs[job_id] for job_id in jobs}
        for position, document in enumerate(documents, self._head + 1):
            document["position"] = position
            if document["job_id"] is not None:
                document["seq"] = seqs[document["job_id"]] = seqs[document["job_id"]] + 1

    def _remember(self, written: Entries) -> None:
        for document in written:
            self._head = document["position"]
            if document["job_id"] is not None:
                self._seqs[document["job_id"]] = document["seq"]
        if len(self._seqs) > MOST_JOBS:
            self._seqs.clear()

    def _forget(self) -> None:
        self._head = None
        self._seqs.clear()

    def _partly(self, documents: Entries, error: BulkWriteError) -> Entries:
        """An ordered batch stopped at its first objection: those before it are in, if a majority has them."""
        details: Any = error.details
        self._forget()
        if details.get("writeConcernErrors"):
            return self._look_up(documents)
        objection = details["writeErrors"][0]
        left = documents[objection["index"] :]
        if objection.get("code") == 11000:
            # My own id: an attempt whose answer was lost has written it. A place: another process was faster.
            return self._look_up(left) if set(objection.get("keyPattern", {})) == {"_id"} else left
        if objection.get("code") in PASSING:
            return left
        raise OperationFailure(str(objection.get("errmsg")), objection.get("code"))

    def _look_up(self, documents: Entries) -> Entries:
        """Those of the entries that a majority does not have."""
        self._forget()
        ids = [document["_id"] for document in documents]
        try:
            rows = list(self._entries.find({"_id": {"$in": ids}}, {"position": 1, "seq": 1}))
        except PyMongoError as error:
            if not passing(error):
                raise
            return documents  # nobody to ask: open until the deadline
        found = {row["_id"]: row for row in rows}
        for document in documents:
            document.update(found.get(document["_id"], {}))
        return [document for document in documents if document["_id"] not in found]
