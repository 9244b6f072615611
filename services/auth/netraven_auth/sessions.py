"""Sessions as they run: one row each with the digest of its one good refresh token. The end is an event.

Each refresh puts the next token in the place of the last. Whoever shows one that was replaced has a copy of
it: the row remembers them all, and the session is over for everybody (RFC 9700, 4.14.2). But for a moment the
one that was replaced last may come again: of a client whose answer was lost.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from pymongo import ASCENDING, IndexModel
from pymongo.database import Database

from netraven_auth import refresh
from netraven_auth.refresh import RefreshToken
from netraven_chassis.ids import new_id

# More refreshes than thirty days have quarters of an hour. A session that needs more has run wild.
MOST_REFRESHES = 4096
# More log-ins than people and their programs need at once; past it the oldest give way: space is bounded.
MOST_SESSIONS = 500
# For how long the token that was replaced last may be shown again: a client that hears nothing repeats its
# request within 8 seconds, since every request is answered within 5. A thief has no longer than that either,
# and whoever comes second ends the session of both at the next refresh.
LEEWAY = timedelta(seconds=10)
_SHORT = 32


@dataclass(frozen=True, slots=True)
class Row:
    """A session as stored: whose it is, and which epoch of the user's it belongs to."""

    id: str
    user_id: str
    epoch: int


class Sessions:
    """The sessions in one auth database; each lives `days` from its log-in, however often it is refreshed."""

    def __init__(self, database: Database[dict[str, Any]], days: int) -> None:
        self._rows = database["sessions"]
        self._life = timedelta(days=days)

    def prepare(self) -> None:
        """Make the indexes: by user, and the one by which sessions go when they are over."""
        by_user = IndexModel([("user_id", ASCENDING), ("expires", ASCENDING)])
        self._rows.create_indexes([by_user, IndexModel("expires", expireAfterSeconds=0)])

    def open(self, user_id: str, epoch: int) -> RefreshToken:
        """Begin a session of the user; its first refresh token."""
        token = refresh.make(new_id())
        self._make_room(user_id)
        self._rows.insert_one(
            {
                "_id": token.session_id,
                "user_id": user_id,
                "epoch": epoch,
                "digest": token.digest,
                "replaced": [],
                "expires": datetime.now(UTC) + self._life,
            }
        )
        return token

    def find(self, token: RefreshToken) -> Row | None:
        """The session that a token is or was good for, or None: never, or no longer there."""
        ours = {"$or": [{"digest": token.digest}, {"replaced": _short(token)}]}
        row = self._rows.find_one({"_id": token.session_id, "expires": {"$gt": datetime.now(UTC)}, **ours})
        return Row(row["_id"], row["user_id"], row["epoch"]) if row else None

    def rotate(self, token: RefreshToken) -> RefreshToken | None:
        """Put a new token in the place of this one; None when it is not the session's good one, and was not
        until a moment ago.
        """
        now, after = datetime.now(UTC), refresh.make(token.session_id)
        good = {"digest": token.digest}
        just_replaced = {"last": _short(token), "replaced_at": {"$gt": now - LEEWAY}}
        for which, noted in ((good, {"last": _short(token), "replaced_at": now}), (just_replaced, {})):
            ours = {"_id": token.session_id, f"replaced.{MOST_REFRESHES}": {"$exists": False}, **which}
            # What it replaces is not always the token that was shown: the row says what was good until now.
            displaced = {"$concatArrays": ["$replaced", [{"$substrBytes": ["$digest", 0, _SHORT]}]]}
            change = [{"$set": {"replaced": displaced, "digest": after.digest, **noted}}]
            if self._rows.update_one(ours, change).modified_count:
                return after
        return None

    def running(self, session_id: str) -> bool:
        """Whether the session is there."""
        now = datetime.now(UTC)
        return self._rows.count_documents({"_id": session_id, "expires": {"$gt": now}}, limit=1) > 0

    def end(self, session_id: str) -> None:
        """Forget a session; none of its refresh tokens is good any more."""
        self._rows.delete_one({"_id": session_id})

    def end_all(self, user_id: str, before_epoch: int) -> None:
        """Forget the user's sessions of earlier epochs, which nobody can use any more."""
        self._rows.delete_many({"user_id": user_id, "epoch": {"$lt": before_epoch}})

    def _make_room(self, user_id: str) -> None:
        newest_first = self._rows.find({"user_id": user_id}, {"_id": 1}).sort("expires", -1)
        surplus = [row["_id"] for row in newest_first.skip(MOST_SESSIONS - 1).limit(100)]
        if surplus:
            self._rows.delete_many({"_id": {"$in": surplus}})


def _short(token: RefreshToken) -> str:
    """Half of the digest is enough to know a token again, and a session may see thousands."""
    return token.digest[:_SHORT]
