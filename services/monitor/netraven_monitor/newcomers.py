"""Devices registered a moment ago: they need not wait for their turn to be looked at. No database, no
probing.

A few at a time, so that an import of thousands stays no burst; who does not find room here has a turn like
all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from netraven_chassis.eventlog.commit import Commit

ROOM = 1_000
AT_ONCE = 100
# A newcomer is asked for so often, until the view that another instance may be writing shows it: that one may
# itself wait for a busy machine.
TRIES = 30


class Newcomers:
    """Those heard of and not yet looked at.

    Parameters: `ours` tells by its id whether this instance looks after a device; `settled` whether that is
    known yet, which takes an instance a moment after its start.
    """

    def __init__(self, ours: Callable[[str], bool], settled: Callable[[], bool]) -> None:
        self._ours, self._settled = ours, settled
        self._tries: dict[str, int] = {}

    def hear(self, commits: Sequence[Commit]) -> None:
        """Note who is registered in these commits of the devices' log."""
        settled = self._settled()
        for commit in commits:
            new = any(event.type == "DeviceRegistered" for event in commit.events)
            if new and len(self._tries) < ROOM and (not settled or self._ours(commit.subject)):
                self._tries[commit.subject] = TRIES

    def next(self) -> list[str]:
        """Whom to look at now, the longest waiting first; whoever was tried often enough is given up."""
        if not self._settled():
            return []
        self.seen([device_id for device_id in self._tries if not self._ours(device_id)])
        chosen = list(self._tries)[:AT_ONCE]
        for device_id in chosen:
            tries = self._tries.pop(device_id)
            if tries > 1:
                self._tries[device_id] = tries - 1
        return chosen

    def seen(self, device_ids: Iterable[str]) -> None:
        """These were looked at."""
        for device_id in device_ids:
            self._tries.pop(device_id, None)
