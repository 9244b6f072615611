"""Whether a log that ends before what is known of it was restored to an earlier state, or only seems so for a
moment. No logs are read here.

A new primary may know less of what a majority has than the one before, and a relay that took over tells a
range again; both pass. A restored log stays short.
"""

from __future__ import annotations

import time
from collections.abc import Callable

SHORT_SECONDS = 20.0
GAP_SECONDS = 12.0  # more than two hellos of a relay: after so long without a look nobody knows


class Shortness:
    """What was seen of one log's end. `clock` gives seconds that only grow."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._since, self._seen_at = float("-inf"), float("-inf")

    def lasts(self, head: int, known: int) -> bool:
        """Whether the log, which ends at `head` now, has for a while ended before `known`, which was read."""
        if head >= known:
            self._seen_at = float("-inf")
            return False
        now = self._clock()
        if now - self._seen_at > GAP_SECONDS:
            self._since = now
        self._seen_at = now
        return now - self._since >= SHORT_SECONDS

    def forget(self) -> None:
        """From here on it is another log."""
        self._seen_at = float("-inf")
