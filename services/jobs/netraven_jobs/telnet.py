"""Telnet by the book (RFC 854 and its options) over a connection that is there already, and the log-in at its
prompts. What is said after that is the driver's affair.

Each question is answered once: Netmiko's own log-in sends the password again whenever it is asked, which
counts as several refusals where the lock-out guard knows of one.
"""

from __future__ import annotations

import re
import socket
import struct
import time
from collections.abc import Callable
from typing import Any

from netmiko._telnetlib import telnetlib

from netraven_jobs.failures import Failed
from netraven_jobs.turns import PROMPT_ENDS

_IAC, _SB, _SE = bytes([255]), bytes([250]), bytes([240])
_DONT, _DO, _WONT, _WILL = (bytes([number]) for number in (254, 253, 252, 251))
_ECHO, _AHEAD, _TERMINAL, _WINDOW = (bytes([number]) for number in (1, 3, 24, 31))
_THEIRS, _OURS = {_ECHO, _AHEAD}, {_AHEAD, _TERMINAL, _WINDOW}  # options that are welcome
_IS = b"\0"
_WIDTH, _HEIGHT = 511, 1000

_POLL_SECONDS = 0.02
_QUIET_SECONDS = 0.3
_USER = re.compile(r"(?:user ?name|login|user|account)[^\n]{0,20}:[ \t]*$", re.I)
_PASSWORD = re.compile(r"pass(?:word|code|phrase)[^\n]{0,30}:[ \t]*$", re.I)
_PROMPT = re.compile(rf"[{re.escape(PROMPT_ENDS)}][ \t]*$")
_NEXT = re.compile(r"(?:press|hit) (?:return|enter|any key)[^\n]*$", re.I)
_TAIL = 400


class Connection(telnetlib.Telnet):
    """A telnet connection over `sock`: lets the device echo, says how wide and what kind the terminal is, and
    refuses every other option once.
    """

    def __init__(self, sock: socket.socket) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.sock = sock
        self._said: set[bytes] = set()
        self.set_option_negotiation_callback(self._negotiate)  # type: ignore[no-untyped-call]

    def _negotiate(self, sock: socket.socket, command: bytes, option: bytes) -> None:
        if command in (_DO, _DONT):
            self._say(sock, _WILL if command == _DO and option in _OURS else _WONT, option)
            if command == _DO and option == _WINDOW:
                size = struct.pack("!HH", _WIDTH, _HEIGHT).replace(_IAC, _IAC * 2)
                sock.sendall(_IAC + _SB + _WINDOW + size + _IAC + _SE)
        elif command in (_WILL, _WONT):
            self._say(sock, _DO if command == _WILL and option in _THEIRS else _DONT, option)
        elif command == _SE and self._asked() == _TERMINAL + b"\1":
            sock.sendall(_IAC + _SB + _TERMINAL + _IS + b"vt100" + _IAC + _SE)

    def _asked(self) -> bytes:
        said: bytes = self.read_sb_data()  # type: ignore[no-untyped-call]
        return said[:2]

    def _say(self, sock: socket.socket, word: bytes, option: bytes) -> None:
        # An answer is given once: who answers answers never ends.
        if word + option not in self._said:
            self._said.add(word + option)
            sock.sendall(_IAC + word + option)


def log_in(driver: Any, patience: float) -> str:
    """Answer the device's questions for name and password, each once; what it said until its first prompt.

    `driver` is one of Netmiko's that is connected, `patience` is in seconds. Raises Failed: AUTHENTICATION
    when the device asks again or hangs up after the password, TIMEOUT and PROTOCOL for the rest.
    """
    return _Talk(driver, patience).run()


class _Talk:
    """What is asked and answered until the first prompt."""

    def __init__(self, driver: Any, patience: float) -> None:
        self._driver, self._deadline = driver, time.monotonic() + patience
        self._said, self._since = "", ""
        self._answered: set[str] = set()
        self._steps: tuple[tuple[re.Pattern[str], Callable[[], None]], ...] = (
            (_PASSWORD, lambda: self._answer("password", driver.password or "")),
            (_USER, lambda: self._answer("name", driver.username or "")),
            (_NEXT, lambda: self._answer("key", "")),
        )

    def run(self) -> str:
        """Answer until nothing is asked any more."""
        while time.monotonic() < self._deadline:
            self._read()
            line = self._since.rsplit("\n", 1)[-1].lstrip("\r")
            step = next((step for pattern, step in self._steps if pattern.search(line)), None)
            if step is not None:
                step()
            elif _PROMPT.search(line):
                return self._said
        raise Failed("TIMEOUT", "the device did not come to a prompt in time")

    def _answer(self, what: str, word: str) -> None:
        if what in self._answered:
            raise _refused()
        self._answered.add(what)
        self._since = ""
        # A return alone: to some a line feed behind it is an empty answer to the next question.
        self._driver.write_channel(word + "\r")

    def _read(self) -> None:
        """What came until the device is silent for a moment."""
        heard = time.monotonic()
        while time.monotonic() - heard < _QUIET_SECONDS and time.monotonic() < self._deadline:
            try:
                text = self._driver.read_channel()
            except EOFError:
                raise _refused() if "password" in self._answered else _gone() from None
            if text:
                self._said = (self._said + text)[-_TAIL * 10 :]
                self._since = (self._since + text)[-_TAIL:]
                heard = time.monotonic()
            time.sleep(_POLL_SECONDS)


def _refused() -> Failed:
    return Failed("AUTHENTICATION", "the device did not accept the credential")


def _gone() -> Failed:
    return Failed("PROTOCOL", "the device closed the session before the log-in")
