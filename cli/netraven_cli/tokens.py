"""Tokens for one server: got by a password, renewed before they end, given back. Sending is the caller's.

Renewing is done by one thread and one process at a time, because a refresh token serves only once.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from netraven_cli.exits import ApiError, Exit
from netraven_cli.session import Session, Sessions

Post = Callable[[str, Mapping[str, str]], Any]


class Tokens:
    """The log-in at one server. `post(path, body)` sends without a token and gives the decoded answer."""

    def __init__(self, url: str, sessions: Sessions, post: Post) -> None:
        self._url = url
        self._sessions = sessions
        self._post = post
        self._lock = threading.Lock()

    def current(self) -> str | None:
        """An access token that still counts; None without a log-in."""
        session = self._sessions.get(self._url)
        if session is None:
            return None
        return session.access_token if session.fresh else self.renewed(session.access_token)

    def renewed(self, stale: str) -> str | None:
        """An access token in the place of a stale one; None when the log-in is over."""
        with self._lock, self._sessions.alone():
            session = self._sessions.get(self._url)
            if session is None:
                return None
            # Another thread or another command was quicker.
            if session.access_token != stale and session.fresh:
                return session.access_token
            return self._refresh(session)

    def _refresh(self, session: Session) -> str | None:
        try:
            tokens = self._post("/auth/refresh", {"refresh_token": session.refresh_token})
        except ApiError as error:
            if error.exit is not Exit.LOGIN:
                raise
            self._sessions.drop(self._url)
            return None
        self._keep(session.username, tokens)
        return str(tokens["access_token"])

    def log_in(self, username: str, password: str) -> None:
        """Get tokens for a password, and keep them. Raises ApiError."""
        tokens = self._post("/auth/token", {"username": username, "password": password})
        with self._sessions.alone():
            self._keep(username, tokens)

    def log_out(self) -> bool:
        """End the log-in, here and at the server; False when there was none."""
        with self._sessions.alone():
            session = self._sessions.get(self._url)
            self._sessions.drop(self._url)
        if session is not None:
            self._post("/auth/logout", {"refresh_token": session.refresh_token})
        return session is not None

    def _keep(self, username: str, tokens: Mapping[str, Any]) -> None:
        ends = time.time() + float(tokens["expires_in"])
        session = Session(username, str(tokens["access_token"]), str(tokens["refresh_token"]), ends)
        self._sessions.put(self._url, session)
