"""What a device has borne of each credential, for the sake of lockout.py: whether it was accepted, or when it
was refused last. Single log-ins are guard.py's. No decisions.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from pymongo import IndexModel
from pymongo.database import Database

from netraven_chassis.settings import Settings
from netraven_jobs.lockout import Limits

COLLECTION = "accepted"
_KEPT = timedelta(days=400)
_AGAIN = timedelta(days=30)  # so seldom is it written down anew


def limits_of(settings: Settings) -> Limits:
    """The limits that the settings say."""
    return Limits(settings.lockout_attempts, settings.lockout_window_seconds * 1000)


def prepare(database: Database[dict[str, Any]]) -> None:
    """Make the index."""
    database[COLLECTION].create_indexes([IndexModel([("until", 1)], expireAfterSeconds=0)])


def of_device(device_id: str) -> dict[str, Any]:
    """What finds all that is written of a device."""
    return {"_id": {"$gte": f"{device_id}.", "$lt": f"{device_id}/"}}


def credential_of(row: Mapping[str, Any]) -> str:
    """The credential that a document is about."""
    return str(row["_id"]).partition(".")[2]


class Bearing:
    """Takes down of one device what it lets in and what it refuses."""

    def __init__(self, database: Database[dict[str, Any]], device_id: str) -> None:
        self._rows, self._device_id = database[COLLECTION], device_id

    def accepts(self, credential_id: str, secret_version: int, now: int, known: Mapping[str, Any]) -> None:
        """Take down that it let this in; `now` in UTC milliseconds, `known`: what is written of it."""
        moment = datetime.fromtimestamp(now / 1000, UTC)
        # The driver gives times without their zone.
        lasts = "until" in known and known["until"].replace(tzinfo=UTC) > moment + _KEPT - _AGAIN
        if lasts and known.get("secret_version") == secret_version:
            return
        fields = {"secret_version": secret_version, "until": moment + _KEPT}
        gone = {"refused_at": "", "refused_version": ""}
        self._rows.update_one(
            {"_id": self._ident(credential_id)}, {"$set": fields, "$unset": gone}, upsert=True
        )

    def refuses(self, credential_id: str, secret_version: int, now: int) -> None:
        """Take down that it did not let this in, and forget that it ever did; `now` in UTC milliseconds."""
        until = datetime.fromtimestamp(now / 1000, UTC) + _KEPT
        fields = {"refused_at": now, "refused_version": secret_version, "until": until}
        change = {"$set": fields, "$unset": {"secret_version": ""}}
        self._rows.update_one({"_id": self._ident(credential_id)}, change, upsert=True)

    def _ident(self, credential_id: str) -> str:
        return f"{self._device_id}.{credential_id}"
