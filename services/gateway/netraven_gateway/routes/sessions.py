"""The rows of the route table about log-in, tokens and who one is."""

from __future__ import annotations

from netraven_contracts import auth
from netraven_contracts import users as user
from netraven_contracts.errors import CreateFailed, NotFound, RateLimited, Unauthorized, UpdateFailed
from netraven_gateway import sessions
from netraven_gateway.bodies import FORM, JSON
from netraven_gateway.route import ANYONE, SMALL_BODY, VIEWER, Gives, Reads, Route

_TOKENS = Gives(schema=auth.TokenAnswer, beside=auth.TokenAnswer)

ROWS = (
    Route("POST", "/auth/token", ANYONE, sessions.log_in, "sessions", "Log in",
          Reads(body=auth.TokenRequest, accepts=(JSON, FORM), limit=SMALL_BODY), _TOKENS, CreateFailed,
          (Unauthorized, RateLimited), "Five failures in a minute for one name or address: 429.",
          keyed=False),
    Route("POST", "/auth/refresh", ANYONE, sessions.refresh, "sessions", "Get new tokens",
          Reads(body=auth.RefreshRequest, accepts=(JSON, FORM), limit=SMALL_BODY), _TOKENS, CreateFailed,
          (Unauthorized, RateLimited), "A refresh token serves once; it is the credential here. For 10 "
          "seconds it may be shown again by who has lost the answer; the tokens given last count.",
          keyed=False),
    Route("POST", "/auth/logout", ANYONE, sessions.log_out, "sessions", "Log out",
          Reads(body=auth.LogoutRequest, limit=SMALL_BODY), Gives(status=204, message="Logged out"),
          UpdateFailed, (Unauthorized,), "The refresh token is the credential here: one can leave late.",
          keyed=False),
    Route("POST", "/auth/stream-ticket", VIEWER, sessions.ticket, "sessions", "Get a ticket for a stream",
          gives=Gives(schema=auth.StreamTicketAnswer), failure=CreateFailed, writes=False, keyed=False,
          description="For EventSource, which cannot send headers: put it behind `?ticket=` once, at once."),
    Route("GET", "/users/me", VIEWER, sessions.me, "sessions", "Show who you are",
          gives=Gives(schema=user.User), errors=(NotFound,)),
)  # fmt: skip
