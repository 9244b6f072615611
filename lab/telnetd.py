"""The telnet server of one simulated device: options by the book (RFC 854, 857, 858, 1073, 1091), then the
questions for name and password. What the device says after that stands in shell.py.
"""

from __future__ import annotations

import socket

from lab.server import DeviceServer, Terminal

_IAC, _DONT, _DO, _WONT, _WILL, _SB, _SE = 255, 254, 253, 252, 251, 250, 240
_ECHO, _AHEAD, _TERMINAL, _WINDOW = 1, 3, 24, 31
_OFFERS = ((_WILL, _ECHO), (_WILL, _AHEAD), (_DO, _TERMINAL), (_DO, _WINDOW), (_WILL, 5), (_DO, 39))
_TRIES = 3
_IDLE_SECONDS = 120.0


class TelnetChannel:
    """A connection without the protocol's own words, as a Terminal wants it."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock, self._rest = sock, b""
        self.echo, self.terminal, self.window = True, b"", b""
        self._sock.sendall(b"".join(bytes([_IAC, word, option]) for word, option in _OFFERS))

    def settimeout(self, seconds: float) -> None:
        """How long to wait for what is typed."""
        self._sock.settimeout(seconds)

    def sendall(self, said: bytes) -> None:
        """Say something."""
        self._sock.sendall(said.replace(bytes([_IAC]), bytes([_IAC, _IAC])))

    def recv(self, size: int) -> bytes:
        """What was typed; nothing when the other side has gone."""
        while True:
            heard = self._sock.recv(size)
            if not heard:
                return b""
            typed = self._typed(self._rest + heard)
            if typed:
                return typed

    def _typed(self, heard: bytes) -> bytes:
        """What is no word of the protocol; half a word waits for its other half."""
        typed, at = bytearray(), 0
        while at < len(heard):
            if heard[at] != _IAC:
                typed.append(heard[at])
                at += 1
                continue
            end = self._word(heard, at)
            if end is None:
                break
            at = end
        self._rest = heard[at:]
        return bytes(typed).replace(b"\r\0", b"\r")

    def _word(self, heard: bytes, at: int) -> int | None:
        """Take one; where it ends, None when it is not whole."""
        word = heard[at + 1 : at + 2]
        if word == bytes([_SB]):
            end = heard.find(bytes([_IAC, _SE]), at)
            if end < 0:
                return None
            self._told(heard[at + 2 : end])
            return end + 2
        if len(heard) < at + 3:
            return None
        self._chosen(heard[at + 1], heard[at + 2])
        return at + 3

    def _told(self, said: bytes) -> None:
        if said[:1] == bytes([_WINDOW]):
            self.window = said[1:]
        elif said[:2] == bytes([_TERMINAL, 0]):
            self.terminal = said[2:]

    def _chosen(self, word: int, option: int) -> None:
        if option == _ECHO:
            self.echo = word == _DO
        elif (word, option) == (_WILL, _TERMINAL):
            self._sock.sendall(bytes([_IAC, _SB, _TERMINAL, 1, _IAC, _SE]))


class TelnetServer(DeviceServer):
    """One device's server for telnet."""

    def _serve(self, client: socket.socket) -> None:
        channel = TelnetChannel(client)
        terminal = Terminal(channel, self._shell(self.login.username), self.manners, self._stopped)
        channel.settimeout(_IDLE_SECONDS)
        try:
            if self._let_in(terminal):
                terminal.run()
        except OSError:
            return  # the other side has gone

    def _let_in(self, terminal: Terminal) -> bool:
        terminal.say("\nUser Access Verification\n\n")
        for _ in range(_TRIES):
            name = terminal.asked("Username: ")
            password = terminal.asked("Password: ", hidden=True)
            if name is None or password is None:
                return False
            if (name, password) == (self.login.username, self.login.password) and not self.manners.locked:
                return True
            self.refused += 1
            terminal.say("% Login invalid\n\n")
        return False

    def sessions(self) -> int:
        """How many log-ins were refused: what a test wants to know of this one."""
        return self.refused
