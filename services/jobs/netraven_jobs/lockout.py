"""When a credential must leave a device alone, so that the device locks nobody out. Pure: the failures are
given.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

SUCCESS, REFUSED = "success", "authentication"


@dataclass(frozen=True, slots=True)
class Limits:
    """So many refused log-ins within `window_ms` are borne; `attempts` 0: any number."""

    attempts: int
    window_ms: int


def rests_until(tried: Sequence[tuple[int, str]], now: int, limits: Limits) -> int | None:
    """Until when a credential must leave a device alone; None when it may be tried.

    `tried`: (UTC milliseconds, outcome) of its log-ins on this device, in any order. A success forgives the
    refusals before it; what failed for another reason than the log-in does not count.
    """
    if not limits.attempts:
        return None
    forgiven = max((at for at, outcome in tried if outcome == SUCCESS), default=0)
    begin = max(forgiven, now - limits.window_ms)
    refused = sorted(at for at, outcome in tried if outcome == REFUSED and at > begin)
    if len(refused) < limits.attempts:
        return None
    return refused[-limits.attempts] + limits.window_ms
