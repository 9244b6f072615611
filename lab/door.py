"""Who may log in to a simulated device over SSH, and how. No command line, no sockets."""

from __future__ import annotations

import base64
import threading
from collections.abc import Callable

import paramiko

from lab.manners import LOG_IN, Login, Manners

_HANGING_SECONDS = 120.0


class Door(paramiko.ServerInterface):
    """Who may log in, and how: with a password, by questions, with a key. `refused` is told of each that may
    not.
    """

    def __init__(
        self, login: Login, manners: Manners, stopped: threading.Event, refused: Callable[[], None]
    ) -> None:
        self._login, self._manners, self._stopped, self._refused = login, manners, stopped, refused
        self.user = ""

    def get_allowed_auths(self, username: str) -> str:
        """The ways."""
        if self._manners.questions:
            return "keyboard-interactive"
        return "password,keyboard-interactive" + (",publickey" if self._login.public_key else "")

    def check_auth_password(self, username: str, password: str) -> int:
        """By password."""
        return self._decide(username, password == self._login.password and not self._manners.questions)

    def check_auth_publickey(self, username: str, key: paramiko.PKey) -> int:
        """By key."""
        shown = f"{key.get_name()} {base64.b64encode(key.asbytes()).decode()}"
        return self._decide(username, shown == self._login.public_key)

    def check_auth_interactive(self, username: str, submethods: str) -> int | paramiko.InteractiveQuery:
        """By questions."""
        self.user = username
        return paramiko.InteractiveQuery("", "", ("Password: ", False))

    def check_auth_interactive_response(self, responses: list[str]) -> int:
        """By answers."""
        return self._decide(self.user, responses == [self._login.password])

    def _decide(self, username: str, right: bool) -> int:
        if self._manners.hangs == LOG_IN:
            self._stopped.wait(_HANGING_SECONDS)
        # RouterOS is told about the terminal after the name.
        self.user = username.split("+")[0]
        welcome = right and self.user == self._login.username and not self._manners.locked
        if not welcome:
            self._refused()
        return int(paramiko.AUTH_SUCCESSFUL if welcome else paramiko.AUTH_FAILED)

    def check_channel_request(self, kind: str, chanid: int) -> int:
        """Sessions only."""
        known = kind == "session"
        return int(paramiko.OPEN_SUCCEEDED if known else paramiko.OPEN_FAILED_UNKNOWN_CHANNEL_TYPE)

    def check_channel_pty_request(self, *_: object) -> bool:
        """A terminal."""
        return True

    def check_channel_shell_request(self, channel: paramiko.Channel) -> bool:
        """A command line."""
        return True
