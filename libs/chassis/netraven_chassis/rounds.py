"""Doing something again and again until it is to end: a round, a wait, the next round. It keeps time and says
what went wrong; what a round is for is the affair of whoever has it gone.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import eventlet
import structlog
from eventlet.event import Event

from netraven_chassis.faults import infrastructure

log = structlog.get_logger(__name__)


class Rounds:
    """Calls `step()` every so many seconds, in a greenthread of its own.

    Something that is away leaves rounds out; that is logged once, until it is back. Any other error is a
    fault: it ends the greenthread, and the container with it, unless the rounds `endure` it. Then it is
    logged, once with its traceback until a round succeeds or fails in another way.
    """

    def __init__(
        self,
        name: str,
        step: Callable[[], bool | None],
        seconds: float,
        *,
        first: float = 0.0,
        spread: float = 0.2,
        away: Callable[[Exception], bool] = infrastructure,
        endure: bool = False,
    ) -> None:
        """`step` returns True when the next round is to follow at once, else there are `seconds` between.

        `first`: seconds until the first round; `spread`: the fraction by which every wait is longer or
        shorter, at random, which keeps instances apart; `away(error)`: whether an error is of that kind.
        """
        self.name = name
        self.stopped = False
        self._step = step
        self._seconds = seconds
        self._first = first
        self._spread = spread
        self._away = away
        self._endure = endure
        self._woken = Event()
        self._going: Any = None
        self._trouble: str | None = None

    def start(self, spawn: Callable[..., Any]) -> None:
        """Begin; `spawn` as a container's `spawn_managed_thread`."""
        self._going = spawn(self.run, identifier=self.name)

    def wake(self) -> None:
        """Go the next round now; if one is being gone, another one right after it."""
        woken, self._woken = self._woken, Event()
        woken.send(None)

    def stop(self) -> None:
        """Go no further round, and return at once: a round that is being gone comes to its end."""
        self.stopped = True
        self.wake()

    def run(self) -> None:
        """Go the rounds until `stop`. Raises a fault that is not endured."""
        woken = self._woken
        if self._first:
            woken.wait(self._wait(self._first))
        while not self.stopped:
            woken = self._woken  # the one before the round: who wakes us during it means the next
            if not self._round():
                woken.wait(self._wait(self._seconds))

    def _wait(self, seconds: float) -> float:
        return seconds * random.uniform(1 - self._spread, 1 + self._spread)  # noqa: S311 - guards nothing

    def _round(self) -> bool:
        """Whether there is more to do at once."""
        try:
            more = self._step()
        except Exception as error:
            away = self._away(error)
            if not away and not self._endure:
                raise
            self._say(error, away)
            return False
        if self._trouble is not None:
            log.info("the rounds go on", rounds=self.name)
            self._trouble = None
        return bool(more)

    def _say(self, error: Exception, away: bool) -> None:
        # Every try to reach a server that is away tells other addresses and times: it is one trouble.
        trouble = "away" if away else repr(error)
        if trouble == self._trouble:
            return
        self._trouble = trouble
        if away:
            log.warning("rounds are left out, something is away", rounds=self.name, error=repr(error))
        else:
            log.error("a round failed", rounds=self.name, exc_info=error)


def finish(*rounds: Rounds, within: float) -> None:
    """Stop them; those that are being gone have so many seconds together to come to their ends, and are then
    killed.
    """
    for each in rounds:
        each.stop()
    going = [each._going for each in rounds if each._going is not None]
    with eventlet.Timeout(within, False):
        for one in going:
            one.wait()
    for one in going:
        one.kill()
