"""Reading the log, and what its collection must look like. Writing is the appender's; nothing here decides.

All that follows the log reads what a majority has: a local read may show a commit that a fail-over undoes.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from operator import attrgetter
from typing import Any

from pymongo import ASCENDING, DESCENDING, IndexModel
from pymongo.collection import Collection
from pymongo.database import Database
from pymongo.errors import DuplicateKeyError
from pymongo.read_concern import ReadConcern
from pymongo.read_preferences import ReadPreference
from pymongo.write_concern import WriteConcern

from netraven_chassis.eventlog.commit import WIRE, Commit, from_document

Document = dict[str, Any]

# The order matters: mongod reports the first index that objects, and a lost stream or command should show
# before a position that is taken, which is only a matter of trying the next one.
INDEXES = (
    IndexModel(
        [("command_id", ASCENDING), ("stream", ASCENDING)],
        name="command",
        unique=True,
        partialFilterExpression={"command_id": {"$type": "string"}},
    ),
    IndexModel([("stream", ASCENDING), ("first", ASCENDING)], name="stream", unique=True),
    IndexModel([("position", ASCENDING)], name="position", unique=True),
)

WRITE_CONCERN = WriteConcern(w="majority", j=True, wtimeout=3000)
READ_CONCERN = ReadConcern("majority")


IN_STREAMS = [("stream", ASCENDING), ("first", ASCENDING)]


class GapInLog(Exception):
    """The log lacks a position below its head, which must never be; nothing is read past it."""


class EventLog:
    """The commits of one service, in a database of its own."""

    def __init__(self, database: Database[Document]) -> None:
        self.commits: Collection[Document] = database.get_collection(
            "commits",
            write_concern=WRITE_CONCERN,
            read_concern=READ_CONCERN,
            read_preference=ReadPreference.PRIMARY,
        )
        self._meta: Collection[Document] = database.get_collection(
            "log", write_concern=WRITE_CONCERN, read_concern=READ_CONCERN
        )
        self._log_id: str | None = None

    def prepare(self) -> None:
        """Make the indexes and, once in the log's life, its id."""
        self.commits.create_indexes(list(INDEXES))
        try:
            self._meta.insert_one({"_id": "log", "log_id": secrets.token_hex(8)})
        except DuplicateKeyError:
            return  # another instance, or an earlier start, was first

    @property
    def log_id(self) -> str:
        """The id made once for this log: followers that find another one start anew."""
        if self._log_id is None:
            found = self._meta.find_one({"_id": "log"})
            if found is None:
                raise LookupError("the log has no id yet: prepare() has not run")
            self._log_id = found["log_id"]
        return self._log_id

    def head(self) -> int:
        """The last position; 0 for an empty log."""
        last = self.commits.find_one({}, {"position": 1}, sort=[("position", DESCENDING)])
        return last["position"] if last else 0

    def stream(self, stream: str) -> list[Commit]:
        """All commits of one stream, in order."""
        return self.streams([stream])[stream]

    def streams(
        self, names: Sequence[str], begin: Mapping[str, int] | None = None
    ) -> dict[str, list[Commit]]:
        """The commits of each of the streams, in order; a stream without any has an empty list.

        `begin`, {stream: version}: the first commits wanted are those that begin there; of the others all.
        """
        found: dict[str, list[Commit]] = {name: [] for name in names}
        query = self.commits.find(_wanted(list(found), begin or {}), WIRE, sort=IN_STREAMS)
        for document in query:
            found[document["stream"]].append(from_document(document))
        return found

    def every_stream(self) -> Iterator[Iterator[Commit]]:
        """Each stream of the log with all its commits, one after the other; to be read in that order."""
        commits = map(from_document, self.commits.find({}, WIRE, sort=IN_STREAMS))
        for _, stream in groupby(commits, key=attrgetter("stream")):
            yield stream

    def back(self, stream: str, version: int | None = None) -> Iterator[Commit]:
        """A stream's commits, the last one first; with `version`, from the one that holds it on."""
        within = {} if version is None else {"first": {"$lte": version}}
        newest_first = [("stream", DESCENDING), ("first", DESCENDING)]
        with self.commits.find({"stream": stream, **within}, WIRE, sort=newest_first) as cursor:
            yield from map(from_document, cursor)

    def commanded(self, commands: Mapping[str, str]) -> set[str]:
        """Those of the streams, {stream: command id}, in which the command has been carried out."""
        # The index holds ids that are strings alone, and is taken only for a question that says so.
        asked = [
            {"stream": stream, "command_id": {"$eq": command_id, "$type": "string"}}
            for stream, command_id in commands.items()
        ]
        found = self.commits.find({"$or": asked}, {"stream": 1}) if asked else ()
        return {document["stream"] for document in found}

    def documents(self, after: int, limit: int) -> list[Document]:
        """Up to `limit` commits past position `after`, as documents without their own id; never past a
        gap.
        """
        # Asked for with every page that is counted: as a bare command it costs half of a cursor.
        # An answer that mongod cuts at 16 MB is a shorter range, and no gap.
        answer = self.commits.database.command(
            "find",
            self.commits.name,
            filter={"position": {"$gt": after}},
            projection=WIRE,
            sort={"position": ASCENDING},
            limit=limit,
            batchSize=limit,
            singleBatch=True,
            readConcern=READ_CONCERN.document,
            read_preference=ReadPreference.PRIMARY,
        )
        found: list[Document] = answer["cursor"]["firstBatch"]
        for number, document in enumerate(found, after + 1):
            if document["position"] != number:
                raise GapInLog(f"position {number} is missing before {document['position']}")
        return found

    def range(self, after: int, limit: int) -> list[Commit]:
        """Up to `limit` commits past position `after`."""
        return [from_document(document) for document in self.documents(after, limit)]

    def positions(self, ids: Sequence[str]) -> dict[str, int]:
        """The positions of those drafts, by id, that a majority has."""
        found = self.commits.find({"_id": {"$in": list(ids)}}, {"position": 1})
        return {document["_id"]: document["position"] for document in found}


def _wanted(names: Sequence[str], begin: Mapping[str, int]) -> Document:
    """The query for these streams, some of them from a version on."""
    whole = [name for name in names if name not in begin]
    parts: list[Document] = [{"stream": name, "first": {"$gte": first}} for name, first in begin.items()]
    if whole or not parts:
        parts.append({"stream": whole[0] if len(whole) == 1 else {"$in": whole}})
    return parts[0] if len(parts) == 1 else {"$or": parts}
