"""API tokens and stream tickets: other proofs of who calls than a log-in. Rules stand in api_token.py."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from netraven_auth import shown
from netraven_auth.api_token import API_TOKEN, ApiToken, IssueApiToken, RevokeApiToken
from netraven_auth.equipment import Equipment
from netraven_auth.session import SESSION
from netraven_auth.tickets import LIFE_SECONDS
from netraven_auth.user import USER, User
from netraven_chassis.aggregate import Folded
from netraven_chassis.bound import BoundStore
from netraven_chassis.bus import Reply
from netraven_chassis.views import LIVE
from netraven_contracts.access import REMEMBERED_MS
from netraven_contracts.errors import Conflict, Forbidden, NotFound, Unauthorized

MOST_TOKENS = 100
"""API tokens of one user."""


def issue(
    store: BoundStore, kit: Equipment, user_id: str, wanted: Mapping[str, Any], session: str = ""
) -> Reply:
    """A new API token of an ApiTokenBody, shown this once. Raises Conflict, Forbidden, NotFound,
    ValidationFailed.

    `session`: the log-in by which it is asked for. An API token makes no other: one that is stolen, or about
    to end, would live on in its successors.
    A request that is repeated gets the same token under another text, since nobody knows the first one any
    more; that goes on to open what it opens.
    """
    if store.load(API_TOKEN, session).state.user_id:
        raise Forbidden("an API token makes no other; log in with a password for that")
    if not store.load(USER, user_id).state.username:
        raise NotFound("there is no such user; without log-in nobody has API tokens")
    token_id, command = store.new_id(), _issue(user_id, wanted, store.now())
    _make_room(store, kit, user_id, token_id)
    store.handle(API_TOKEN, token_id, command)
    folded: Folded[ApiToken] = store.load(API_TOKEN, token_id)
    if folded.state.revoked:
        raise Conflict("this API token was made and has been revoked; take a new Idempotency-Key")
    text = kit.token_rows.make(token_id)
    row = {"_id": token_id, "created_at": folded.first_at, **_fields(folded.state)}
    return Reply(
        {**shown.api_token(row, None), "token": text}, {"location": f"/api/users/me/tokens/{token_id}"}
    )


def _make_room(store: BoundStore, kit: Equipment, user_id: str, token_id: str) -> None:
    """Raises Conflict when the user has too many tokens beside this one. Those that have ended give way."""
    tokens = store.collection("tokens")
    others = {"user_id": user_id, "_id": {"$ne": token_id}, **LIVE}
    if tokens.count_documents(others) < MOST_TOKENS:
        return
    ended = {**others, "expires_at": {"$lte": store.now()}}
    for row in list(tokens.find(ended, {"_id": 1}).limit(MOST_TOKENS)):
        revoke(store, kit, user_id, row["_id"])
    if tokens.count_documents(others) >= MOST_TOKENS:
        raise Conflict(f"you have {MOST_TOKENS} API tokens; revoke one that is not in use")


def revoke(store: BoundStore, kit: Equipment, user_id: str, token_id: str) -> None:
    """Make one of the user's API tokens worthless. Raises NotFound."""
    store.handle(API_TOKEN, token_id, RevokeApiToken(user_id))
    kit.token_rows.forget(token_id)


def recognise(store: BoundStore, kit: Equipment, digest: str) -> dict[str, Any]:
    """The caller whose API token has this digest: the fields of a Caller. Raises Unauthorized.

    It may be remembered until `expires`, as long as auth's log is followed.
    """
    token_id = kit.token_rows.find(digest)
    folded: Folded[ApiToken] = store.load(API_TOKEN, token_id or "")
    if token_id is None or not folded.state.good(store.now()):
        raise Unauthorized("this API token is not accepted; it may have ended or been revoked")
    caller = _caller(store, folded.state.user_id, token_id, folded.state.read_only)
    kit.token_rows.used(token_id)
    return {**caller, "expires": min(folded.state.expires_at, caller["expires"])}


def ticket(store: BoundStore, kit: Equipment, user_id: str, session: str, read_only: bool) -> dict[str, Any]:
    """A stream ticket for a caller: {ticket, expires_in}."""
    owner = {"user_id": user_id, "session": session, "read_only": read_only}
    return {"ticket": kit.tickets.issue(owner), "expires_in": LIFE_SECONDS}


def redeem(store: BoundStore, kit: Equipment, digest: str) -> dict[str, Any]:
    """The caller whose stream ticket has this digest: the fields of a Caller. Raises Unauthorized."""
    owner = kit.tickets.redeem(digest)
    if owner is None or _ended(store, owner["session"]):
        raise Unauthorized("this ticket is not accepted; it serves once, within half a minute")
    return _caller(store, **owner)


def _caller(store: BoundStore, user_id: str, session: str, read_only: bool) -> dict[str, Any]:
    folded: Folded[User] = store.load(USER, user_id)
    if not folded.state.enabled:
        raise Unauthorized("this user may not log in")
    return {
        "user_id": user_id,
        "name": folded.state.username,
        "role": folded.state.role,
        "session": session,
        "version": folded.version,
        # Nobody remembers longer than this that a session or an API token has ended.
        "expires": store.now() + REMEMBERED_MS // 2,
        "read_only": read_only,
    }


def _ended(store: BoundStore, session: str) -> bool:
    return any((store.load(SESSION, session).state.ended, store.load(API_TOKEN, session).state.revoked))


def _issue(user_id: str, wanted: Mapping[str, Any], now: int) -> IssueApiToken:
    return IssueApiToken(user_id, wanted["name"], wanted["read_only"], wanted.get("expires_at"), now)


def _fields(token: ApiToken) -> dict[str, Any]:
    return {"name": token.name, "read_only": token.read_only, "expires_at": token.expires_at}
