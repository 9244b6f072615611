"""Taking turns on a stream within one process, so that its writers do not lose to each other. No storage.

Writers of other processes are met by the log itself; this only spares the needless conflicts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager

from eventlet.semaphore import Semaphore


class Turns:
    """One lock per stream that somebody is writing to, and none for the others."""

    def __init__(self) -> None:
        self._locks: dict[str, tuple[Semaphore, int]] = {}

    @contextmanager
    def at(self, streams: Iterable[str]) -> Iterator[None]:
        """Have the turn on all of these streams; taken in one order by all, so that nobody waits in a
        circle.
        """
        with ExitStack() as held:
            for stream in sorted(set(streams)):
                held.enter_context(self._one(stream))
            yield

    @contextmanager
    def _one(self, stream: str) -> Iterator[None]:
        lock, users = self._locks.get(stream, (Semaphore(1), 0))
        self._locks[stream] = (lock, users + 1)
        try:
            with lock:
                yield
        finally:
            lock, users = self._locks.pop(stream)
            if users > 1:
                self._locks[stream] = (lock, users - 1)
