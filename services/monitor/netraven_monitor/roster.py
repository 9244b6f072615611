"""Whom to ask, kept in memory and read anew where something changed. No probing, no writing.

Two questions are asked before anything is read. Has anything happened at all: while the log's head and all
checkpoints stand where they stood, nothing has. And in which groups: versions of a view's documents only ever
grow, and no document is ever deleted, so the sum of a group's versions grows with every change of any of its
devices, whoever wrote it. The sum comes out of an index, at a fraction of reading ten thousand documents.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pymongo.collection import Collection

from netraven_chassis.core import Core
from netraven_chassis.views import LIVE
from netraven_monitor.samples import row_of
from netraven_monitor.watch import ONLINE, UNKNOWN

# What was parked goes into the view later and moves no checkpoint: so often the sums are looked at in any
# case.
TRUST_SECONDS = 300.0

Stand = tuple[Any, ...]
"""What is another one after anything has changed in the view."""


def stand_of(core: Core) -> Stand:
    """Where the log ends and how far each follower has come. Raises pymongo's errors.

    A change of the view comes before the checkpoint that it moves, and after the commit that it comes from:
    whoever reads the view between the two reads it again, at the latest when the views are next healed.
    """
    rows = core.database["checkpoints"].find({}, {"position": 1, "log_id": 1})
    return core.log.head(), *sorted((row["_id"], row["log_id"] or "", row["position"]) for row in rows)


class Remembered:
    """A stand that is asked for once in `seconds` at most: turns come ten times a second, and what changed a
    moment before one of them shows at the next. `clock` gives seconds that only grow.
    """

    def __init__(
        self, ask: Callable[[], Stand], seconds: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._ask, self._seconds, self._clock = ask, seconds, clock
        self._known: Stand = ()
        self._until = float("-inf")

    def __call__(self) -> Stand:
        """The stand. Raises pymongo's errors."""
        now = self._clock()
        if now >= self._until:
            self._known, self._until = self._ask(), now + self._seconds
        return self._known


@dataclass(frozen=True, slots=True)
class Target:
    """A device to ask: its address, and the status that stands since `as_of` (UTC milliseconds)."""

    id: str
    ip: str
    status: str = UNKNOWN
    as_of: int = 0


@dataclass(frozen=True, slots=True)
class Group:
    """The devices of one group, in any order; `addresses` are theirs, in the same. `row`: their ids as one
    row of bytes. `online`: all of them are.
    """

    number: int
    targets: tuple[Target, ...]
    ids: tuple[str, ...]
    row: bytes
    addresses: tuple[str, ...]
    online: bool


@dataclass(frozen=True, slots=True)
class _Kept:
    """A group as it was when `versions` was the sum of its versions, looked at upon `stand` at the moment
    `at`.
    """

    source: tuple[str, str]
    stand: Stand
    at: float
    versions: int
    group: Group


class Roster:
    """The devices of a pool, group by group.

    Parameters: `view` gives the collection of targets; `stand` tells by another answer that something may
    have changed in it.
    """

    def __init__(self, view: Callable[[], Collection[dict[str, Any]]], stand: Callable[[], Stand]) -> None:
        self._view, self._stand = view, stand
        self._kept: dict[int, _Kept] = {}

    def of(self, numbers: Sequence[int], devices: Mapping[str, Any]) -> list[Group]:
        """These groups as they are now, without the empty ones; `devices`: the query for the pool's devices.

        Raises pymongo's errors when the database is away.
        """
        # Before the view is looked at: what happens meanwhile shows at the next turn.
        stand, now, view = self._stand(), time.monotonic(), self._view()
        source = (view.name, repr(devices))
        found = {number: one.group for number, one in self._standing(numbers, source, stand, now)}
        doubtful = [number for number in numbers if number not in found]
        if doubtful:
            versions = dict.fromkeys(doubtful, 0) | _versions(view, doubtful)
            found |= self._same(versions, source)
            changed = [number for number in doubtful if number not in found and versions[number]]
            if changed:
                found |= {one.number: one for one in _read(view, {"group": {"$in": changed}}, devices)}
            for number in doubtful:
                group = found.setdefault(number, _group(number, ()))
                self._kept[number] = _Kept(source, stand, now, versions[number], group)
        return [found[number] for number in numbers if found[number].targets]

    def _standing(
        self, numbers: Iterable[int], source: tuple[str, str], stand: Stand, now: float
    ) -> Iterator[tuple[int, _Kept]]:
        """Those of the groups in which nothing can have changed."""
        for number in numbers:
            kept = self._kept.get(number)
            if kept and (kept.source, kept.stand) == (source, stand) and now - kept.at < TRUST_SECONDS:
                yield number, kept

    def _same(self, versions: Mapping[int, int], source: tuple[str, str]) -> dict[int, Group]:
        """Those of the groups in which nothing has changed."""
        kept = {number: self._kept[number] for number in versions if number in self._kept}
        return {
            number: one.group
            for number, one in kept.items()
            if (one.source, one.versions) == (source, versions[number])
        }

    def unknown(self, device_ids: Sequence[str], devices: Mapping[str, Any]) -> list[Group]:
        """Those of the devices that the view has and of which nothing is known, by group; nothing is kept.

        Raises pymongo's errors when the database is away.
        """
        query = {"_id": {"$in": list(device_ids)}, "status": {"$in": [None, UNKNOWN]}}
        return list(_read(self._view(), query, devices)) if device_ids else []

    def forget(self, kept: Callable[[int], bool]) -> None:
        """Drop the groups that others look after now."""
        self._kept = {number: one for number, one in self._kept.items() if kept(number)}


def _versions(view: Collection[dict[str, Any]], numbers: Sequence[int]) -> dict[int, int]:
    """The sum of all versions of each group that has documents."""
    rows = view.aggregate(
        [
            {"$match": {"group": {"$in": list(numbers)}}},
            {"$group": {"_id": "$group", "own": _OWN, "watch": _WATCH}},
        ]
    )
    return {row["_id"]: row["own"] + row["watch"] for row in rows}


_OWN, _WATCH = {"$sum": "$versions.own"}, {"$sum": "$versions.watch"}
INDEX = [("group", 1), ("versions.own", 1), ("versions.watch", 1)]
_FIELDS = {"group": 1, "ip": 1, "status": 1, "as_of": 1}


def _read(
    view: Collection[dict[str, Any]], query: Mapping[str, Any], devices: Mapping[str, Any]
) -> Iterable[Group]:
    found: dict[int, list[Target]] = {}
    for row in view.find({**query, **LIVE, **devices}, _FIELDS, batch_size=500):
        target = Target(row["_id"], row["ip"], row.get("status", UNKNOWN), row.get("as_of", 0))
        found.setdefault(row["group"], []).append(target)
    for number, targets in found.items():
        yield _group(number, targets)


def _group(number: int, targets: Sequence[Target]) -> Group:
    ids, addresses = tuple(one.id for one in targets), tuple(one.ip for one in targets)
    online = all(one.status == ONLINE for one in targets)
    return Group(number, tuple(targets), ids, row_of(ids), addresses, online)
