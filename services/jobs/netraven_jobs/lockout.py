"""When a credential must leave a device alone, so that the device locks nobody out. Pure: the failures are
given.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

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


def device_rests_until(refused: Sequence[int], now: int, limits: Limits) -> int | None:
    """Until when a device is tried only with what it has accepted before; None when all may be tried.

    `refused`: UTC milliseconds of the log-ins that it refused, whichever credential's. No success forgives
    them: several credentials may be one account's, and devices also count by where log-ins come from.
    """
    return rests_until([(at, REFUSED) for at in refused], now, limits)


def in_turn(
    candidates: Sequence[Mapping[str, Any]], refused_at: Mapping[str, int], limits: Limits, now: int
) -> list[Mapping[str, Any]]:
    """The candidates ({"id", …}) in the order in which they are tried: as they come, if the device bears it
    when all are refused. Else those that it never refused come first, and then the one whose last refusal
    is the longest ago, so that each has its turn within as many windows as it takes to try them all.

    `refused_at`: {id: UTC milliseconds} of each one's last refusal there, however long ago.
    """
    recent = sum(at > now - limits.window_ms for at in refused_at.values())
    if not limits.attempts or len(candidates) <= limits.attempts - recent:
        return list(candidates)
    return sorted(candidates, key=lambda one: refused_at.get(one["id"], 0))
