"""API tokens by their digests, and when each was used last. What they allow stands in the log.

A token has a row for each text that it was shown with: one, and one more for each repetition of its request.
"""

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
from netraven_chassis.ids import new_id
from netraven_contracts.errors import Conflict

# A busy script does not cost a write for every request.
USED_STEP = timedelta(minutes=1)
# A client repeats a request a few times; a text for each is as much as one token may have.
MOST_TEXTS = 10


class TokenRows:
    """The API tokens in one auth database."""

    def __init__(self, database: Database[dict[str, Any]]) -> None:
        self._rows = database["api_tokens"]
        self._uses = database.get_collection("api_token_uses", write_concern=WriteConcern(w=1))

    def prepare(self) -> None:
        """Make the indexes by which a token and its texts are found."""
        self._rows.create_indexes([IndexModel("digest", unique=True), IndexModel("token")])

    def make(self, token_id: str) -> str:
        """A text of the token, to be shown once. Raises Conflict when it has had too many."""
        if self._rows.count_documents(_texts_of(token_id)) >= MOST_TEXTS:
            raise Conflict("this request was repeated too often; take a new Idempotency-Key")
        text = f"nrt_{secrets.token_urlsafe(32)}"
        self._rows.insert_one({"_id": new_id(), "token": token_id, "digest": api_token_digest(text)})
        return text

    def find(self, digest: str) -> str | None:
        """The id of the token with this digest, or None."""
        row = self._rows.find_one({"digest": digest})
        return str(row.get("token", row["_id"])) if row else None

    def forget(self, token_id: str) -> None:
        """Destroy the rows of a token that was revoked."""
        self._rows.delete_many(_texts_of(token_id))
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


def _texts_of(token_id: str) -> dict[str, Any]:
    # Rows of earlier versions have the token's id for their own.
    return {"$or": [{"token": token_id}, {"_id": token_id}]}
