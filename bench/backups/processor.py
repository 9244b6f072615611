"""How much processor time parts of the system have used. What they were doing is not known here."""

from __future__ import annotations

import os
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

Parts = Mapping[str, Sequence[int]]
"""The processes of each part; those that they have started count with them, unless they are a part."""
Seconds = dict[str, float]

SESSIONS, DATABASE = "sessions", "mongod"
# A part of its own is whatever has this in its command line, whoever has started it.
_OWN = {SESSIONS: "netraven_jobs.child", DATABASE: "mongod"}
_TICK = 1 / os.sysconf("SC_CLK_TCK")
_QUIET = 0.3  # of a core: a system that has nothing to do but to look whether it has
_LOOK_SECONDS = 0.5


def used(parts: Parts) -> Seconds:
    """Seconds of processor time of each part since its processes began."""
    children: dict[int, list[int]] = defaultdict(list)
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            children[int(_stat(int(entry.name))[1])].append(int(entry.name))
    seconds: Seconds = defaultdict(float)
    for part, pids in parts.items():
        for pid in pids:
            for one in _family(pid, children):
                seconds[_part_of(one, part)] += _seconds(one)
    return dict(seconds)


def between(before: Seconds, after: Seconds) -> Seconds:
    """What was used from one moment to the next."""
    return {part: seconds - before.get(part, 0.0) for part, seconds in after.items()}


def await_quiet(parts: Parts, most: float) -> None:
    """Wait until the parts have little to do, for `most` seconds at the longest."""
    until = time.monotonic() + most
    while time.monotonic() < until:
        before = used(parts)
        time.sleep(_LOOK_SECONDS)
        if sum(between(before, used(parts)).values()) < _QUIET * _LOOK_SECONDS:
            return


def _family(pid: int, children: Mapping[int, Sequence[int]]) -> list[int]:
    return [pid, *(one for child in children.get(pid, ()) for one in _family(child, children))]


def _part_of(pid: int, part: str) -> str:
    try:
        command = Path(f"/proc/{pid}/cmdline").read_text(errors="replace")
    except OSError:
        return part
    return next((own for own, word in _OWN.items() if word in command), part)


def _seconds(pid: int) -> float:
    fields = _stat(pid)
    return (int(fields[11]) + int(fields[12])) * _TICK


def _stat(pid: int) -> list[str]:
    """The fields after a process's name; of one that is gone, zeros."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return ["0"] * 20
    return text[text.rindex(")") + 2 :].split()
