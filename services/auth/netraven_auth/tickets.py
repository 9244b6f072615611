"""Stream tickets: good for one stream within half a minute, since an EventSource cannot send headers.

Only a digest is stored. What the ticket's owner may do is looked up when it is redeemed, not here.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from pymongo import IndexModel
from pymongo.database import Database
from pymongo.write_concern import WriteConcern

from netraven_chassis.access import ticket_digest

LIFE_SECONDS = 30


class Tickets:
    """The tickets in one auth database."""

    def __init__(self, database: Database[dict[str, Any]]) -> None:
        self._rows = database.get_collection("tickets", write_concern=WriteConcern(w=1))

    def prepare(self) -> None:
        """Make the index by which tickets go when they are over."""
        self._rows.create_indexes([IndexModel("expires", expireAfterSeconds=0)])

    def issue(self, owner: Mapping[str, Any]) -> str:
        """A new ticket for `owner`, a small JSON-able mapping that comes back when it is redeemed."""
        ticket = secrets.token_urlsafe(32)
        expires = datetime.now(UTC) + timedelta(seconds=LIFE_SECONDS)
        self._rows.insert_one({"_id": ticket_digest(ticket), "owner": dict(owner), "expires": expires})
        return ticket

    def redeem(self, digest: str) -> dict[str, Any] | None:
        """The owner of the ticket with this digest, the first time and in time; None otherwise."""
        row = self._rows.find_one_and_delete({"_id": digest, "expires": {"$gt": datetime.now(UTC)}})
        return row and dict(row["owner"])
