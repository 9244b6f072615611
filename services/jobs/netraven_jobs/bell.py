"""Ringing for what was reported: ids are gathered and told together. Whoever does not hear looks by
himself.

Between one call and the next there is a pause in which more is gathered: many are settled in as many trips to
the database as one. Who has nothing more to gather ends it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence

import structlog
from eventlet.event import Event
from eventlet.semaphore import Semaphore

from netraven_chassis.faults import infrastructure

log = structlog.get_logger(__name__)

TOGETHER = 500
MOST = 20_000  # that wait; older ones are found without being told


class Bell:
    """Calls `ring(ids)` with what was pushed, one call after the other, `pause` seconds between them."""

    def __init__(self, ring: Callable[[Sequence[str]], None], pause: float = 0.0) -> None:
        self._ring, self._pause = ring, pause
        self._waiting: deque[str] = deque(maxlen=MOST)
        self._filled = Semaphore(0)
        self._hurry = Event()
        self._stopped = False

    def push(self, idents: Sequence[str]) -> None:
        """Ring for these; returns at once."""
        self._waiting.extend(idents)
        if self._filled.counter < 1:
            self._filled.release()

    def hurry(self) -> None:
        """End the pause: nothing more comes for now."""
        if not self._hurry.ready():
            self._hurry.send(None)

    def stop(self) -> None:
        """End `run`; what waits is not told."""
        self._stopped = True
        self._filled.release()
        self.hurry()

    def run(self) -> None:
        """Ring until stopped."""
        while not self._stopped:
            self._filled.acquire()
            while self._waiting and not self._stopped:
                count = min(TOGETHER, len(self._waiting))
                self._hurry = Event()
                self._tell([self._waiting.popleft() for _ in range(count)])
                if self._pause and not self._stopped:
                    self._hurry.wait(self._pause)

    def _tell(self, idents: Sequence[str]) -> None:
        try:
            self._ring(idents)
        except Exception as error:
            if not infrastructure(error):
                log.exception("ringing failed", tasks=len(idents))
            else:
                log.info("nobody heard the bell", tasks=len(idents), error=repr(error))
