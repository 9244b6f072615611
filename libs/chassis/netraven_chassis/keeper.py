"""Keeps a child process running: starts it again when it ends, later each time, and says so."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable

import structlog

from netraven_chassis import children
from netraven_chassis.backoff import Backoff

log = structlog.get_logger(__name__)


class Keeper:
    """One child that is to run until `stop`. Call `tick` a few times a second; nothing happens between."""

    def __init__(
        self,
        name: str,
        launch: Callable[[], subprocess.Popen[bytes]],
        backoff: Backoff | None = None,
        why: Callable[[], str] = str,
    ) -> None:
        """`launch` starts the child at once or raises; `why` tells what it said at its end."""
        self.name = name
        self.child: subprocess.Popen[bytes] | None = None
        self.starts = 0
        self._launch = launch
        self._backoff = backoff or Backoff()
        self._why = why
        self._started_at = 0.0
        self._next_start: float | None = None

    def start(self) -> None:
        """Start the child now. What `launch` raises goes to the caller."""
        self.child = self._launch()
        self.starts += 1
        self._started_at = time.monotonic()
        self._next_start = None

    def running(self) -> bool:
        """Whether the child is there now."""
        return self.child is not None and self.child.poll() is None

    def tick(self) -> None:
        """Notice a child that ended, and start it again when its time has come."""
        if self.running():
            return
        if self._next_start is None:
            self._plan(f"ended with {self._ending()}", self._why())
        elif time.monotonic() >= self._next_start:
            self._try()

    def _ending(self) -> str:
        code = 0 if self.child is None else self.child.returncode
        return f"signal {-code}" if code < 0 else f"status {code}"

    def _plan(self, what: str, why: str) -> None:
        wait = self._backoff.after(time.monotonic() - self._started_at)
        self._next_start = time.monotonic() + wait
        log.error(
            "child ended, starting it again", child=self.name, what=what, why=why, seconds=round(wait, 1)
        )

    def _try(self) -> None:
        try:
            self.start()
        except Exception as error:
            self._plan("could not be started", str(error))

    def stop(self, within: float) -> bool:
        """Ask it to end, kill it after `within` seconds; True when asking was enough."""
        return self.child is None or children.end(self.child, within)
