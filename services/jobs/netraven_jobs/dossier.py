"""What is known of a device before a session with it: its key, how large its last configuration was, its
log-ins of late, which credentials it has accepted or refused. Read in one trip to the database; who writes
each of these down is elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pymongo.database import Database

from netraven_jobs import bearing, guard
from netraven_jobs.host_keys import HOST_KEYS
from netraven_jobs.lockout import REFUSED
from netraven_jobs.sizes import SIZES

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Dossier:
    """One device. `key`: "<type> <base64>", None when none has been seen; `size`: {platform, size} of its
    last whole configuration, None before the first; `logins`: {credential_id, outcome, at}; `met`:
    {credential id: what bearing.py has written of it}.
    """

    key: str | None
    size: Row | None
    logins: Sequence[Row]
    met: Mapping[str, Row]

    def size_on(self, platform: str) -> int | None:
        """Octets of its last whole configuration; None before the first, or since it runs another system."""
        return int(self.size["size"]) if self.size is not None and self.size["platform"] == platform else None

    def tried(self, credential_id: str, since: int) -> list[tuple[int, str]]:
        """(UTC milliseconds, outcome) of a credential's log-ins after `since`."""
        mine = (row for row in self.logins if row["credential_id"] == credential_id and row["at"] > since)
        return [(row["at"], row["outcome"]) for row in mine]

    def refusals(self) -> list[int]:
        """UTC milliseconds of each log-in that it refused in the last day."""
        return [row["at"] for row in self.logins if row["outcome"] == REFUSED]

    def has_accepted(self, credential_id: str, secret_version: int) -> bool:
        """Whether it let this version of the credential in, and has not refused it since."""
        return self.met.get(credential_id, {}).get("secret_version") == secret_version

    def refused_at(self, versions: Mapping[str, int]) -> dict[str, int]:
        """{credential id: UTC milliseconds} of the last refusal of each of these; `versions`, {credential id:
        secret_version}, for another secret is a credential that was never tried.
        """
        found = {one: self.met.get(one, {}) for one in versions}
        return {
            one: row["refused_at"]
            for one, row in found.items()
            if row.get("refused_version") == versions[one]
        }


def read(database: Database[dict[str, Any]], device_id: str) -> Dossier:
    """All that is known of a device."""
    same = [{"$match": {"_id": device_id}}]
    steps: list[dict[str, Any]] = [
        {"$match": {"device_id": device_id}},
        {"$project": {"_id": 0, "credential_id": 1, "outcome": 1, "at": 1}},
        {"$unionWith": {"coll": HOST_KEYS, "pipeline": [*same, {"$project": {"key": 1}}]}},
        {"$unionWith": {"coll": SIZES, "pipeline": same}},
        {"$unionWith": {"coll": bearing.COLLECTION, "pipeline": [{"$match": bearing.of_device(device_id)}]}},
    ]
    rows = list(database[guard.COLLECTION].aggregate(steps))
    return Dossier(
        next((str(row["key"]) for row in rows if "key" in row), None),
        next((row for row in rows if "size" in row), None),
        [row for row in rows if "outcome" in row],
        {bearing.credential_of(row): row for row in rows if "until" in row},
    )
