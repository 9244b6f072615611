"""Uniqueness across streams: who holds a value, by a row with a unique key, taken before the append.

A row names the stream and the version at which it expects to take hold. A row that a crash left behind is
taken over only after a commit into the slow owner's stream has made sure that its append will lose.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from pymongo import DeleteOne
from pymongo.database import Database
from pymongo.errors import BulkWriteError
from pymongo.write_concern import WriteConcern

from netraven_chassis.clock import now_ms

# A command is given up after a few seconds; a row that is older than this and never took hold was left
# behind.
GRACE_MS = 10_000
DUPLICATE = 11000  # mongod's code for a unique index that objects


@dataclass(frozen=True, slots=True)
class ClaimVoided:
    """A reservation of this stream was taken over, because the command that made it never came through."""

    key: str


@dataclass(frozen=True, slots=True)
class Wish:
    """A value that the commit of `stream` beginning at `version` wants for itself; `claim` is its draft's
    id.
    """

    kind: str
    value: str
    stream: str
    version: int
    claim: str

    @property
    def key(self) -> str:
        """The row's key."""
        return f"{self.kind}:{self.value}"

    def row(self, at: int) -> dict[str, Any]:
        """The row, made at `at` (UTC milliseconds)."""
        return {
            "_id": self.key,
            "stream": self.stream,
            "version": self.version,
            "claim": self.claim,
            "at": at,
        }


class Holders(Protocol):
    """What the reservations ask of the log."""

    def version_and_keys(self, stream: str) -> tuple[int, Mapping[str, str]]:
        """The stream's version and the unique keys that its state holds now."""

    def void(self, stream: str, version: int, key: str) -> bool:
        """Append ClaimVoided after `version`; False when the stream has moved on."""


class Reservations:
    """The rows of one service."""

    def __init__(self, database: Database[dict[str, Any]], holders: Holders, *, replicated: bool) -> None:
        # On one node the journal keeps the order of row and append, and the append's flush covers both. On a
        # replica set a fail-over in between could lose the row alone, so a majority must have it first.
        concern = WriteConcern(w="majority", wtimeout=3000) if replicated else WriteConcern(w=1)
        self._rows = database.get_collection("reservations", write_concern=concern)
        self._holders = holders

    def take(self, wishes: Sequence[Wish]) -> tuple[set[Wish], set[Wish]]:
        """Reserve what is wished for; those refused, because another stream holds the value, and those
        undecided, because another command that wants it is under way: ask again.

        A row whose append then lost needs no care: whoever comes next sees that the stream has passed that
        version without holding the value.
        """
        at = now_ms()
        try:
            self._rows.insert_many([wish.row(at) for wish in wishes], ordered=False)
        except BulkWriteError as error:
            objections = error.details["writeErrors"]
            if any(objection["code"] != DUPLICATE for objection in objections):
                raise
            answers = self._contest_all({wishes[objection["index"]] for objection in objections})
            return (
                {wish for wish, answer in answers.items() if answer is False},
                {wish for wish, answer in answers.items() if answer is None},
            )
        return set(), set()

    def _contest_all(self, wishes: Iterable[Wish]) -> dict[Wish, bool | None]:
        """For each whether a row that is there already may be its own; None: not decided yet, ask again.

        Who holds a value is asked once for all who wish for it: a hundred may come at once.
        """
        by_key: dict[str, list[Wish]] = {}
        for wish in wishes:
            by_key.setdefault(wish.key, []).append(wish)
        answers: dict[Wish, bool | None] = {wish: None for some in by_key.values() for wish in some}
        for there in self._rows.find({"_id": {"$in": list(by_key)}}):
            answers |= self._contest(there, by_key[there["_id"]])
        return answers

    def _contest(self, there: Mapping[str, Any], wishes: Sequence[Wish]) -> dict[Wish, bool | None]:
        """The answers to those who wish for the value of one row."""
        own = [wish for wish in wishes if wish.stream == there["stream"]]
        if own:
            return {own[0]: self._replace(there, own[0])}
        first = wishes[0]
        version, keys = self._holders.version_and_keys(there["stream"])
        if keys.get(first.kind) == first.value:
            return dict.fromkeys(wishes, False)
        # Either it did take hold, and has let go since; or it was left behind.
        if version >= there["version"] or self._is_void(there, version, first):
            return {first: self._replace(there, first)}
        return {}

    def _is_void(self, there: Mapping[str, Any], version: int, wish: Wish) -> bool:
        if now_ms() - there["at"] < GRACE_MS:
            return False
        return self._holders.void(there["stream"], version, wish.key)

    def _replace(self, there: Mapping[str, Any], wish: Wish) -> bool | None:
        swapped = self._rows.replace_one({"_id": wish.key, "claim": there["claim"]}, wish.row(now_ms()))
        return True if swapped.matched_count else None

    def release(self, freed: Sequence[Wish]) -> None:
        """Let values go, which the commits up to each wish's version gave up.

        A later command of the same stream may have taken one again meanwhile: its row has a higher version.
        """
        self._rows.bulk_write(
            [
                DeleteOne({"_id": wish.key, "stream": wish.stream, "version": {"$lte": wish.version}})
                for wish in freed
            ],
            ordered=False,
        )

    def withdraw(self, wishes: Sequence[Wish]) -> None:
        """Take back the rows of drafts that were given up before anything was appended."""
        if wishes:
            self._rows.bulk_write(
                [DeleteOne({"_id": wish.key, "claim": wish.claim}) for wish in wishes], ordered=False
            )
