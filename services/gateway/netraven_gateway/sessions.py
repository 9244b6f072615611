"""Logging in, staying in, leaving. Passwords and tokens pass through here and are never logged or kept."""

from __future__ import annotations

from typing import Any

from netraven_chassis import settings
from netraven_gateway import envelope, handed_out, replies
from netraven_gateway.addresses import client_address
from netraven_gateway.answers import Answer
from netraven_gateway.passwords import sealed
from netraven_gateway.request import Request


def log_in(gateway: Any, request: Request) -> Answer:
    """Tokens for a name and a password."""
    asked = sealed(gateway, request.body, "password")
    address = client_address(dict(request.environ), settings.current().trusted_proxies)
    return _tokens(request, handed_out.asked(gateway, "issue_token", **asked, address=address).body)


def refresh(gateway: Any, request: Request) -> Answer:
    """New tokens for a refresh token."""
    shown = sealed(gateway, request.body, "refresh_token")
    return _tokens(request, handed_out.asked(gateway, "refresh", **shown).body)


def _tokens(request: Request, tokens: bytes) -> Answer:
    # OAuth2 clients look on the top level, ours under data.
    return Answer(200, envelope.with_fields(tokens, tokens, request.route.gives.message))


def log_out(gateway: Any, request: Request) -> Answer:
    """The end of a session."""
    gateway.auth.raw("logout", **sealed(gateway, request.body, "refresh_token"))
    return replies.nothing()


def ticket(gateway: Any, request: Request) -> Answer:
    """A ticket for one stream, as good as the caller's token."""
    caller = request.caller
    wanted = {"user_id": caller.user_id, "session": caller.session, "read_only": caller.read_only}
    return replies.one(request, handed_out.asked(gateway, "stream_ticket", **wanted))


def me(gateway: Any, request: Request) -> Answer:
    """Who the caller is."""
    return replies.one(request, gateway.auth.raw("me", user_id=request.caller.user_id))
