"""The background rounds of one monitor, step by step: whose turn it is, the look, what is overdue. No
timers, no Nameko.

A turn that cannot be made in time is left out, not made up for, and no device is in two turns at once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import structlog
from eventlet.greenpool import GreenPool
from eventlet.queue import Empty, Queue
from pymongo.collection import Collection

from netraven_chassis.clock import Clock
from netraven_chassis.faults import infrastructure
from netraven_monitor.icmp_socket import NoSocket
from netraven_monitor.lapse import AWAY, Marks, lapsed
from netraven_monitor.newcomers import Newcomers
from netraven_monitor.record import Found, Recorder
from netraven_monitor.roster import Group, Roster, Stand
from netraven_monitor.schedule import due, group_of, groups_of, shard_of
from netraven_monitor.shards import Shards
from netraven_monitor.sweep import Sweeper

log = structlog.get_logger(__name__)

TURNS_AT_ONCE = 16
WAITING = 64  # looks that may wait to be written down


class Patrol:
    """Goes its rounds when told to.

    Parameters: `view` gives the collection of targets, `stand` what is another one after a change of any of
    them; `interval_ms`, in which every device has its turn once.
    """

    def __init__(
        self,
        view: Callable[[], Collection[dict[str, Any]]],
        stand: Callable[[], Stand],
        sweeper: Sweeper,
        shards: Shards,
        marks: Marks,
        recorder: Recorder,
        clock: Clock,
        interval_ms: int,
    ) -> None:
        self._view, self._roster = view, Roster(view, stand)
        self._sweeper, self._shards = sweeper, shards
        self._marks, self._recorder, self._clock = marks, recorder, clock
        self._interval_ms = interval_ms
        self._last = clock.now()
        self._busy: set[int] = set()
        self._pool = GreenPool(TURNS_AT_ONCE)
        self._found: Queue = Queue(WAITING)
        self._ready: frozenset[int] = frozenset()
        self._left_out = 0
        self.newcomers = Newcomers(self._is_ours, lambda: bool(self._ready))
        self.reason: str | None = None

    # Looking.

    def tick(self) -> None:
        """Begin the turns that have come due since the last tick."""
        now = self._clock.now()
        held = self._ready & self._shards.held
        groups = [group for group in due(self._last, now, self._interval_ms) if shard_of(group) in held]
        self._last = now
        free = [group for group in groups if group not in self._busy]
        if len(free) < len(groups) or (free and not self._pool.free()):
            self._left_out += len(groups)
        if free and self._pool.free():
            self._busy.update(free)
            self._pool.spawn(self._guarded_turn, free)

    def _guarded_turn(self, groups: Sequence[int]) -> None:
        try:
            self.turn(groups)
        except NoSocket as error:
            self._blind(str(error))
        except Exception as error:
            if infrastructure(error):
                log.warning("a turn was left out", groups=len(groups), error=repr(error))
            else:
                log.exception("a turn failed")
        finally:
            self._busy.difference_update(groups)

    def turn(self, groups: Sequence[int]) -> None:
        """Look at the devices of these groups. Raises NoSocket, and pymongo's errors when the database is
        away.
        """
        self._look(self._roster.of(groups, self._shards.devices), whole=True)

    def welcome(self) -> None:
        """Look at some of the newcomers. Raises what `turn` raises."""
        chosen = [one for one in self.newcomers.next() if group_of(one) not in self._busy]
        groups = self._roster.unknown(chosen, self._shards.devices)
        self._look(groups, whole=False)
        self.newcomers.seen(one for group in groups for one in group.ids)

    def _look(self, groups: Sequence[Group], whole: bool) -> None:
        if groups:
            look = self._sweeper.look(groups, self._clock.now())
            self._seeing()
            self._found.put(Found(look, self._sweeper.weigh(look), whole))

    def _is_ours(self, device_id: str) -> bool:
        return shard_of(group_of(device_id)) in self._ready

    def _blind(self, reason: str) -> None:
        if self.reason != reason:
            log.error("pinging is off", reason=reason)
        self.reason = reason

    def _seeing(self) -> None:
        if self.reason is not None:
            log.info("pinging is on again")
        self.reason = None

    # Writing down.

    def write(self, patience: float = 0.5) -> None:
        """Write down the looks that are there, or the first to come within `patience` seconds."""
        try:
            found = [self._found.get(timeout=patience)]
        except Empty:
            return
        while not self._found.empty():
            found.append(self._found.get())
        try:
            self._recorder.record(found)
        finally:
            for _ in found:
                self._found.task_done()

    def settle(self) -> None:
        """Wait until everything that was found is written down; somebody must be writing."""
        self._found.join()

    # Keeping watch over the rounds themselves.

    def renew(self) -> None:
        """Keep our share of the shards; say what nobody has looked at in those that are newly ours."""
        gained = self._shards.refresh()
        if gained:
            log.info("shards are ours", gained=len(gained), held=len(self._shards.held))
            self._lapse(self._shards.pool.key, groups_of(gained), self._shards.devices)
        # Not before: the first turn moves the mark that tells since when nobody looked.
        self._ready = held = self._shards.held
        self._sweeper.forget(self._is_ours)
        self._roster.forget(lambda group: shard_of(group) in held)

    def watch(self) -> None:
        """Say what nobody has looked at in time: in our shards, and there for pools of which nobody is
        alive.
        """
        if self._left_out:
            log.warning("turns were left out: the rounds take longer than the interval", turns=self._left_out)
            self._left_out = 0
        if self.reason is not None and self._sweeper.unable() is None:
            self._seeing()
        groups = groups_of(self._ready & self._shards.held)
        self._lapse(self._shards.pool.key, groups, self._shards.devices)
        for pool, devices in self._shards.orphans().items():
            self._lapse(pool, groups, devices)

    def _lapse(self, pool: str, groups: Sequence[int], devices: Any) -> None:
        now = self._clock.now()
        overdue = self._marks.overdue(pool, groups, now)
        verdicts = list(lapsed(self._view(), overdue, devices, now, self.reason or AWAY))
        if verdicts:
            log.warning("nobody has looked at devices in time", devices=len(verdicts))
            self._recorder.verdicts(verdicts)

    # Ending.

    def stop(self) -> None:
        """End the turns under way, write down what there is, let others have our shards. Raises pymongo's
        errors.
        """
        for turn in list(self._pool.coroutines_running):
            turn.kill()
        self.write(0)
        self._shards.release()
