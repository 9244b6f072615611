"""Which backups of one device are kept: the last ones, and one of each day, week and month. Pure.

Days, weeks and months are UTC's; a week begins on Monday. Of each, the last backup is the one that is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

Taken = tuple[str, int]  # a backup's id, and when it was taken (UTC milliseconds)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Policy:
    """How many are kept of each kind. All 0: everything is kept."""

    last: int = 0
    daily: int = 0
    weekly: int = 0
    monthly: int = 0

    @property
    def everything(self) -> bool:
        """Whether nothing is ever discarded."""
        return not (self.last or self.daily or self.weekly or self.monthly)


def discarded(policy: Policy, backups: Sequence[Taken], spared: frozenset[str] = frozenset()) -> list[str]:
    """The ids of those that are not kept. `spared` are kept whatever the policy says, and count for it like
    the others.
    """
    if policy.everything:
        return []
    newest = sorted(backups, key=lambda taken: (taken[1], taken[0]), reverse=True)
    kept = {ident for ident, _ in newest[: policy.last]} | spared
    for name, period in PERIODS.items():
        kept |= _one_each(newest, period, getattr(policy, name))
    return [ident for ident, _ in newest if ident not in kept]


def _one_each(newest: Sequence[Taken], period: Callable[[datetime], Any], most: int) -> set[str]:
    """The last backup of each of the last `most` periods in which there was one."""
    found: dict[Any, str] = {}
    for ident, taken_at in newest:
        if len(found) >= most:
            break
        found.setdefault(period(_EPOCH + timedelta(milliseconds=taken_at)), ident)
    return set(found.values())


PERIODS: Mapping[str, Callable[[datetime], Any]] = {
    "daily": lambda when: when.date(),
    "weekly": lambda when: when.isocalendar()[:2],
    "monthly": lambda when: (when.year, when.month),
}
