"""Whether one who watches others could see them all the time: who was away himself does not know who else
was. Pure but for the clock that it is given; who is watched, and what is made of it, others know.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from netraven_chassis.clock import Clock


class Vigil:
    """One watch. Parameters: `gap_ms`, longer than between two looks, and so short that whoever lives gives a
    sign after it in time; `moment_ms`, within which whoever lives gives a sign.

    The clock is the wall's, which goes on while the whole machine sleeps. One that is set ends a watch too.
    """

    def __init__(self, clock: Clock, gap_ms: int, moment_ms: int) -> None:
        self._clock, self._gap_ms, self._moment_ms = clock, gap_ms, moment_ms
        self._since: int | None = None
        self._seen_at = 0

    @contextmanager
    def look(self) -> Iterator[None]:
        """Around a look: one that fails breaks the watch, as does one that comes after a gap."""
        try:
            yield
        except Exception:
            self._since = None
            raise
        now = self._clock.now()
        if self._since is None or not 0 <= now - self._seen_at <= self._gap_ms:
            self._since = now
        self._seen_at = now

    @property
    def unbroken(self) -> bool:
        """Whether, at the last look, whoever lives would have been seen to."""
        return self._since is not None and self._seen_at - self._since >= self._moment_ms
