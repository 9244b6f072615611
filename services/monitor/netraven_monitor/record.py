"""Taking down what looks came to, in batches: verdicts, samples, marks, and the pulse for the devices
service.

Nothing is lost here that matters: a verdict that could not be written is made again at the next look, and a
sample or a pulse has a successor within an interval.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, repeat
from typing import Any, TypeVar

import structlog
from eventlet.greenpool import GreenPool

from netraven_chassis.faults import infrastructure
from netraven_contracts.errors import NetRavenError
from netraven_monitor.lapse import Marks
from netraven_monitor.samples import Samples, Turn
from netraven_monitor.sweep import Look
from netraven_monitor.watch import RecordVerdict

log = structlog.get_logger(__name__)

VERDICTS_AT_ONCE = 250
BATCHES_AT_ONCE = 3
PULSES_AT_ONCE = 5_000

# Device id, UTC milliseconds, latency in milliseconds or None.
Pulse = tuple[str, int, float | None]
Handle = Callable[[Sequence[RecordVerdict]], Sequence[Any]]
Send = Callable[[list[Pulse]], None]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Found:
    """A look and the verdicts that it brought about; `whole`: whether its groups were all there."""

    look: Look
    verdicts: Sequence[RecordVerdict]
    whole: bool = True


class Recorder:
    """Writes down what was found.

    Parameters: `handle` carries verdicts out against the log and gives an outcome or error for each;
    `pulse` tells the devices service; `pool` and `interval_ms` belong to the marks.
    """

    def __init__(
        self, handle: Handle, pulse: Send, samples: Samples, marks: Marks, pool: str, interval_ms: int
    ) -> None:
        self._handle, self._pulse = handle, pulse
        self._samples, self._marks = samples, marks
        self._pool, self._interval_ms = pool, interval_ms
        self._failing: set[str] = set()

    def record(self, found: Sequence[Found]) -> None:
        """Write all of it down. What cannot be written is said in the log, once; it keeps back nothing
        else.
        """
        turns = [turn for each in found for turn in each.look.turns()]
        marks = {group.number: each.look.at for each in found if each.whole for group in each.look.groups}
        self._attempt("verdicts", lambda: self.verdicts([one for each in found for one in each.verdicts]))
        # While the database works on the samples, the pulse is packed.
        writing = GreenPool()
        writing.spawn(self._attempt, "samples", lambda: self._samples.add(turns))
        writing.spawn(self._attempt, "marks", lambda: self._marks.set(self._pool, marks, self._interval_ms))
        writing.spawn(self._attempt, "pulse", lambda: self._send(turns))
        writing.waitall()

    def _attempt(self, what: str, step: Callable[[], None]) -> None:
        try:
            step()
        except Exception as error:
            if not infrastructure(error):
                log.exception("could not be written", what=what)
            elif what not in self._failing:
                log.warning("cannot be written just now", what=what, error=repr(error))
            self._failing.add(what)
        else:
            if what in self._failing:
                log.info("can be written again", what=what)
            self._failing.discard(what)

    def verdicts(self, verdicts: Sequence[RecordVerdict]) -> None:
        """Write verdicts down, the last one for each device. Raises what the log raises when it is away."""
        latest = {verdict.device_id: verdict for verdict in verdicts}
        # While the database works on one batch, the next is thought over.
        pool = GreenPool(BATCHES_AT_ONCE)
        for outcomes in pool.imap(self._handle, _chunks(list(latest.values()), VERDICTS_AT_ONCE)):
            failed = [outcome for outcome in outcomes if isinstance(outcome, NetRavenError)]
            if failed:
                what = "verdicts were not written; the next look makes them again"
                log.warning(what, verdicts=len(failed), error=str(failed[0]))

    def _send(self, turns: Sequence[Turn]) -> None:
        pulses = list(chain.from_iterable(zip(turn.ids, repeat(turn.at), turn.latencies) for turn in turns))
        for some in _chunks(pulses, PULSES_AT_ONCE):
            self._pulse(some)


def _chunks(items: list[T], size: int) -> Iterator[list[T]]:
    return (items[at : at + size] for at in range(0, len(items), size))
