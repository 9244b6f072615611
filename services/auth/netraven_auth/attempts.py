"""Counts log-ins that failed, for all instances together, by atomic updates. The rule stands in throttle.py.

A try takes its place before the password is looked at, so that a hundred at once are not a hundred guesses.
Places that are taken and not yet decided make others wait for a moment, and count for nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from pymongo import IndexModel, ReturnDocument
from pymongo.database import Database
from pymongo.errors import DuplicateKeyError
from pymongo.write_concern import WriteConcern

from netraven_auth.throttle import FAILURES, WINDOW_MS, WrongPassword, wait_seconds
from netraven_chassis.ids import new_id
from netraven_contracts.errors import RateLimited, Unavailable

UNDECIDED_MS = 10_000  # a try that takes longer was given up
POLL_SECONDS, PATIENCE_SECONDS = 0.05, 1.0


class Attempts:
    """The counts in one auth database. `now` gives UTC milliseconds."""

    def __init__(self, database: Database[dict[str, Any]], now: Callable[[], int]) -> None:
        # Losing a count at a fail-over gives somebody five more guesses: not worth a journal flush each.
        self._rows = database.get_collection("attempts", write_concern=WriteConcern(w=1))
        self._now = now

    def prepare(self) -> None:
        """Make the index by which counts go when they are over."""
        self._rows.create_indexes([IndexModel("expires", expireAfterSeconds=0)])

    @contextmanager
    def one(self, name: str, keys: Sequence[str]) -> Iterator[None]:
        """A try that counts under `name` and `keys` if it ends in WrongPassword; success clears `name`.

        Raises RateLimited, with the seconds to wait, when too many have failed; Unavailable when too many
        others are being tried just now.
        """
        mark, taken = new_id(), []
        try:
            for key in (name, *keys):
                self._take(key, mark)
                taken.append(key)
            yield
        except WrongPassword:
            self._settle(taken, mark, {"failures": {"$each": [self._now()], "$slice": -FAILURES}})
            raise
        except Exception:
            self._settle(taken, mark)
            raise
        self._settle(taken, mark)
        self._rows.update_one({"_id": name}, {"$set": {"failures": []}})

    def _take(self, key: str, mark: str) -> None:
        """Take a place under `key`, once others' tries are decided. Raises RateLimited, Unavailable."""
        until = time.monotonic() + PATIENCE_SECONDS
        while True:
            now = self._now()
            row = self._offer(key, mark, now)
            if any(try_["id"] == mark for try_ in row["undecided"]):
                return
            if wait := wait_seconds(row["failures"], now):
                raise RateLimited("too many failed log-ins; wait a moment", {"retry_after": wait})
            if time.monotonic() > until:
                raise Unavailable("too many log-ins at once; try again shortly", {"retry_after": 1})
            time.sleep(POLL_SECONDS)

    def _offer(self, key: str, mark: str, now: int) -> dict[str, Any]:
        """The row after our try has been added to it, if there was a place."""
        expires = datetime.now(UTC) + timedelta(milliseconds=2 * WINDOW_MS)
        while True:
            try:
                row: dict[str, Any] = self._rows.find_one_and_update(
                    {"_id": key},
                    _one_more({"id": mark, "at": now}, now, expires),
                    upsert=True,
                    return_document=ReturnDocument.AFTER,
                )
            except DuplicateKeyError:
                continue  # another one made the row at the same moment
            return row

    def _settle(self, keys: Sequence[str], mark: str, push: dict[str, Any] | None = None) -> None:
        change: dict[str, Any] = {"$pull": {"undecided": {"id": mark}}}
        if push:
            change["$push"] = push
        self._rows.update_many({"_id": {"$in": list(keys)}}, change)


def _one_more(mine: dict[str, Any], now: int, expires: datetime) -> list[dict[str, Any]]:
    """The update that drops what is over and adds a try if that leaves a place."""

    def since(field: str, at: str, oldest: int) -> dict[str, Any]:
        return {"$filter": {"input": {"$ifNull": [field, []]}, "cond": {"$gt": [at, oldest]}}}

    sizes = {"$add": [{"$size": "$failures"}, {"$size": "$undecided"}]}
    added = {"$concatArrays": ["$undecided", [mine]]}
    return [
        {
            "$set": {
                "failures": since("$failures", "$$this", now - WINDOW_MS),
                "undecided": since("$undecided", "$$this.at", now - UNDECIDED_MS),
                "expires": expires,
            }
        },
        {"$set": {"undecided": {"$cond": [{"$lt": [sizes, FAILURES]}, added, "$undecided"]}}},
    ]
