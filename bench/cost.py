"""What a request costs: processor time, by process. It tells more than a rate, and a busy machine moves it
less."""

from __future__ import annotations

import os
import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from bench.contestants import Contestant
from bench.rounds import Figure

Milliseconds = dict[str, float]  # by process
_TICK = 1 / os.sysconf("SC_CLK_TCK")
_DATABASE = "mongod"


class Meter:
    """Collects the costs of measurements under a name each."""

    def __init__(self) -> None:
        self._samples: dict[str, list[Milliseconds]] = defaultdict(list)

    def measure(self, name: str, contestant: Contestant, load: Callable[[], Figure]) -> Figure:
        """What `load` gives, noting what each of its requests cost."""
        began, before = time.perf_counter(), _used(contestant.processes)
        figure = load()
        requests = max(1.0, figure.rate * (time.perf_counter() - began))
        used = _used(contestant.processes)
        self._samples[name].append(
            {who: 1000 * (used[who] - before.get(who, 0.0)) / requests for who in used}
        )
        return figure

    def medians(self, name: str) -> Milliseconds:
        """Milliseconds of processor time per request under this name, by process."""
        samples = self._samples[name]
        return {who: statistics.median(one.get(who, 0.0) for one in samples) for who in samples[0]}


def _used(processes: Mapping[str, int]) -> dict[str, float]:
    """Seconds of processor time of each process with its children; a private mongod counts by itself."""
    parents = dict(_parents())
    seconds: dict[str, float] = defaultdict(float)
    for who, pid in processes.items():
        for one in [pid, *_descendants(pid, parents)]:
            name, used = _name_and_seconds(one)
            seconds[_DATABASE if name == _DATABASE else who] += used
    return dict(seconds)


def _parents() -> Iterator[tuple[int, int]]:
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            yield int(entry.name), int(_stat(int(entry.name))[1][1])


def _descendants(pid: int, parents: Mapping[int, int]) -> list[int]:
    children = [child for child, parent in parents.items() if parent == pid]
    return [one for child in children for one in (child, *_descendants(child, parents))]


def _name_and_seconds(pid: int) -> tuple[str, float]:
    name, fields = _stat(pid)
    return name, (int(fields[11]) + int(fields[12])) * _TICK


def _stat(pid: int) -> tuple[str, list[str]]:
    """The name of a process and the fields after it; of one that is gone, zeros."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return "", ["0"] * 20
    return text[text.index("(") + 1 : text.rindex(")")], text[text.rindex(")") + 2 :].split()
