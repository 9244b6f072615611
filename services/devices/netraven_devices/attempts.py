"""Log-ins that were tried with credentials: kept one by one, and read for what worked last. No rules.

They come from the log of the service that logs in, so that the numbers are exact over what is kept: the
attempts of KEPT_DAYS. They are counted in success_rates.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pymongo import IndexModel

from netraven_chassis.bound import BoundStore
from netraven_chassis.eventlog.commit import Commit
from netraven_chassis.views import LIVE, Writer
from netraven_contracts.credentials import ATTEMPTS_KEPT_DAYS

VIEW = "attempts"
INDEXES = tuple(
    IndexModel([("live", 1), *((field, 1) for field in fields)], name=name)
    for name, fields in {
        "credential": ("credential_id", "position", "at", "ok"),
        "device": ("device_id", "ok", "credential_id", "at"),
        "log": ("position", "credential_id", "at", "ok"),
    }.items()
)

SOURCE = "jobs"
"""Whose log they come from."""


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
                    "position": commit.position,
                }
                writer.put(VIEW, f"{commit.position}.{number}", commit.position, fields)


def kept_since(store: BoundStore) -> int:
    """From when on attempts are kept, UTC milliseconds."""
    return store.now() - ATTEMPTS_KEPT_DAYS * 86_400_000


def succeeded_at(store: BoundStore, device_id: str) -> Mapping[str, int]:
    """{credential id: when it last worked on this device, UTC milliseconds}."""
    query = {**LIVE, "device_id": device_id, "ok": True, "at": {"$gte": kept_since(store)}}
    group = {"_id": "$credential_id", "at": {"$max": "$at"}}
    rows = store.collection(VIEW).aggregate([{"$match": query}, {"$group": group}])
    return {row["_id"]: row["at"] for row in rows}
