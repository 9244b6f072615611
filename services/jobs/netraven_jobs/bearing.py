"""What a device has borne of all its credentials together, for the sake of lockout.py: the log-ins that it
refused, which guard.py takes down, and of each credential whether it was accepted or when it was refused
last. No decisions.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from pymongo import IndexModel
from pymongo.database import Database

from netraven_chassis.settings import Settings
from netraven_jobs.guard import COLLECTION as LOGINS
from netraven_jobs.lockout import REFUSED, Limits

COLLECTION = "accepted"
_KEPT = timedelta(days=400)
_AGAIN = timedelta(days=30)  # so seldom is it written down anew


def limits_of(settings: Settings) -> Limits:
    """The limits that the settings say."""
    return Limits(settings.lockout_attempts, settings.lockout_window_seconds * 1000)


def prepare(database: Database[dict[str, Any]]) -> None:
    """Make the index."""
    database[COLLECTION].create_indexes([IndexModel([("until", 1)], expireAfterSeconds=0)])


class Bearing:
    """What is known of one device."""

    def __init__(self, database: Database[dict[str, Any]], device_id: str) -> None:
        self._logins, self._rows, self._device_id = database[LOGINS], database[COLLECTION], device_id

    def refused(self) -> list[tuple[int, str]]:
        """(UTC milliseconds, credential id) of each log-in that it refused in the last day."""
        query = {"device_id": self._device_id, "outcome": REFUSED}
        return [(row["at"], row["credential_id"]) for row in self._logins.find(query)]

    def has_accepted(self, credential_id: str, secret_version: int) -> bool:
        """Whether it let this version of the credential in, and has not refused it since."""
        row = self._rows.find_one({"_id": self._ident(credential_id)}, {"secret_version": 1})
        return row is not None and row.get("secret_version") == secret_version

    def refused_at(self, versions: Mapping[str, int]) -> dict[str, int]:
        """{credential id: UTC milliseconds} of the last refusal of each of these; `versions`, {credential id:
        secret_version}, for another secret is a credential that was never tried.
        """
        idents = {self._ident(one): one for one in versions}
        rows = self._rows.find({"_id": {"$in": list(idents)}, "refused_at": {"$exists": True}})
        found = {idents[row["_id"]]: row for row in rows}
        return {
            one: row["refused_at"] for one, row in found.items() if row["refused_version"] == versions[one]
        }

    def accepts(self, credential_id: str, secret_version: int, now: int) -> None:
        """Take down that it let this in; `now` in UTC milliseconds."""
        moment = datetime.fromtimestamp(now / 1000, UTC)
        known = {"_id": self._ident(credential_id), "secret_version": secret_version}
        if self._rows.find_one({**known, "until": {"$gt": moment + _KEPT - _AGAIN}}, {"_id": 1}) is None:
            fields = {"secret_version": secret_version, "until": moment + _KEPT}
            gone = {"refused_at": "", "refused_version": ""}
            self._rows.update_one({"_id": known["_id"]}, {"$set": fields, "$unset": gone}, upsert=True)

    def refuses(self, credential_id: str, secret_version: int, now: int) -> None:
        """Take down that it did not let this in, and forget that it ever did; `now` in UTC milliseconds."""
        until = datetime.fromtimestamp(now / 1000, UTC) + _KEPT
        fields = {"refused_at": now, "refused_version": secret_version, "until": until}
        change = {"$set": fields, "$unset": {"secret_version": ""}}
        self._rows.update_one({"_id": self._ident(credential_id)}, change, upsert=True)

    def _ident(self, credential_id: str) -> str:
        return f"{self._device_id}.{credential_id}"
