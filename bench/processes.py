"""Processes under measurement: started from the checkout, waited for, and ended with whoever measures."""

from __future__ import annotations

import http.client
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Self, TypeVar

from netraven_chassis import children

T = TypeVar("T")
ROOT = Path(__file__).resolve().parents[1]
START_SECONDS, STOP_SECONDS = 60.0, 10.0


class DidNotStart(Exception):
    """A process ended or stayed silent; the message has the end of what it said."""


class Processes:
    """Some processes with one log, ended together: a context manager."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="netraven-bench-")
        self._log = Path(self._folder.name, "log")
        self._running: list[subprocess.Popen[bytes]] = []

    def start(self, arguments: Sequence[str], env: Mapping[str, str]) -> int:
        """Start `python -m <arguments>`; its process id."""
        command = [sys.executable, "-m", *arguments]
        whole = {**_plain_environment(), "PYTHONPATH": str(ROOT), **env}
        child = children.start(command, self._log, whole)
        self._running.append(child)
        return child.pid

    def wait_for(self, port: int, path: str) -> None:
        """Until a GET of `path` is answered with less than 500. Raises DidNotStart."""
        deadline = time.monotonic() + START_SECONDS
        while (status := _status(port, path)) >= 500:
            if any(child.poll() is not None for child in self._running) or time.monotonic() > deadline:
                raise DidNotStart(f"{path} on port {port} answers {status}:\n{self.tail()}")
            time.sleep(0.1)

    def wait_until(self, attempt: Callable[[], T]) -> T:
        """What `attempt` gives once it no longer raises OSError. Raises DidNotStart."""
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                return attempt()
            except OSError as error:
                if time.monotonic() > deadline:
                    raise DidNotStart(f"{error}:\n{self.tail()}") from error
            time.sleep(0.2)

    def tail(self) -> str:
        """The end of what they all said."""
        return "\n".join(self._log.read_text(errors="replace").splitlines()[-30:])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for child in reversed(self._running):
            children.end(child, STOP_SECONDS)
        self._folder.cleanup()


def _plain_environment() -> dict[str, str]:
    """Ours without the settings of whoever measures."""
    strangers = ("NETRAVEN_", "PING_", "AMQP_", "MONGODB_", "BENCH_")
    return {name: value for name, value in os.environ.items() if not name.startswith(strangers)}


def _status(port: int, path: str) -> int:
    """What a GET is answered with; 599 when it is not."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return 599
    finally:
        connection.close()
