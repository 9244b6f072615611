"""Looking through the latest configuration of every device, redacted, a stretch of the fleet at a time.

An answer comes in time whatever the fleet's size: it says where it stopped, and the next question goes on
from there. What matches is matching.py's to say.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from netraven_chassis.bound import BoundStore
from netraven_chassis.clock import iso
from netraven_chassis.views import LIVE
from netraven_contracts.errors import NotFound, ValidationFailed
from netraven_jobs import matching, texts
from netraven_jobs.apart import apart
from netraven_jobs.backup_queries import KEPT
from netraven_jobs.backup_views import BACKUPS, FLEET
from netraven_jobs.matching import Pattern, TooSlow
from netraven_jobs.scribe import Scribe

BATCH = 50  # devices read at once
BUDGET_SECONDS = 2.5  # after this long an answer tells what was found so far
MOST_LINES = 200  # unless asked otherwise

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Search:
    """What is looked for and where: `after` is the device id to go on behind, `limit` how many lines are
    enough; `device_id`, `platform` and `location` narrow the fleet.
    """

    pattern: Pattern
    limit: int = MOST_LINES
    after: str = ""
    narrow: Mapping[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Found:
    """What was found so far."""

    devices: int = 0
    lines: int = 0
    matches: list[Row] = field(default_factory=list)
    last: str = ""


def asked(wanted: Mapping[str, Any]) -> Search:
    """The search that {q, regex, case, context, limit, after, device_id, platform, location} asks for.

    Raises ValidationFailed for a bad regular expression.
    """
    pattern = matching.pattern(
        wanted["q"], wanted.get("regex", False), wanted.get("case", False), wanted.get("context", 0)
    )
    narrow = {name: wanted[name] for name in ("platform", "location") if name in wanted}
    if "device_id" in wanted:
        narrow["_id"] = wanted["device_id"]
    return Search(pattern, wanted.get("limit", MOST_LINES), wanted.get("after", ""), narrow)


def search(store: BoundStore, scribe: Scribe, wanted: Search, budget: float = BUDGET_SECONDS) -> Row:
    """What was found within `budget` seconds: {matches, lines, searched, devices, complete, next}.

    `next` goes on behind the last device that was looked at. Raises ValidationFailed for a pattern that takes
    too long.
    """
    deadline, found = time.monotonic() + budget, Found(last=wanted.after)
    complete = True
    for batch in _batches(store, wanted):
        _look(store, scribe, wanted, batch, found, deadline)
        complete = found.last == batch[-1]["_id"]
        if not complete or found.lines >= wanted.limit or time.monotonic() >= deadline:
            break
    complete = complete and _none_after(store, wanted, found.last)
    return {
        "matches": found.matches,
        "lines": found.lines,
        "searched": found.devices,
        "devices": store.collection(FLEET).count_documents(_fleet(wanted)),
        "complete": complete,
        "next": None if complete else found.last,
    }


def _fleet(wanted: Search) -> Row:
    return {**LIVE, "last_backup_at": {"$gt": 0}, **wanted.narrow}


def _none_after(store: BoundStore, wanted: Search, last: str) -> bool:
    query = {"$and": [_fleet(wanted), {"_id": {"$gt": last}}]}
    return store.collection(FLEET).find_one(query, {"_id": 1}) is None


def _batches(store: BoundStore, wanted: Search) -> Iterator[list[Row]]:
    """The devices by their ids, some at a time."""
    query = {"$and": [_fleet(wanted), {"_id": {"$gt": wanted.after}}]}
    shown = {"name": 1, "last_backup_id": 1}
    batch: list[Row] = []
    for row in store.collection(FLEET).find(query, shown, sort=[("_id", 1)], batch_size=10 * BATCH):
        batch.append(row)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _look(
    store: BoundStore, scribe: Scribe, wanted: Search, batch: Sequence[Row], found: Found, deadline: float
) -> None:
    """Look at these devices, as far as there is time and not enough is found; always at the first of them."""
    ids = [row["last_backup_id"] for row in batch]
    backups = {row["_id"]: row for row in store.collection(BACKUPS).find({"_id": {"$in": ids}, **KEPT})}
    kept = texts.copies(store.database, list(backups.values()))
    for device in batch:
        backup = backups.get(device["last_backup_id"])
        if backup is not None:
            _look_at(store, scribe, wanted, device, backup, kept, found)
        found.devices += 1
        found.last = device["_id"]
        if found.lines >= wanted.limit or time.monotonic() >= deadline:
            return


def _look_at(
    store: BoundStore,
    scribe: Scribe,
    wanted: Search,
    device: Row,
    backup: Row,
    kept: Mapping[str, texts.Row],
    found: Found,
) -> None:
    copy = kept.get(texts.name_of(backup))
    try:
        if copy is not None:
            lines, more = apart(copy["size"], _matches, wanted.pattern, copy)
        else:
            text = texts.redacted(store.database, scribe, backup)
            lines, more = apart(len(text), matching.lines, wanted.pattern, text)
    except TooSlow:
        reason = "takes too long on a configuration; make the expression simpler"
        raise ValidationFailed("The search takes too long", {"q": [reason]}) from None
    except NotFound:
        return  # discarded at this moment
    if lines:
        found.lines += len(lines)
        found.matches.append(
            {
                "device_id": device["_id"],
                "device_name": device.get("name"),
                "backup_id": backup["_id"],
                "taken_at": iso(backup["taken_at"]),
                "lines": [matching.told(line) for line in lines],
                "more": more,
            }
        )


def _matches(pattern: Pattern, copy: texts.Row) -> tuple[list[matching.Line], bool]:
    """Everything that takes the processor, in one go: unpack, decode, match."""
    return matching.lines(pattern, texts.unpacked(copy))
