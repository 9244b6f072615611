"""What admins ask about users, and users about themselves. Passwords and tokens pass through sealed."""

from __future__ import annotations

from typing import Any

from netraven_gateway import handed_out, paging, replies
from netraven_gateway.answers import Answer
from netraven_gateway.passwords import sealed
from netraven_gateway.request import Request


def index(gateway: Any, request: Request) -> Answer:
    """A page of users."""
    return replies.many(request, gateway.auth.raw("index_users", **paging.asked(request.query)))


def create(gateway: Any, request: Request) -> Answer:
    """A new user."""
    user = sealed(gateway, request.body, "password")
    return replies.one(request, gateway.auth.raw("create_user", user=user))


def show(gateway: Any, request: Request) -> Answer:
    """One user."""
    return replies.one(request, gateway.auth.raw("show_user", **request.params))


def change(gateway: Any, request: Request) -> Answer:
    """A user's role, password or access."""
    changes = {"changes": sealed(gateway, request.body, "password"), "if_match": request.if_match}
    return replies.one(request, gateway.auth.raw("change_user", **request.params, **changes))


def disable(gateway: Any, request: Request) -> Answer:
    """No more access; the user's record and history stay."""
    gateway.auth.raw("disable_user", **request.params, if_match=request.if_match)
    return replies.nothing()


def history(gateway: Any, request: Request) -> Answer:
    """What happened to a user."""
    page = paging.pages(request.query)
    return replies.many(request, gateway.auth.raw("user_history", **request.params, **page))


def change_own_password(gateway: Any, request: Request) -> Answer:
    """Another password for the caller, and a new session for the one that this ends."""
    passwords = sealed(gateway, request.body, "current_password", "new_password")
    reply = handed_out.asked(gateway, "change_own_password", user_id=request.caller.user_id, **passwords)
    return replies.one(request, reply)


def own_tokens(gateway: Any, request: Request) -> Answer:
    """A page of the caller's API tokens."""
    asked = paging.asked(request.query)
    return replies.many(
        request, gateway.auth.raw("index_api_tokens", user_id=request.caller.user_id, **asked)
    )


def create_own_token(gateway: Any, request: Request) -> Answer:
    """An API token for the caller, shown this once."""
    who = {"user_id": request.caller.user_id, "session": request.caller.session}
    made = handed_out.asked(gateway, "create_api_token", token=request.body, **who)
    return replies.one(request, made)


def revoke_own_token(gateway: Any, request: Request) -> Answer:
    """One of the caller's API tokens is worthless from now on."""
    gateway.auth.raw("revoke_api_token", user_id=request.caller.user_id, **request.params)
    return replies.nothing()
