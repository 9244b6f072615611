"""A look at some devices: ask, ask again where nothing is known, weigh the answers. No storage, no timers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from netraven_monitor.engine import Answers, Engine
from netraven_monitor.samples import Turn
from netraven_monitor.verdict import Rules, Streak, weigh
from netraven_monitor.views import Target
from netraven_monitor.watch import OFFLINE, ONLINE, UNKNOWN, RecordVerdict

# A burst decides at once: so many questions, this far apart (seconds).
BURST = 3
BURST_SPACING = 0.2
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


@dataclass(frozen=True, slots=True)
class Look:
    """What a look at `targets` came to, begun at `at` (UTC milliseconds); `answers` are in the targets'
    order.
    """

    at: int
    targets: Sequence[Target]
    answers: Answers

    def says(self, index: int) -> str:
        """What the look says about one target: online, offline, or unknown when it could not be asked."""
        if self.answers.latencies[index] is not None:
            return ONLINE
        return UNKNOWN if index in self.answers.unsent else OFFLINE

    def turns(self) -> Iterator[Turn]:
        """The look as samples, group by group; who could not be asked gave none."""
        groups: dict[int, dict[str, float | None]] = {}
        for index, (target, latency) in enumerate(zip(self.targets, self.answers.latencies, strict=True)):
            if latency is not None or index not in self.answers.unsent:
                groups.setdefault(target.group, {})[target.id] = latency
        return (Turn(self.at, group, latencies) for group, latencies in groups.items())


def burst(engine: Engine, address: str, plan: Plan) -> Answers:
    """Ask one address until it answers or a whole burst is lost. Raises what the engine raises."""
    return engine.sweep([address], attempts=BURST, timeout=plan.timeout, spacing=_spacing(plan))


def _spacing(plan: Plan) -> float:
    return min(BURST_SPACING, plan.timeout)


class Sweeper:
    """Looks at devices and counts what speaks against the status that stands.

    The counts are this process's own: after a restart, or when another instance takes over, they begin anew.
    """

    def __init__(self, engine: Engine, plan: Plan, breathe: Callable[[], None] = lambda: None) -> None:
        self._engine, self._plan, self._breathe = engine, plan, breathe
        self._streaks: dict[str, Streak] = {}

    def look(self, targets: Sequence[Target], at: int) -> Look:
        """Ask all of them; those of which nothing is known get a whole burst. Raises what the engine
        raises.
        """
        plan = self._plan
        answers = self._engine.sweep(
            [target.ip for target in targets], attempts=plan.attempts, timeout=plan.timeout, rate=plan.rate
        )
        again = [
            index
            for index, latency in enumerate(answers.latencies)
            if latency is None and targets[index].status == UNKNOWN and index not in answers.unsent
        ]
        if again:
            self._ask_again(targets, again, answers)
        return Look(at, targets, answers)

    def _ask_again(self, targets: Sequence[Target], silent: Sequence[int], answers: Answers) -> None:
        plan = self._plan
        late = self._engine.sweep(
            [targets[index].ip for index in silent],
            attempts=BURST - 1,
            timeout=plan.timeout,
            rate=plan.rate,
            spacing=_spacing(plan),
        )
        for index, latency in zip(silent, late.latencies, strict=True):
            answers.latencies[index] = latency

    def weigh(self, look: Look) -> list[RecordVerdict]:
        """The verdicts that the look brings about, given those before it."""
        verdicts = []
        for index, target in enumerate(look.targets):
            says = look.says(index)
            if says != target.status:
                if self._counts(target, says):
                    latency = look.answers.latencies[index]
                    verdicts.append(RecordVerdict(target.id, says, look.at, latency, _REASON.get(says, "")))
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


_REASON = {UNKNOWN: "it could not be asked from here"}
