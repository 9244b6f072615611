"""Who asks: a bearer token becomes a caller, without a call as long as auth's log is heard. No roles.

A token is good when its signature is, and when nothing in auth's log has ended it since. The log is followed;
when it has not been heard for a minute, auth is asked before a token is trusted, and nobody is let in
unasked. An API token outlives its user's changes of role and password: auth is asked what it is worth after
them.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from nameko.extensions import DependencyProvider

from netraven_chassis import settings
from netraven_chassis.access import AccessVerifier, UnknownKey, api_token_digest, ticket_digest
from netraven_chassis.bus.client import SharedCaller
from netraven_chassis.combine import Combiner
from netraven_chassis.eventlog.commit import Commit
from netraven_chassis.values import is_loopback
from netraven_contracts.access import AccessList, Caller
from netraven_contracts.errors import Forbidden, Unauthorized, Unavailable
from netraven_gateway.api_tokens import ApiTokens
from netraven_gateway.request import Request

SILENCE_SECONDS = 60.0
_ASK_EVERY_SECONDS = 1.0
_TIMEOUT_SECONDS = 2.0
_TOGETHER = 10_000  # requests that wait for one answer of auth's: more than there are connections
_FOR_EVER = 2**53

# Whoever reaches a listener without log-in; its address is checked to be loopback before.
LOCAL = Caller("local", "local", "admin", "", 0, _FOR_EVER)


class Callers(DependencyProvider):
    """Tells the caller of a request. Follows auth through the service's dependency called `feed`."""

    shared = SharedCaller()

    def __init__(self) -> None:
        super().__init__()
        self._access = AccessList()
        self._verifier = AccessVerifier({"keys": []})
        self._api_tokens = ApiTokens()
        self._heard_at = float("-inf")
        self._asking = False
        self._meanwhile: list[Commit] = []
        self._keys_at = float("-inf")
        # A gateway that has just started may get all its clients at once: auth is asked for all of them.
        self._keys: Combiner[None, bool] = Combiner(self._learn_keys, _TOGETHER)
        self._lists: Combiner[None, bool] = Combiner(self._learn_list, _TOGETHER)
        self.changes = 0  # grows with everything that may have ended a token

    def setup(self) -> None:
        """Called by Nameko before anything starts: subscribe, so that nothing is missed."""
        self._open = settings.current().auth == "none"
        self._feed = next(one for one in self.container.dependencies if one.attr_name == "feed")
        self._feed.subscribe("auth", self._on_commits, self._ask_for_list)

    def get_dependency(self, worker_ctx: Any) -> Callers:
        """Itself, the same for all requests."""
        return self

    def identify(self, request: Request) -> Caller:
        """The caller. Raises Unauthorized, or Unavailable when auth must be asked and does not answer."""
        if self._open:
            return _local(request)
        caller = self._told(request)
        self._hear()
        if not self.holds(caller) and self._api_tokens.forget(caller):
            # Its user has changed since auth was asked; the token itself need not have ended by that.
            caller = self._told(request)
        self._access.check(caller)
        return caller

    def holds(self, caller: Caller) -> bool:
        """Whether a caller who was let in may stay, as far as is known here."""
        try:
            self._access.check(caller)
        except Unauthorized:
            return False
        return True

    def can_tell(self) -> bool:
        """Whether it is known here who may stay: auth's log is heard, or auth answers. May wait for that."""
        try:
            if not self._open:
                self._hear()
        except Unavailable:
            return False
        return True

    def _told(self, request: Request) -> Caller:
        """The caller as the request's token or ticket says."""
        ticket = request.stream_ticket()
        if ticket is not None:
            return Caller(**self._auth().redeem_ticket(digest=ticket_digest(ticket)))
        token = bearer(request.header("HTTP_AUTHORIZATION"))
        digest = api_token_digest(token)
        return self._verify(token) if digest is None else self._api_tokens.caller(digest, self._auth)

    def _verify(self, token: str) -> Caller:
        try:
            return self._verifier.verify(token)
        except UnknownKey:
            if time.monotonic() - self._keys_at < _ASK_EVERY_SECONDS:
                raise
            self._keys.do(None)
            return self._verifier.verify(token)

    def _learn_keys(self, waiting: Sequence[None]) -> list[bool]:
        self._verifier.use(self._auth().keys())
        # After the answer: an auth that is away must not turn good tokens away for a second.
        self._keys_at = time.monotonic()
        return [True] * len(waiting)

    def _hear(self) -> None:
        now = time.monotonic()
        if self._heard_at > float("-inf") and now - self._feed.last_heard("auth") <= SILENCE_SECONDS:
            return
        if now - self._heard_at > _ASK_EVERY_SECONDS:
            self._ask_for_list()

    def _on_commits(self, commits: Sequence[Commit]) -> None:
        self._access.apply(commits)
        self.changes += 1
        if self._asking:
            self._meanwhile.extend(commits)

    def _ask_for_list(self) -> None:
        """Know all that auth knew when this was called."""
        self._lists.do(None)

    def _learn_list(self, waiting: Sequence[None]) -> list[bool]:
        asked_at = time.monotonic()
        self._asking = True
        try:
            answer = self._auth().access_list()
            self._access.reset(answer)
            # What was heard while the answer was on its way may be newer than the answer.
            self._access.apply(self._meanwhile)
            self.changes += 1
        finally:
            self._asking = False
            self._meanwhile.clear()
        self._heard_at = asked_at
        return [True] * len(waiting)

    def _auth(self) -> Any:
        return self.shared.client("auth", _TIMEOUT_SECONDS)


def bearer(header: str | None) -> str:
    """The token in an Authorization header. Raises Unauthorized when there is none."""
    if not header:
        raise Unauthorized("Log in, and send the token as Authorization: Bearer")
    scheme, _, token = header.partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not token or " " in token:
        raise Unauthorized("The Authorization header must be Bearer and a token")
    return token


def _local(request: Request) -> Caller:
    """The caller without log-in: whoever sits at this machine, and no page that was led to its address."""
    host = request.header("HTTP_HOST") or "localhost"
    if not is_loopback(host_name(host)):
        raise Forbidden("Without log-in, only requests to this machine's own name are served")
    if request.route.method != "GET":
        _check_page(request, host)
    return LOCAL


def _check_page(request: Request, host: str) -> None:
    """Raise Forbidden for what a browser sends for a page of another origin, unless the settings name it:
    there is no token that such a page would lack.
    """
    origin, site = request.header("HTTP_ORIGIN"), request.header("HTTP_SEC_FETCH_SITE")
    if origin in settings.current().cors_origins:
        return
    ours = origin is None or origin.partition("://")[2].lower() == host.lower()
    if not ours or site in ("cross-site", "same-site"):
        raise Forbidden(
            "Without log-in, pages of other origins change nothing; NETRAVEN_CORS_ORIGINS allows one"
        )


def host_name(host: str) -> str:
    """The name or address in a Host header, without port and brackets."""
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0].lower()
