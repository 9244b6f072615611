"""Whom to ask, kept in memory and read anew where something changed. No probing, no writing.

Versions of a view's documents only ever grow, and no document is ever deleted; so the sum of a group's
versions grows with every change of any of its devices, whoever wrote it. The sum comes out of an index: to
find that nothing has changed costs a fraction of reading ten thousand documents.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pymongo.collection import Collection

from netraven_chassis.views import LIVE
from netraven_monitor.watch import ONLINE, UNKNOWN


@dataclass(frozen=True, slots=True)
class Target:
    """A device to ask: its address, and the status that stands since `as_of` (UTC milliseconds)."""

    id: str
    ip: str
    status: str = UNKNOWN
    as_of: int = 0


@dataclass(frozen=True, slots=True)
class Group:
    """The devices of one group, in any order; `addresses` are theirs, in the same. `online`: all of them
    are.
    """

    number: int
    targets: tuple[Target, ...]
    ids: tuple[str, ...]
    addresses: tuple[str, ...]
    online: bool


@dataclass(frozen=True, slots=True)
class _Kept:
    source: tuple[str, str]
    versions: int
    group: Group


class Roster:
    """The devices of a pool, group by group.

    Parameters: `view` gives the collection of targets.
    """

    def __init__(self, view: Callable[[], Collection[dict[str, Any]]]) -> None:
        self._view = view
        self._kept: dict[int, _Kept] = {}

    def of(self, numbers: Sequence[int], devices: Mapping[str, Any]) -> list[Group]:
        """These groups as they are now, without the empty ones; `devices`: the query for the pool's devices.

        Raises pymongo's errors when the database is away.
        """
        view = self._view()
        source, versions = (view.name, repr(devices)), _versions(view, numbers)
        stale = [number for number in versions if not self._is_fresh(number, source, versions[number])]
        if stale:
            fresh = {group.number: group for group in _read(view, {"group": {"$in": stale}}, devices)}
            for number in stale:
                group = fresh.get(number, _group(number, ()))
                self._kept[number] = _Kept(source, versions[number], group)
        found = (self._kept[number].group for number in numbers if number in versions)
        return [group for group in found if group.targets]

    def _is_fresh(self, number: int, source: tuple[str, str], versions: int) -> bool:
        kept = self._kept.get(number)
        return kept is not None and (kept.source, kept.versions) == (source, versions)

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
    return Group(number, tuple(targets), ids, addresses, all(one.status == ONLINE for one in targets))
