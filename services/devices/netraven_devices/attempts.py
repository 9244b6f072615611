"""Log-ins that were tried with credentials: kept, counted, and read for what worked last. No rules.

They come from the log of the service that logs in, so that the numbers are exact over what is kept.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from pymongo import IndexModel

from netraven_chassis.bound import BoundStore
from netraven_chassis.eventlog.commit import Commit
from netraven_chassis.views import LIVE, Writer

VIEW = "attempts"
INDEXES = (
    IndexModel([("credential_id", 1), ("at", -1)]),
    IndexModel([("device_id", 1), ("ok", 1), ("at", -1)]),
)


class Record(NamedTuple):
    """What is known of a credential: kept attempts, percent that succeeded (None: none kept), the last one
    (UTC milliseconds).
    """

    attempts: int
    success_rate: float | None
    last_used: int | None


NONE = Record(0, None, None)


def put_attempts(writer: Writer, commits: Sequence[Commit]) -> None:
    """Keep every CredentialAttempted of the log that is followed."""
    for commit in commits:
        for number, event in enumerate(commit.events):
            if event.type == "CredentialAttempted":
                fields = {
                    "credential_id": event.data["credential_id"],
                    "device_id": event.data["device_id"],
                    "secret_version": event.data["secret_version"],
                    "ok": event.data["outcome"] == "success",
                    "at": commit.at,
                }
                writer.put(VIEW, f"{commit.position}.{number}", commit.position, fields)


def records(
    store: BoundStore, credential_ids: Sequence[str], since: int | None = None
) -> Mapping[str, Record]:
    """{credential id: its Record} of those that were tried; `since` (UTC milliseconds) counts only later
    ones.
    """
    query: dict[str, Any] = {**LIVE, "credential_id": {"$in": list(credential_ids)}}
    if since is not None:
        query["at"] = {"$gte": since}
    group = {
        "_id": "$credential_id",
        "attempts": {"$sum": 1},
        "good": {"$sum": {"$cond": ["$ok", 1, 0]}},
        "last": {"$max": "$at"},
    }
    rows = store.collection(VIEW).aggregate([{"$match": query}, {"$group": group}])
    return {
        row["_id"]: Record(row["attempts"], round(100 * row["good"] / row["attempts"], 1), row["last"])
        for row in rows
    }


def succeeded_at(store: BoundStore, device_id: str) -> Mapping[str, int]:
    """{credential id: when it last worked on this device, UTC milliseconds}."""
    query = {**LIVE, "device_id": device_id, "ok": True}
    group = {"_id": "$credential_id", "at": {"$max": "$at"}}
    rows = store.collection(VIEW).aggregate([{"$match": query}, {"$group": group}])
    return {row["_id"]: row["at"] for row in rows}
