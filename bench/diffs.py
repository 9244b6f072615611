"""The diff of two large configurations, beside `git diff --no-index` and Python's own, and a search through
the latest configuration of a large fleet. Each contestant gets the same two texts, in turn.
"""

from __future__ import annotations

import difflib
import random
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import netraven_chassis.patch  # noqa: F401 - before anything that opens a socket
from bench.effort import Effort
from bench.report import Table, number
from bench.rounds import in_turns
from bench.tell import tell
from netraven_jobs import blobs, diff, matching, texts
from netraven_jobs.scribe import Scribe

LINES, CHANGES = 50_000, 500
LIBGIT2, OURS, GIT, PYTHON = (
    "libgit2, as we call it",
    "ours, through the scribe",
    "git diff --no-index",
    "difflib",
)
AT_MOST = 2.0  # times what git takes


def run(effort: Effort) -> list[Table]:
    """Measure both; the tables."""
    small = effort.rounds == 1
    return [_diffs(effort, LINES // 10 if small else LINES), _searches(500 if small else 10_000)]


def _diffs(effort: Effort, lines: int) -> Table:
    old, new = _pair(lines, max(1, lines * CHANGES // LINES))
    scribe = Scribe(patience=60)
    with tempfile.TemporaryDirectory() as folder:
        before, after = Path(folder, "before.cfg"), Path(folder, "after.cfg")
        before.write_text(old)
        after.write_text(new)
        cases: Mapping[str, Callable[[], float]] = {
            LIBGIT2: lambda: _took(lambda: diff.compare(old, new)),
            OURS: lambda: _took(lambda: scribe.compare(old, new, ("before", "after"), 3)),
            GIT: lambda: _took(lambda: _git(before, after)),
            PYTHON: lambda: _took(lambda: _python(old, new)),
        }
        try:
            scribe.compare(old, new, ("before", "after"), 3)  # its process starts once in a service's life
            taken = in_turns(cases, effort.rounds, tell)
        finally:
            scribe.close()
    middle = {name: statistics.median(times) for name, times in taken.items()}
    rows = [_row(name, seconds, middle[GIT], goal=name == OURS) for name, seconds in middle.items()]
    return Table(
        f"Diff of two configurations of {lines:,} lines with {max(1, lines * CHANGES // LINES)} changes",
        "Seconds from two texts to a unified diff.",
        ("who", "s", "to git"),
        rows,
        (
            "scribe: the process of its own to which the jobs service gives large texts, so that its other "
            "answers do not wait; the two texts go there and the diff comes back over a socket",
            "git starts a process and reads two files; the others have the texts already",
        ),
    )


def _row(name: str, seconds: float, git: float, goal: bool) -> tuple[str, str, str]:
    ratio = seconds / git
    told = f" (≤ {AT_MOST:g}: {'reached' if ratio <= AT_MOST else 'missed'})" if goal else ""
    return name, f"{seconds:.3f}", f"{number(ratio)} x{told}"


def _pair(lines: int, changes: int) -> tuple[str, str]:
    draw = random.Random(4)
    old = [
        f" ip route 10.{n >> 8 & 255}.{n & 255}.0 255.255.255.0 192.0.2.{draw.randrange(255)}"
        for n in range(lines)
    ]
    new = list(old)
    for place in draw.sample(range(lines), changes):
        new[place] += " name changed"
    return "\n".join(old) + "\n", "\n".join(new) + "\n"


def _git(before: Path, after: Path) -> None:
    command = ["git", "diff", "--no-index", "--no-color", str(before), str(after)]
    done = subprocess.run(command, capture_output=True, timeout=60, check=False)
    assert done.returncode == 1, done.stderr


def _python(old: str, new: str) -> None:
    assert len(list(difflib.unified_diff(old.splitlines(), new.splitlines()))) > 0


def _took(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _searches(devices: int) -> Table:
    """Only what takes the processor: unpacking and matching. The texts are in memory."""
    copies = [_copy(number) for number in range(min(devices, 200))]
    wanted = {
        "part of a line": matching.pattern("snmp-server location", False, False, 0),
        "regular expression": matching.pattern(r"^ ip address 10\.\d+\.99\.", True, False, 0),
    }
    rows = []
    for name, pattern in wanted.items():
        began = time.perf_counter()
        for number_of in range(devices):
            matching.lines(pattern, texts.unpacked(copies[number_of % len(copies)]))
        seconds = time.perf_counter() - began
        octets = sum(copies[n % len(copies)]["size"] for n in range(devices))
        rows.append((name, f"{devices:,}", f"{seconds:.2f}", f"{octets / seconds / 1e6:,.0f}"))
    return Table(
        "Search through the latest configurations",
        "Seconds to unpack each device's text of 100 kB and to look for matching lines in it, in one thread.",
        ("looked for", "devices", "s", "MB/s"),
        rows,
    )


def _copy(seed: int) -> dict[str, Any]:
    draw = random.Random(seed)
    text = "\n".join(
        f"interface GigabitEthernet{n}/0/{n % 48}\n description link {draw.random()}\n"
        f" ip address 10.{draw.randrange(255)}.{draw.randrange(255)}.1 255.255.255.0\n no shutdown\n!"
        for n in range(800)
    )
    raw = text.encode()
    return {"data": blobs.packed(raw), "size": len(raw)}
