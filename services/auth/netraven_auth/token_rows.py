"""API tokens by their digests, and when each was used last. What they allow stands in the log."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from pymongo import IndexModel
from pymongo.database import Database
from pymongo.errors import DuplicateKeyError
from pymongo.write_concern import WriteConcern

from netraven_chassis.access import api_token_digest
from netraven_chassis.clock import parse_iso

# A busy script does not cost a write for every request.
USED_STEP = timedelta(minutes=1)


class TokenRows:
    """The API tokens in one auth database."""

    def __init__(self, database: Database[dict[str, Any]]) -> None:
        self._rows = database["api_tokens"]
        self._uses = database.get_collection("api_token_uses", write_concern=WriteConcern(w=1))

    def prepare(self) -> None:
        """Make the index by which a token is found."""
        self._rows.create_indexes([IndexModel("digest", unique=True)])

    def make(self, token_id: str) -> str:
        """A new token's text, to be shown once. One that was made before under this id is worthless now."""
        text = f"nrt_{secrets.token_urlsafe(32)}"
        self._rows.replace_one({"_id": token_id}, {"digest": api_token_digest(text)}, upsert=True)
        return text

    def find(self, digest: str) -> str | None:
        """The id of the token with this digest, or None."""
        row = self._rows.find_one({"digest": digest})
        return str(row["_id"]) if row else None

    def forget(self, token_id: str) -> None:
        """Destroy the row of a token that was revoked, or not issued after all."""
        self._rows.delete_one({"_id": token_id})
        self._uses.delete_one({"_id": token_id})

    def used(self, token_id: str) -> None:
        """Note that the token is in use, at most once a minute."""
        now = datetime.now(UTC)
        stale = {"_id": token_id, "at": {"$lt": now - USED_STEP}}
        try:
            self._uses.update_one(stale, {"$set": {"at": now}}, upsert=True)
        except DuplicateKeyError:
            return  # noted less than a minute ago

    def last_used(self, token_ids: Iterable[str]) -> dict[str, int]:
        """When each was used last, UTC milliseconds; tokens that never were are left out."""
        rows = self._uses.find({"_id": {"$in": list(token_ids)}})
        return {row["_id"]: parse_iso(row["at"].isoformat()) for row in rows}
