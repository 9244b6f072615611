"""What auth shows of users, API tokens and ended sessions, made from the log. No decisions, no secrets."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import reduce

from pymongo import ASCENDING, IndexModel

from netraven_auth.api_token import ApiToken
from netraven_auth.session import Session
from netraven_auth.user import User, name_key
from netraven_chassis.aggregate import Folded
from netraven_chassis.views import ViewSet, Writer
from netraven_contracts.access import REMEMBERED_MS, Standing, standing_after


def put_user(writer: Writer, folded: Folded[User]) -> None:
    """The user's document; `key` is what a name is found by."""
    user = folded.state
    if not user.username:
        return
    fields = {
        "username": user.username,
        "key": name_key(user.username),
        "role": user.role,
        "enabled": user.enabled,
        "created_at": folded.first_at,
        "updated_at": folded.at,
        "version": folded.version,
        "not_before": reduce(standing_after, folded.commits, Standing("", True, 0)).not_before,
    }
    writer.put("users", folded.id, folded.version, fields)


def put_token(writer: Writer, folded: Folded[ApiToken]) -> None:
    """The API token's document, or its tombstone and the note that it has ended."""
    token = folded.state
    if token.revoked:
        writer.drop("tokens", folded.id, folded.version)
        _note_end(writer, folded.id, folded.version, folded.at)
        return
    fields = {
        "user_id": token.user_id,
        "name": token.name,
        "read_only": token.read_only,
        "created_at": folded.first_at,
        "expires_at": token.expires_at,
    }
    writer.put("tokens", folded.id, folded.version, fields)


def put_session(writer: Writer, folded: Folded[Session]) -> None:
    """The note that a session has ended."""
    if folded.state.ended:
        _note_end(writer, folded.id, folded.version, folded.at)


def _note_end(writer: Writer, ident: str, version: int, at: int) -> None:
    """For gateways that start later: as long as a token of it may still be shown to one."""
    writer.put("ended", ident, version, {"at": at, "when": datetime.fromtimestamp(at / 1000, UTC)})


VIEWS = ViewSet(
    collections={
        "users": [
            IndexModel([("key", ASCENDING)]),
            IndexModel([("role", ASCENDING), ("enabled", ASCENDING)]),
        ],
        "tokens": [IndexModel([("user_id", ASCENDING), ("name", ASCENDING)])],
        "ended": [IndexModel("when", expireAfterSeconds=REMEMBERED_MS // 1000)],
    },
    folds={"user": put_user, "token": put_token, "session": put_session},
)
