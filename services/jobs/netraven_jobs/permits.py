"""Who may have a session: one at a time with each device, and so many at each location, over all workers.

A permit is a field of a running task under a unique index, so taking the task and its permits is one write,
and they can neither be taken twice nor be left behind by a task that is not running. When a task runs is
claims.py's.
"""

from __future__ import annotations

import random
from typing import Any

from pymongo import IndexModel
from pymongo.collection import Collection
from pymongo.errors import DuplicateKeyError

DEVICE, SLOT = "session_on", "site_slot"
HELD = (DEVICE, SLOT)
"""The fields of a task that are its permits."""

INDEXES = tuple(
    IndexModel([(field, 1)], unique=True, name=field, partialFilterExpression={field: {"$exists": True}})
    for field in HELD
)


def of_device(ident: str) -> str:
    """What a task waits for whose device has a session already."""
    return f"device:{ident}"


def of_site(location: str | None) -> str:
    """What a task waits for at whose location there are sessions enough."""
    return f"site:{location}"


def free_slot(tasks: Collection[dict[str, Any]], location: str | None, limit: int) -> str | None:
    """A slot at a location that seems to be free, any of them; None when there is none."""
    site = of_site(location)
    slots = [f"{site}#{number}" for number in range(limit)]
    # From the first to past the last of them: one walk along those that are taken.
    held = {SLOT: {"$gte": f"{site}#", "$lt": f"{site}$"}}
    taken = {row[SLOT] for row in tasks.find(held, {SLOT: 1, "_id": 0})}
    free = [slot for slot in slots if slot not in taken]
    # Any, so that workers who look at once do not all reach for the same one.
    return random.choice(free) if free else None  # noqa: S311 - spreads, guards nothing


def full_sites(tasks: Collection[dict[str, Any]], limit: int) -> list[str]:
    """The locations at which no session more may begin."""
    if not limit:
        return []
    held = {"$match": {SLOT: {"$exists": True}}}
    groups = tasks.aggregate([held, {"$group": {"_id": "$device.location", "held": {"$sum": 1}}}])
    return [row["_id"] for row in groups if row["held"] >= limit]


def refused(error: DuplicateKeyError) -> str:
    """Which permit somebody else has: the name of its field."""
    pattern = (error.details or {}).get("keyPattern", {})
    return next((field for field in HELD if field in pattern), "")
