"""The SSH server of one simulated device: fakenos's, but with one thread for a session instead of four that
poll, with more ways to log in, paging, and bad manners. What the device says stands in shell.py.
"""

from __future__ import annotations

import logging
import re
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import paramiko
from fakenos.core.servers import TCPServerBase  # type: ignore[import-untyped]

from lab.door import Door
from lab.manners import ANSWER, GREETING, PROMPT, Login, Manners
from lab.shell import Shell

_IDLE_SECONDS = 120.0
_LOG_IN_SECONDS = 30.0
_TICK = 0.2
_SHORT, _PIECE = 300, 12  # octets
# Between the octets that belong together: of a line's end, a character, an escape sequence.
_WITHIN = re.compile(rb"(?<=\r)(?=\n)|(?<=[\xc2-\xf4])(?=[\x80-\xbf])|(?<=\x1b\[)|(?<=\x1b)(?=\[)")
_ACCEPT_SECONDS = 5.0
_LOGGED = "\n*Mar  1 00:42:07.123: %SYS-5-CONFIG_I: Configured from console by vty1 (192.0.2.9)\n"
_WITHOUT_PRIMES = ["diffie-hellman-group-exchange-sha256", "diffie-hellman-group-exchange-sha1"]

logging.getLogger("paramiko.transport").setLevel(logging.CRITICAL)


class DeviceServer(TCPServerBase):
    """One device's server. `shell` makes a command line for whoever logged in; `key` is its host key;
    `refused` counts the log-ins that it did not accept.

    `manners` may be changed while it runs: the next connection meets them.
    """

    port: int
    refused = 0
    _connection_threads: list[threading.Thread]

    def __init__(
        self,
        address: str,
        port: int,
        key: paramiko.PKey,
        login: Login,
        shell: Callable[[str], Shell],
        manners: Manners,
    ) -> None:
        super().__init__(address=address, port=port, timeout=_ACCEPT_SECONDS)
        self.key, self.login, self.manners = key, login, manners
        self._shell = shell
        self._transports: set[paramiko.Transport] = set()
        self._stopped = threading.Event()

    def _bind_sockets(self) -> None:
        # fakenos shares its port with whoever asks; two labs on one address would answer by chance.
        self._socket = socket.create_server((self.address, self.port), backlog=512)
        self._socket.settimeout(self.timeout)
        self.port = self._socket.getsockname()[1]
        self._same = self._socket.dup()

    def sessions(self) -> int:
        """How many are logged in or about to be."""
        return len([one for one in list(self._transports) if one.is_active()])

    def stop(self) -> None:
        """Close it with all its sessions."""
        self._stopped.set()
        super().stop()

    def _close_active_connections(self) -> None:
        with self._same, suppress(OSError):
            # Closing alone lets the thread that accepts sleep on.
            self._same.shutdown(socket.SHUT_RDWR)
        for transport in list(self._transports):
            transport.close()

    def connection_function(self, client: socket.socket, is_running: threading.Event) -> None:
        """One connection, to its end."""
        self._connection_threads = [one for one in self._connection_threads if one.is_alive()]
        with client:
            if self.manners.hangs_up:
                return
            if self.manners.hangs == GREETING:
                self._silence(client)
                return
            self._serve(client)

    def _refuse(self, transport: paramiko.Transport) -> None:
        self.refused += 1
        if self.manners.once:
            transport.close()

    def _silence(self, client: socket.socket) -> None:
        client.settimeout(_TICK)
        ends = time.monotonic() + _IDLE_SECONDS
        while not self._stopped.is_set() and time.monotonic() < ends:
            try:
                if not client.recv(4096):
                    return
            except TimeoutError:
                continue
            except OSError:
                return

    def _serve(self, client: socket.socket) -> None:
        # Without tables of primes these cannot be held, and paramiko offers them all the same.
        transport = paramiko.Transport(client, disabled_algorithms={"kex": _WITHOUT_PRIMES})
        self._transports.add(transport)
        door = Door(self.login, self.manners, self._stopped, lambda: self._refuse(transport))
        try:
            transport.add_server_key(self.key)
            transport.start_server(server=door)
            channel = transport.accept(_LOG_IN_SECONDS)
            if channel is not None:
                Terminal(channel, self._shell(door.user), self.manners, self._stopped).run()
        except (OSError, EOFError, paramiko.SSHException):
            return  # the other side has gone, or is no SSH client: a device says nothing about it either
        finally:
            transport.close()
            self._transports.discard(transport)


class Terminal:
    """What goes over one session's channel: echo, lines, pages."""

    def __init__(self, channel: Any, shell: Shell, manners: Manners, stopped: threading.Event) -> None:
        self._channel, self._shell, self._manners, self._stopped = channel, shell, manners, stopped
        self._typed, shell.strict = bytearray(), manners.pages
        channel.settimeout(_IDLE_SECONDS)

    def say(self, text: str) -> None:
        """Say something before the command line begins."""
        self._say(text)

    def asked(self, question: str, hidden: bool = False) -> str | None:
        """What is answered to a question; None when nobody is there."""
        self._say(question)
        return self._line(hidden)

    def run(self) -> None:
        """Until somebody leaves."""
        self._say(self._gossip() + self._shell.greeting())
        if self._manners.hangs != PROMPT:
            self._say(self._prompt())
        while (line := self._line()) is not None:
            if self._manners.hangs == PROMPT:
                continue
            if self._shell.over(line):
                return
            if not self._answer(line):
                return
            self._say(self._prompt() + self._logged(line))

    def _logged(self, line: str) -> str:
        return _LOGGED if self._manners.chats and line.strip() in self._shell.dialect.shows else ""

    def _gossip(self) -> str:
        return f"{self._shell.gossip}\n" if self._manners.parrots else ""

    def _prompt(self) -> str:
        prompt, shell = self._shell.prompt(), self._shell
        return (
            prompt.replace(shell.name, f"{shell.name}-{shell.password}") if self._manners.parrots else prompt
        )

    def _answer(self, line: str) -> bool:
        """Answer a line; whether the session goes on."""
        text = self._refused(line) or self._shell.type(line)
        self._stopped.wait(self._manners.slow)
        shown = line.strip() in self._shell.dialect.shows and len(text) > 400
        if shown and self._manners.hangs == ANSWER:
            self._say(text[: len(text) // 2])
            self._stopped.wait(_IDLE_SECONDS)
        if shown and self._manners.drops:
            self._say(text[: len(text) // 2])
            return False
        if shown and self._manners.truncates:
            text = text[: len(text) // 2]
        gossip = "" if shown else self._gossip()
        if not self._paged(gossip + text):
            return False
        if shown and self._manners.leaves:
            self._say(self._prompt())
            return False
        return True

    def _refused(self, line: str) -> str:
        return self._shell.dialect.newer.get(line.strip(), "") if self._manners.older else ""

    def _paged(self, text: str) -> bool:
        pages = list(self._shell.pages(text))
        for number, page in enumerate(pages, 1):
            self._say(page + "\n" if page else "")
            if number < len(pages):
                self._say(self._shell.dialect.pager)
                key = self._key()
                self._say(f"\r{' ' * len(self._shell.dialect.pager)}\r", raw=True)
                if key in (b"q", b"\x03"):
                    return True
                if not key:
                    return False
        return True

    def _line(self, hidden: bool = False) -> str | None:
        """What is typed up to the next end of a line; None when nobody is there."""
        while True:
            for at, byte in enumerate(self._typed):
                if byte in b"\r\n":
                    line = bytes(self._typed[:at])
                    rest = self._typed[at + 1 :]
                    if byte == 13 and rest[:1] == b"\n":
                        rest = rest[1:]
                    self._typed = rest
                    hidden = hidden or not getattr(self._channel, "echo", True)
                    hidden = hidden or (self._shell.secret and not self._manners.parrots)
                    self._say(("" if hidden else line.decode(errors="replace")) + "\n")
                    return line.decode(errors="replace").replace("\x00", "")
            more = self._channel.recv(4096)
            if not more:
                return None
            self._typed += more

    def _key(self) -> bytes:
        if not self._typed:
            self._typed += self._channel.recv(4096)
        key, self._typed = bytes(self._typed[:1]), self._typed[1:]
        return key

    def _say(self, text: str, raw: bool = False) -> None:
        if not text:
            return
        said = text.encode() if raw else text.replace("\n", "\r\n").encode()
        dribbles = self._manners.dribbles and len(said) <= _SHORT
        if self._manners.stutters:
            self._stutter(said)
            return
        for at in range(0, len(said), _PIECE if dribbles else len(said)):
            self._channel.sendall(said[at : at + _PIECE] if dribbles else said)
            self._stopped.wait(self._manners.dribbles)

    def _stutter(self, said: bytes) -> None:
        for piece in _WITHIN.split(said):
            self._channel.sendall(piece)
            self._stopped.wait(self._manners.stutters)
