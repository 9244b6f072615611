"""How a sweep waits without holding up others: on the hub where there is one, else plainly. No ICMP."""

from __future__ import annotations

import select
import time
from typing import Protocol


class Waiting(Protocol):
    """What a sweep needs to give time away."""

    def breathe(self) -> None:
        """Let whoever else is ready run for a moment."""

    def pause(self, seconds: float) -> None:
        """Come back after `seconds`."""

    def readable(self, fd: int, seconds: float) -> None:
        """Come back when `fd` has something to read, or after `seconds` at the latest."""


class PlainWaiting:
    """For a process or a thread that is all the sweep's own."""

    def breathe(self) -> None:
        """Nobody else is here."""

    def pause(self, seconds: float) -> None:
        """Sleep."""
        time.sleep(seconds)

    def readable(self, fd: int, seconds: float) -> None:
        """Sleep until the kernel has something."""
        poll = select.poll()
        poll.register(fd, select.POLLIN)
        poll.poll(seconds * 1000)


class HubWaiting:
    """For a greenthread: the hub runs the others meanwhile."""

    def __init__(self) -> None:
        # Not at the top: whoever sweeps without eventlet need not have it loaded.
        import eventlet
        from eventlet import hubs

        self._sleep, self._hubs = eventlet.sleep, hubs

    def breathe(self) -> None:
        """One turn of the hub."""
        self._sleep(0)

    def pause(self, seconds: float) -> None:
        """Sleep on the hub."""
        self._sleep(seconds)

    def readable(self, fd: int, seconds: float) -> None:
        """Wait on the hub."""
        try:
            self._hubs.trampoline(fd, read=True, timeout=seconds, timeout_exc=_Elapsed)
        except _Elapsed:
            return


class _Elapsed(Exception):
    """Nothing came in time."""


def best_waiting() -> Waiting:
    """The hub's way when this process runs on eventlet, else the plain one."""
    import sys

    patcher = sys.modules.get("eventlet.patcher")
    patched = patcher is not None and patcher.is_monkey_patched("socket")
    return HubWaiting() if patched else PlainWaiting()
