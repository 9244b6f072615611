"""A terminal with a command on it: what it shows is read, and typed is only what it waits for."""

from __future__ import annotations

import os
import pty
import signal
import termios
from contextlib import suppress
from typing import Any, Self

from tests.cli.conftest import Command
from tests.patience import until

_LOCAL_MODES = 3  # among the attributes of a terminal


class Terminal:
    """`netraven <arguments>` in a process of its own, on a terminal of its own."""

    def __init__(self, command: Command, *arguments: str, **options: Any) -> None:
        self.shown = b""
        self._ours, theirs = pty.openpty()
        try:
            ends = {"stdin": theirs, "stdout": theirs, "stderr": theirs}
            self._child = command.start(*arguments, **ends, **options)
        finally:
            os.close(theirs)

    def until_shown(self, text: bytes) -> None:
        """Read until it has shown this."""
        while text not in self.shown:
            assert self._read(), self.shown

    def type_unseen(self, line: bytes) -> None:
        """Type a line once the terminal no longer shows what is typed: what comes sooner is thrown away."""
        until(lambda: not termios.tcgetattr(self._ours)[_LOCAL_MODES] & termios.ECHO)
        os.write(self._ours, line + b"\n")

    def interrupt(self) -> None:
        """Ctrl-C."""
        self._child.send_signal(signal.SIGINT)

    def ended(self) -> int:
        """Its exit status, once it has shown all that it has to show and ended."""
        while self._read():
            pass
        until(lambda: self._child.poll() is not None)
        return self._child.wait()

    def _read(self) -> bytes:
        piece = b""
        with suppress(OSError):  # how a terminal says that nobody is on it any more
            piece = os.read(self._ours, 10_000)
        self.shown += piece
        return piece

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._ours)
