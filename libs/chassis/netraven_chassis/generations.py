"""Generations of a set of views: the live one, and one being built beside it. What a view holds is not
known here.

A pointer names the live generation. Every process keeps the pointer for a moment only, so a flip reaches all
of them soon; whoever still wrote to the old generation meanwhile is made up for by the tail that is read
again.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from pymongo import ReturnDocument
from pymongo.collection import Collection
from pymongo.database import Database
from pymongo.errors import CollectionInvalid
from pymongo.write_concern import WriteConcern

from netraven_chassis.views import ViewSet, Writer

POINTER_TTL = 1.0  # seconds that a process may go on with a pointer it has read


class Generations:
    """The generations of one service's views."""

    def __init__(self, database: Database[dict[str, Any]], views: ViewSet) -> None:
        # Views can be made again, and their checkpoints follow them in the same journal: no need to wait
        # for it. But a majority must have them, for what a step-down took back would be taken for done.
        self._database = database.with_options(write_concern=WriteConcern(w="majority", j=False))
        self._views = views
        self._pointer = self._database["views"]
        self._cached: dict[str, Any] = {"live": 0, "building": None}
        self._read_at = float("-inf")

    def prepare(self) -> None:
        """Make the first generation when there is none, and its indexes in any case."""
        first = {"live": 1, "building": None, "retiring": None, "last": 1, "shape": self._views.shape}
        self._pointer.update_one({"_id": "pointer"}, {"$setOnInsert": first}, upsert=True)
        self.make(self.live)

    def make(self, generation: int) -> None:
        """Create a generation's collections with their indexes; those that are there stay."""
        for name, indexes in self._views.collections.items():
            full = full_name(name, generation)
            # It is there already from an earlier start, or another instance has just made it.
            with suppress(CollectionInvalid):
                self._database.create_collection(full)
            if indexes:
                self._database[full].create_indexes(list(indexes))

    @property
    def live(self) -> int:
        """The generation that is read."""
        return int(self._current()["live"])

    @property
    def outdated(self) -> bool:
        """Whether the generation that is read is of an older shape than our views."""
        return int(self._current().get("shape", 1)) < self._views.shape

    def kept(self) -> list[int]:
        """The generations that writers feed: the live one, one being built, and one that some still read."""
        pointer = self._current()
        return [
            number for number in (pointer["live"], pointer.get("building"), pointer.get("retiring")) if number
        ]

    def collection(self, name: str, generation: int | None = None) -> Collection[dict[str, Any]]:
        """A view's collection, of the live generation unless another is named. KeyError for an unknown
        view.
        """
        if name not in self._views.collections:
            raise KeyError(f"no view is called {name}")
        return self._database[full_name(name, generation or self.live)]

    def writer(self, generations: Sequence[int] | None = None) -> Writer:
        """A writer to these generations; to all that are kept when none are named."""
        wanted = list(generations) if generations is not None else self.kept()
        return Writer(lambda name: [self._database[full_name(name, number)] for number in wanted])

    def begin(self) -> int:
        """Start building a generation; it is fed from now on. One left behind by a crash is given up."""
        pointer = self._pointer.find_one_and_update(
            {"_id": "pointer"},
            [{"$set": {"last": {"$add": ["$last", 1]}, "building": {"$add": ["$last", 1]}}}],
            return_document=ReturnDocument.AFTER,
        )
        self.make(pointer["building"])
        self.forget()
        return int(pointer["building"])

    def flip(self, generation: int) -> bool:
        """Make the generation that was built the live one; False when another build has replaced it.

        The one before is fed until `retire`, for those who have not read the pointer since.
        """
        flipped = self._pointer.update_one(
            {"_id": "pointer", "building": generation},
            [
                {
                    "$set": {
                        "retiring": "$live",
                        "live": generation,
                        "building": None,
                        "shape": self._views.shape,
                    }
                }
            ],
        )
        self.forget()
        return flipped.matched_count == 1

    def retire(self) -> None:
        """Throw away what no process can be reading any more: all but the live and a building generation."""
        self._pointer.update_one({"_id": "pointer"}, {"$set": {"retiring": None}})
        self.forget()
        kept = {full_name(name, number) for name in self._views.collections for number in self.kept()}
        prefixes = tuple(f"{name}@" for name in self._views.collections)
        for name in self._database.list_collection_names():
            if name.startswith(prefixes) and name not in kept:
                self._database.drop_collection(name)

    def abandon(self, generation: int) -> None:
        """Stop feeding a generation that is not going to be live, and drop it."""
        self._pointer.update_one({"_id": "pointer", "building": generation}, {"$set": {"building": None}})
        self.forget()
        self.drop(generation)

    def drop(self, generation: int) -> None:
        """Throw a generation away."""
        for name in self._views.collections:
            self._database.drop_collection(full_name(name, generation))

    def forget(self) -> None:
        """Read the pointer again at its next use."""
        self._read_at = float("-inf")

    def _current(self) -> dict[str, Any]:
        if time.monotonic() - self._read_at > POINTER_TTL:
            self._cached = self._pointer.find_one({"_id": "pointer"}) or self._cached
            self._read_at = time.monotonic()
        return self._cached


def full_name(view: str, generation: int) -> str:
    """The name of the collection that holds a view in a generation: devices@3."""
    return f"{view}@{generation}"
