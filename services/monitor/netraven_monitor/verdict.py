"""When looks at a device add up to a verdict: counting, and nothing else. No clock, no storage.

What stands is changed only by looks that speak against it, all the same way and one after the other; a
single one among others changes nothing. Where nothing stands yet, one look decides, for it is made as a
burst.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from netraven_monitor.watch import OFFLINE, ONLINE, UNKNOWN


@dataclass(frozen=True, slots=True)
class Rules:
    """`misses_down`: silent looks in a row that make an online device offline; `answers_up`: answered ones
    that make an offline device online. Both at least 1.
    """

    misses_down: int = 3
    answers_up: int = 2

    def needed(self, status: str, says: str) -> int:
        """How many looks that say `says` overturn `status`."""
        if says == UNKNOWN:
            return self.misses_down
        return {ONLINE: self.misses_down, OFFLINE: self.answers_up}.get(status, 1)


class Streak(NamedTuple):
    """`length` looks in a row that say `says`, against the status that stands since `as_of`."""

    says: str
    as_of: int
    length: int


def weigh(
    status: str, as_of: int, says: str, streak: Streak | None, rules: Rules
) -> tuple[Streak | None, bool]:
    """Count one look in.

    Parameters: `status` that stands, since `as_of`; what the look `says`: online (an answer), offline
    (silence) or unknown (it could not be asked); the `streak` so far. Returns the streak from now on and
    whether it is a verdict. It stays one at every further look until the status has changed, so that a
    verdict that got lost is made again.
    """
    if says == status:
        return None, False
    if streak is None or streak.says != says or streak.as_of != as_of:
        streak = Streak(says, as_of, 0)
    needed = rules.needed(status, says)
    streak = streak._replace(length=min(streak.length + 1, needed))
    return streak, streak.length == needed
