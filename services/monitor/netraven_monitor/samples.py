"""Latency samples: a time-series collection that forgets by itself. No verdicts, no events.

One document holds what several groups of devices answered at one moment: their ids in one row of bytes, their
latencies in another. Ten thousand devices are 64 documents a sweep and not ten thousand, and a sample takes
less than five bytes on the disk. A device's group never changes, so its samples are found by group and
time.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import chain, islice
from typing import Any, Self

from pymongo.database import Database
from pymongo.errors import CollectionInvalid
from pymongo.write_concern import WriteConcern

from netraven_monitor.schedule import group_of

_NAME = "samples"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY_SECONDS = 86_400
_ID = 12  # bytes of a device's id
# So many neighbouring groups go together. More would be cheaper to write and dearer to read.
_TOGETHER = 4
_SILENCE = math.nan
# Documents decoded at once: the hub waits for it.
_PAGE = 200


@dataclass(frozen=True, slots=True)
class Turn:
    """What the devices of one group answered at `at` (UTC milliseconds).

    `latencies` has milliseconds, None for silence, for each of `ids`; `row`: the ids as one row of bytes.
    """

    at: int
    group: int
    ids: Sequence[str]
    row: bytes
    latencies: Sequence[float | None]

    @classmethod
    def of(cls, at: int, group: int, latencies: Mapping[str, float | None]) -> Self:
        """A turn from {device id: milliseconds, None for silence}."""
        return cls(at, group, tuple(latencies), row_of(latencies), tuple(latencies.values()))


def row_of(ids: Iterable[str]) -> bytes:
    """Ids of devices as one row of bytes."""
    return bytes.fromhex("".join(ids))


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
                timeseries={"timeField": "at", "metaField": "bundle", "granularity": "minutes"},
                expireAfterSeconds=self._seconds,
            )
        except CollectionInvalid:
            self._database.command("collMod", _NAME, expireAfterSeconds=self._seconds)
        self._collection.create_index([("bundle", 1), ("at", 1)])

    def add(self, turns: Iterable[Turn]) -> None:
        """Keep what was answered. Raises pymongo's errors."""
        bundles: dict[tuple[int, int], list[Turn]] = {}
        for turn in turns:
            if turn.ids:
                bundles.setdefault((turn.at, turn.group // _TOGETHER), []).append(turn)
        if bundles:
            self._collection.insert_many([_document(bundle) for bundle in bundles.values()], ordered=False)

    def of(self, device_id: str, start: int, end: int, limit: int) -> list[tuple[int, float | None]]:
        """A device's newest `limit` samples from `start` up to before `end` (UTC milliseconds), oldest first.

        Each is (UTC milliseconds, milliseconds or None for silence).
        """
        group = group_of(device_id)
        query = {
            "bundle": group // _TOGETHER,
            "at": {"$gte": _date(start), "$lt": _date(end)},
            "groups": group,
        }
        fields = {"_id": 0, "at": 1, "ids": 1, "ms": 1}
        rows = self._collection.find(query, fields, batch_size=_PAGE).sort("at", -1)
        found = list(islice(_pick(rows, bytes.fromhex(device_id)), limit))
        return found[::-1]


def _document(turns: Sequence[Turn]) -> dict[str, Any]:
    values = list(chain.from_iterable(turn.latencies for turn in turns))
    if None in values:
        values = [_SILENCE if latency is None else latency for latency in values]
    return {
        "at": _date(turns[0].at),
        "bundle": turns[0].group // _TOGETHER,
        "groups": [turn.group for turn in turns],
        "ids": b"".join(turn.row for turn in turns),
        "ms": struct.pack(f"<{len(values)}f", *values),
    }


def _pick(rows: Iterable[Mapping[str, Any]], device: bytes) -> Iterator[tuple[int, float | None]]:
    for row in rows:
        index = _index(row["ids"], device)
        if index is not None:
            (value,) = struct.unpack_from("<f", row["ms"], index * 4)
            yield _milliseconds(row["at"]), None if math.isnan(value) else round(value, 3)


def _index(ids: bytes, device: bytes) -> int | None:
    """Which of the ids in a row is the device's; bytes that look like it across two ids are none."""
    at = ids.find(device)
    while at >= 0 and at % _ID:
        at = ids.find(device, at + 1)
    return at // _ID if at >= 0 else None


def _date(ms: int) -> datetime:
    return _EPOCH + timedelta(milliseconds=ms)


def _milliseconds(moment: datetime) -> int:
    return (moment.replace(tzinfo=UTC) - _EPOCH) // timedelta(milliseconds=1)
