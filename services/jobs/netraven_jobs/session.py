"""One session with one device, from dialling to closing. Runs in a thread of a child process; no eventlet.

What it is asked for and what it answers stands in session_request.py.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from netraven_jobs.conversation import Conversation
from netraven_jobs.dialling import await_greeting, dial
from netraven_jobs.driver import Guarded, HungUpAtPassword, driver
from netraven_jobs.failures import Failed, failure
from netraven_jobs.fetching import FETCHES
from netraven_jobs.keys import private_key
from netraven_jobs.platforms import Platform, platform
from netraven_jobs.redaction import redact
from netraven_jobs.session_request import LOGIN, SessionAnswer, SessionRequest
from netraven_jobs.transcript import Masks, Transcript

TELNET = "_telnet"
_GRACE = 0.5
_ANSWER_SECONDS = 30.0
Tell = Callable[[str, str, str], None]
"""Takes level, log type and message."""


class Session:
    """One session. `run` has it; `end`, from any other thread, breaks it off at once."""

    def __init__(self, request: SessionRequest, tell: Tell) -> None:
        self._request, self._masks = request, Masks(request.secret.values())
        self._tell = tell
        self._transcript = Transcript(
            request.platform, self._masks, lambda line: tell("debug", "session", line)
        )
        self._began = time.monotonic()
        self.deadline = self._began + request.limit
        self._lock = threading.Lock()
        self._ended: Failed | None = None
        self._socket: socket.socket | None = None
        self._connection: Guarded | None = None
        self._logged_in = False

    def end(self, error_class: str, message: str) -> None:
        """Break it off: its transport is closed now, whatever it waits for. The first reason counts."""
        with self._lock:
            self._ended = self._ended or Failed(error_class, message)
            self._shut()

    def overdue(self) -> None:
        """Break it off because its time is over."""
        self.end("TIMEOUT", f"the time limit of {self._request.limit:g} s was over")

    def run(self) -> SessionAnswer:
        """Have the session. Never raises: what went wrong is in the answer."""
        data: Mapping[str, Any] = {}
        failed: Failed | None = None
        try:
            data = self._have()
        except Exception as error:
            failed = failure(error)
        finally:
            self._close()
            self._transcript.end()
        failed = self._ended or failed
        return SessionAnswer(
            failed.error_class if failed else None,
            self._masks.hide(str(failed)) if failed else "",
            self._connection.host_key() if self._connection is not None else None,
            round((time.monotonic() - self._began) * 1000),
            self._logged_in,
            {} if failed else data,
        )

    def _have(self) -> Mapping[str, Any]:
        request, row = self._request, platform(self._request.platform)
        fetch = FETCHES.get(request.action)
        kind = driver(request.platform or "generic")
        if kind is None or (row is None and fetch is not None):
            raise Failed("NO_PLATFORM", f"nobody knows how to ask a device of platform {request.platform!r}")
        connection = self._enter(kind)
        if row is None:
            return {"prompt": None}  # the log-in is all that can be seen without knowing the device
        return self._converse(connection, row, fetch)

    def _enter(self, kind: type[Guarded]) -> Guarded:
        """A driver that is logged in."""
        connection = self._connect(kind)
        try:
            self._log_in(connection)
        except HungUpAtPassword as hung_up:
            if "private_key" in self._request.secret:
                raise
            return self._enter_by_questions(kind, connection, hung_up)
        return connection

    def _enter_by_questions(self, kind: type[Guarded], shut: Guarded, hung_up: Failed) -> Guarded:
        """A driver that is logged in to a device that takes no passwords but answers to its questions, and
        said so only by hanging up. One that takes passwords has refused this one: it is not given it again.
        """
        shut.disconnect()
        if self._socket is not None:
            self._socket.close()
        try:
            connection = self._connect(kind, asks_first=True)
            self._log_in(connection)
        except Exception as error:
            raise hung_up from error
        return connection

    def _connect(self, kind: type[Guarded], asks_first: bool = False) -> Guarded:
        """A driver over a connection that greets; nobody has logged in yet."""
        request = self._request
        sock = dial(request.host, request.port, self._left(request.connect_timeout), self._opened)
        self._tell("info", "connection", f"connected to {request.host}:{request.port}")
        if not request.platform.endswith(TELNET):
            await_greeting(sock, self._left(request.connect_timeout))
        hear, options = self._transcript.heard, self._options()
        self._connection = kind(known=request.host_key, hear=hear, asks_first=asks_first, **options)
        return self._connection

    def _options(self) -> dict[str, Any]:
        """What Netmiko is told."""
        request, secret = self._request, self._request.secret
        patience = self._left(request.connect_timeout)
        options: dict[str, Any] = {
            "host": request.host,
            "port": request.port,
            "device_type": request.platform or "generic",
            "username": request.username,
            "password": secret.get("password"),
            # Where nobody says otherwise, most networks have one password for both.
            "secret": secret.get("enable") or secret.get("password") or "",
            "conn_timeout": patience,
            "banner_timeout": patience,
            "auth_timeout": patience,
            "fast_cli": True,
            # Some wait for a server far away before each answer; Netmiko's own ten seconds are too short.
            "read_timeout_override": self._left(_ANSWER_SECONDS),
            # Some drivers would set the terminal's width in the device's configuration.
            "allow_auto_change": False,
            "sock": self._socket,
        }
        if "private_key" in secret:
            options["pkey"] = private_key(secret["private_key"], secret.get("passphrase"))
        return options

    def _log_in(self, connection: Guarded) -> None:
        connection._modify_connection_params()
        connection.establish_connection()
        self._logged_in = True
        self._tell("info", "connection", f"logged in as {self._request.username}")

    def _converse(
        self, connection: Guarded, row: Platform, fetch: Callable[..., Mapping[str, Any]] | None
    ) -> Mapping[str, Any]:
        connection._try_session_preparation()
        # Whoever gave an enable secret wants to know whether it holds.
        if row.privileged and (self._request.action != LOGIN or "enable" in self._request.secret):
            connection.enable()
        talk = Conversation(connection, self._transcript, self.deadline - _GRACE, self._hidden)
        try:
            return {"prompt": talk.prompt} if fetch is None else fetch(talk, row, self._request)
        finally:
            if row.tidy:
                self._tidy(connection)

    def _tidy(self, connection: Guarded) -> None:
        """Let the driver put back what it changed. What the session brought stands even where that fails."""
        try:
            connection.cleanup()
        except Exception as error:
            told = self._masks.hide(str(failure(error)))
            self._tell("warning", "session", f"the device's settings were not put back: {told}")

    def _hidden(self, said: str) -> str:
        """What the device said, without secrets."""
        return redact(self._request.platform, self._masks.hide(said))

    def _opened(self, sock: socket.socket) -> None:
        with self._lock:
            if self._ended is not None:
                raise self._ended
            self._socket = sock

    def _left(self, most: float) -> float:
        """Seconds for the next step. Raises Failed when none are left."""
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise Failed("TIMEOUT", f"the time limit of {self._request.limit:g} s was over")
        return min(left, most)

    def _shut(self) -> None:
        """Shut the transport, so that whoever waits for it wakes up. Needs the lock."""
        try:
            if self._socket is not None:
                self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            return  # not connected, or not any more: there is nothing left to shut

    def _close(self) -> None:
        """Leave nothing open, whatever state it is in."""
        connection = self._connection
        if connection is not None:
            connection.say_goodbye()
        with self._lock:
            self._shut()
        if connection is not None:
            connection.disconnect()
        if self._socket is not None:
            self._socket.close()
