"""Logging in, staying in and leaving, and the tokens that say so. No rule about users stands here."""

from __future__ import annotations

from typing import Any

from netraven_auth import access_tokens, refresh
from netraven_auth.access_tokens import LIFE_SECONDS
from netraven_auth.equipment import Equipment
from netraven_auth.logins import OK, WRONG
from netraven_auth.refresh import RefreshToken
from netraven_auth.session import LOGGED_OUT, SESSION, TOKEN_REUSED, EndSession
from netraven_auth.throttle import WrongPassword, counted_address, counted_name
from netraven_auth.user import USER, User, name_key
from netraven_chassis.aggregate import Folded
from netraven_chassis.bound import BoundStore
from netraven_chassis.views import LIVE
from netraven_contracts.errors import Unauthorized

# For a name that nobody has the same reads are made, so that neither time nor load tells who exists.
_NOBODY = "0" * 24
_OVER = "this session is over; log in again"


def log_in(
    store: BoundStore, kit: Equipment, username: str, password: str, address: str | None
) -> dict[str, Any]:
    """Tokens for a user name and a password. Raises Unauthorized, RateLimited, Unavailable."""
    user_id = _user_id(store, username)
    keys = [counted_address(address)] if address else []
    try:
        with kit.attempts.one(counted_name(username), keys):
            folded = _proven(store, kit, user_id, password)
    except WrongPassword:
        kit.logins.note(WRONG, user_id, address, store.context.request_id)
        raise
    kit.logins.note(OK, user_id, address, store.context.request_id)
    return tokens(store, kit, folded, kit.sessions.open(folded.id, folded.state.epoch))


def open_session(store: BoundStore, kit: Equipment, user_id: str) -> dict[str, Any]:
    """Tokens of a new session for a user who is known to be who they are."""
    folded: Folded[User] = store.load(USER, user_id)
    return tokens(store, kit, folded, kit.sessions.open(user_id, folded.state.epoch))


def go_on(store: BoundStore, kit: Equipment, text: str) -> dict[str, Any]:
    """New tokens for a refresh token, which is worthless a moment later. Raises Unauthorized."""
    shown = refresh.parse(text)
    session = kit.sessions.find(shown) if shown else None
    if shown is None or session is None:
        raise Unauthorized(_OVER)
    folded: Folded[User] = store.load(USER, session.user_id)
    if not folded.state.enabled or folded.state.epoch != session.epoch:
        kit.sessions.end(session.id)
        raise Unauthorized(_OVER)
    following = kit.sessions.rotate(shown)
    if following is None:
        _end(store, kit, session.id, session.user_id, TOKEN_REUSED)
        raise Unauthorized(_OVER)
    return tokens(store, kit, folded, following)


def log_out(store: BoundStore, kit: Equipment, text: str) -> None:
    """End the session of a refresh token. One that is unknown, or over already, is no error."""
    shown = refresh.parse(text)
    session = kit.sessions.find(shown) if shown else None
    if session is not None:
        _end(store, kit, session.id, session.user_id, LOGGED_OUT)


def tokens(
    store: BoundStore, kit: Equipment, folded: Folded[User], refresh_token: RefreshToken
) -> dict[str, Any]:
    """The answer to a log-in: an access token for the user as they are now, and a refresh token."""
    user = folded.state
    session = refresh_token.session_id
    signed = access_tokens.sign(
        kit.key, folded.id, user.username, user.role, session, folded.version, store.now()
    )
    return {
        "access_token": signed,
        "token_type": "Bearer",
        "expires_in": LIFE_SECONDS,
        "refresh_token": refresh_token.text,
    }


def _user_id(store: BoundStore, username: str) -> str | None:
    row = store.collection("users").find_one({"key": name_key(username), **LIVE}, {"_id": 1})
    return str(row["_id"]) if row else None


def _proven(store: BoundStore, kit: Equipment, user_id: str | None, password: str) -> Folded[User]:
    """The user, if the password is theirs and they may log in. Raises WrongPassword, after the same work."""
    folded: Folded[User] = store.load(USER, user_id or _NOBODY)
    row_id = folded.state.password_id
    kept = kit.password_rows.read(row_id)
    verdict = kit.passwords.check(kept, password)
    if not verdict.right or not folded.state.enabled:
        raise WrongPassword("wrong user name or password")
    if verdict.better is not None and kept is not None:
        kit.password_rows.improve(row_id, kept, verdict.better)
    return folded


def _end(store: BoundStore, kit: Equipment, session_id: str, user_id: str, reason: str) -> None:
    # The row first: should the event fail, no refresh token of the session is good any more all the same.
    kit.sessions.end(session_id)
    store.handle(SESSION, session_id, EndSession(user_id, reason))
