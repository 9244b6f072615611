"""A rebuild that runs in the background of a service, one at a time, and can be asked how far it is."""

from __future__ import annotations

from typing import Any

import eventlet
import structlog

from netraven_chassis.core import Core

log = structlog.get_logger(__name__)


class Rebuilding:
    """The rebuilds of one service in this process."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._state: dict[str, Any] = {"state": "idle", "generation": None, "progress": {}, "reason": None}

    def start(self) -> dict[str, Any]:
        """Begin, unless one is running; the state."""
        if self._state["state"] != "running":
            self._state = {"state": "running", "generation": None, "progress": {}, "reason": None}
            eventlet.spawn(self._run)
        return self._state

    def state(self) -> dict[str, Any]:
        """`state` is idle, running, done or failed; `progress` counts the commits taken in from each log."""
        return self._state

    def _run(self) -> None:
        try:
            generation = self._core.rebuild(self._note)
        except Exception as error:
            log.exception("a rebuild failed; the live views are as they were", service=self._core.service)
            self._state |= {"state": "failed", "reason": type(error).__name__}
        else:
            self._state |= {"state": "done", "generation": generation}

    def _note(self, source: str, count: int) -> None:
        self._state["progress"][source] = count
        eventlet.sleep(0)  # a rebuild is long, and others want the hub too
