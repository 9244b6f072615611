"""How long a device was online, offline or unknown within a window: exact, from the verdicts. No storage."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from netraven_monitor.watch import OFFLINE, ONLINE, UNKNOWN


@dataclass(frozen=True, slots=True)
class Availability:
    """Milliseconds in each status from `start` to `end` (UTC milliseconds); together they are the window."""

    start: int
    end: int
    online_ms: int
    offline_ms: int
    unknown_ms: int

    @property
    def ratio(self) -> float | None:
        """The online part of the time that is known, 0 to 1, or None when nothing is known."""
        known = self.online_ms + self.offline_ms
        return self.online_ms / known if known else None


def availability(changes: Iterable[tuple[int, str]], start: int, end: int) -> Availability:
    """Add up the time in each status.

    Parameters: `changes`, (moment, status from then on) in order of time; before the first the status is
    unknown. `start` and `end`, UTC milliseconds; an `end` before `start` makes an empty window.
    """
    end = max(start, end)
    spent = {ONLINE: 0, OFFLINE: 0, UNKNOWN: 0}
    edges = [(start, UNKNOWN), *changes, (end, UNKNOWN)]
    for (begin, status), (until, _) in pairwise(edges):
        spent[status] += max(0, min(until, end) - max(begin, start))
    return Availability(start, end, spent[ONLINE], spent[OFFLINE], spent[UNKNOWN])
