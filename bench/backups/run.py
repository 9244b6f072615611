"""The backups' figures: the collector and bare Netmiko in turns, at the same devices."""

from __future__ import annotations

import json
import subprocess
import sys
from functools import partial

from bench.backups.targets import SERVERS, Job, job, targets
from bench.contestants import ROOT
from bench.effort import FULL, Effort
from bench.report import Table, against, number
from bench.rounds import Figure, medians
from bench.tell import tell

_PLATFORMS = ("cisco_ios", "juniper_junos")
_PROCESSES, _SESSIONS = 2, 8
_TARGET = 0.9
_LIMIT_SECONDS = 600


class Broken(Exception):
    """A contestant did not come to its end; the message is what it said."""


def run(effort: Effort) -> list[Table]:
    """Backups per second, ours and bare."""
    count = max(min(effort.devices // 50, 200), 2 * SERVERS)
    rows = []
    for platform in _PLATFORMS:
        with targets(platform, count) as devices:
            told = job(platform, devices, _PROCESSES, _SESSIONS)
            cases = {name: partial(_rate, f"bench.backups.{name}", told) for name in ("ours", "bare")}
            figures = medians(cases, effort.rounds, tell)
        ours, bare = figures["ours"].rate, figures["bare"].rate
        rows.append([platform, number(ours), number(bare), against(ours, bare, _TARGET)])
    return [
        Table(
            "Backups: sessions",
            f"Configurations per second from {count} simulated devices with real SSH, {_PROCESSES} processes "
            f"with {_SESSIONS} sessions each.",
            ("platform", "ours/s", "bare Netmiko/s", "ratio"),
            rows,
            (
                "ours: the collector as a worker has it, with the check for truncation, the normal form, the "
                "transcript and the host key; bare: `ConnectHandler`, `enable`, `send_command` in as many "
                "processes and threads; loading Netmiko is in neither",
                f"the devices run in {SERVERS} other processes on the same cores and take more of them than "
                "either contestant",
            ),
        )
    ]


def _rate(module: str, told: Job) -> Figure:
    done = subprocess.run(
        [sys.executable, "-m", module],
        input=json.dumps(told),
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=_LIMIT_SECONDS,
        check=False,
    )
    if done.returncode:
        raise Broken(f"{module}: {done.stderr[-2000:]}")
    return Figure(json.loads(done.stdout.splitlines()[-1])["rate"])


if __name__ == "__main__":
    print("\n".join(line for table in run(FULL) for line in table.lines()))
