"""Latency samples: a time-series collection that forgets by itself. No verdicts, no events.

One document holds what a group of devices answered in one turn, {device_id: milliseconds or null}: ten
thousand devices are 256 documents a sweep and not ten thousand. A device's group never changes, so its
samples are found by group and time, and the database cuts its number out of each document.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from pymongo.database import Database
from pymongo.errors import CollectionInvalid
from pymongo.write_concern import WriteConcern

from netraven_monitor.schedule import group_of

_NAME = "samples"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY_SECONDS = 86_400


@dataclass(frozen=True, slots=True)
class Turn:
    """What one group answered at `at` (UTC milliseconds)."""

    at: int
    group: int
    latencies: Mapping[str, float | None]


class Samples:
    """The samples of one database.

    Parameters: `retention_days`, after which a sample may be gone.
    """

    def __init__(self, database: Database[dict[str, Any]], retention_days: int) -> None:
        # A sample lost in a crash is a sample not taken: no need to wait for the journal.
        self._database = database.with_options(write_concern=WriteConcern(w=1))
        self._seconds = retention_days * _DAY_SECONDS
        self._collection = self._database[_NAME]

    def prepare(self) -> None:
        """Make the collection, or set its retention anew. Raises pymongo's errors when the database is
        away.
        """
        try:
            self._database.create_collection(
                _NAME,
                timeseries={"timeField": "at", "metaField": "group", "granularity": "minutes"},
                expireAfterSeconds=self._seconds,
            )
        except CollectionInvalid:
            self._database.command("collMod", _NAME, expireAfterSeconds=self._seconds)
        self._collection.create_index([("group", 1), ("at", 1)])

    def add(self, turns: Iterable[Turn]) -> None:
        """Keep what was answered. Raises pymongo's errors."""
        documents = [
            {"at": _date(turn.at), "group": turn.group, "ms": dict(turn.latencies)}
            for turn in turns
            if turn.latencies
        ]
        if documents:
            self._collection.insert_many(documents, ordered=False)

    def of(self, device_id: str, start: int, end: int, limit: int) -> list[tuple[int, float | None]]:
        """A device's newest `limit` samples from `start` up to before `end` (UTC milliseconds), oldest first.

        Each is (UTC milliseconds, milliseconds or None for silence).
        """
        field = f"ms.{device_id}"
        query = {
            "group": group_of(device_id),
            "at": {"$gte": _date(start), "$lt": _date(end)},
            field: {"$exists": True},
        }
        rows = self._collection.find(query, {"_id": 0, "at": 1, field: 1}).sort("at", -1).limit(limit)
        found = [(_milliseconds(row["at"]), row["ms"][device_id]) for row in rows]
        return found[::-1]


def _date(ms: int) -> datetime:
    return _EPOCH + timedelta(milliseconds=ms)


def _milliseconds(moment: datetime) -> int:
    return (moment.replace(tzinfo=UTC) - _EPOCH) // timedelta(milliseconds=1)
