"""A look at some devices: ask, ask again where nothing is known, weigh the answers. No storage, no timers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain

from netraven_monitor.engine import Answers, Engine
from netraven_monitor.roster import Group, Target
from netraven_monitor.samples import Turn
from netraven_monitor.verdict import Rules, Streak, weigh
from netraven_monitor.watch import OFFLINE, ONLINE, UNKNOWN, RecordVerdict

# A burst decides at once: so many questions, this far apart (seconds).
BURST = 3
BURST_SPACING = 0.2
UNASKED = "it could not be asked from here"
_SLICE = 500


@dataclass(frozen=True, slots=True)
class Plan:
    """How to ask: `attempts` for a silent device, `timeout` of a probe in seconds, `rate` in probes per
    second.
    """

    attempts: int = 1
    timeout: float = 1.0
    rate: float = 0.0
    rules: Rules = field(default_factory=Rules)

    @property
    def spacing(self) -> float:
        """Seconds between the questions of a burst."""
        return min(BURST_SPACING, self.timeout)


@dataclass(frozen=True, slots=True)
class Look:
    """What a look at `groups` came to, begun at `at` (UTC milliseconds); `answers` has their devices one
    group after the other.
    """

    at: int
    groups: Sequence[Group]
    answers: Answers

    def turns(self) -> Iterator[Turn]:
        """The look as samples; who could not be asked gave none."""
        latencies, unsent, first = self.answers.latencies, self.answers.unsent, 0
        for group in self.groups:
            end = first + len(group.ids)
            turn = Turn(self.at, group.number, group.ids, group.row, latencies[first:end])
            yield _asked(turn, first, unsent) if unsent else turn
            first = end


def _asked(turn: Turn, first: int, unsent: dict[int, int]) -> Turn:
    found = enumerate(zip(turn.ids, turn.latencies, strict=True), first)
    return Turn.of(turn.at, turn.group, dict(sample for index, sample in found if index not in unsent))


def burst(engine: Engine, address: str, plan: Plan) -> Answers:
    """Ask one address until it answers or a whole burst is lost. Raises what the engine raises."""
    return engine.sweep([address], attempts=BURST, timeout=plan.timeout, spacing=plan.spacing)


class Sweeper:
    """Looks at devices and counts what speaks against the status that stands.

    The counts are this process's own: after a restart, or when another instance takes over, they begin anew.
    """

    def __init__(self, engine: Engine, plan: Plan, breathe: Callable[[], None] = lambda: None) -> None:
        self._engine, self._plan, self._breathe = engine, plan, breathe
        self._streaks: dict[str, Streak] = {}

    def unable(self) -> str | None:
        """Why nothing can be asked from here at present, or None when it can."""
        return self._engine.unable()

    def look(self, groups: Sequence[Group], at: int) -> Look:
        """Ask all of them; those of which nothing is known get a whole burst. Raises what the engine
        raises.
        """
        plan, addresses = self._plan, list(chain.from_iterable(group.addresses for group in groups))
        answers = self._engine.sweep(addresses, attempts=plan.attempts, timeout=plan.timeout, rate=plan.rate)
        if None in answers.latencies:
            self._ask_again(groups, addresses, answers)
        return Look(at, groups, answers)

    def _ask_again(self, groups: Sequence[Group], addresses: Sequence[str], answers: Answers) -> None:
        """What is left of a burst, for the silent ones of which nothing is known."""
        plan, targets = self._plan, chain.from_iterable(group.targets for group in groups)
        silent = [
            index
            for index, (target, latency) in enumerate(zip(targets, answers.latencies, strict=True))
            if latency is None and target.status == UNKNOWN and index not in answers.unsent
        ]
        if not silent:
            return
        late = self._engine.sweep(
            [addresses[index] for index in silent],
            attempts=BURST - 1,
            timeout=plan.timeout,
            rate=plan.rate,
            spacing=plan.spacing,
        )
        for index, latency in zip(silent, late.latencies, strict=True):
            answers.latencies[index] = latency

    def weigh(self, look: Look) -> list[RecordVerdict]:
        """The verdicts that the look brings about, given those before it."""
        verdicts: list[RecordVerdict] = []
        latencies, unsent = look.answers.latencies, look.answers.unsent
        if not self._streaks and None not in latencies and all(group.online for group in look.groups):
            return verdicts
        for index, target in enumerate(chain.from_iterable(group.targets for group in look.groups)):
            latency = latencies[index]
            says = ONLINE if latency is not None else UNKNOWN if index in unsent else OFFLINE
            if says != target.status:
                if self._counts(target, says):
                    reason = UNASKED if says == UNKNOWN else ""
                    verdicts.append(RecordVerdict(target.id, says, look.at, latency, reason))
            elif self._streaks:
                self._streaks.pop(target.id, None)
            if index % _SLICE == _SLICE - 1:
                self._breathe()
        return verdicts

    def _counts(self, target: Target, says: str) -> bool:
        before = self._streaks.get(target.id)
        streak, verdict = weigh(target.status, target.as_of, says, before, self._plan.rules)
        if streak is not None:
            self._streaks[target.id] = streak
        return verdict

    def forget(self, kept: Callable[[str], bool]) -> None:
        """Drop the counts of devices that are no longer looked at from here."""
        self._streaks = {device: streak for device, streak in self._streaks.items() if kept(device)}
