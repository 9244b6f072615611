"""The logs' figures, measured in a process of their own."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import asdict

from bench.contestants import ROOT
from bench.effort import FULL, Effort
from bench.report import Table

_LIMIT_SECONDS = 1800


class Broken(Exception):
    """The measuring did not come to its end; why stands on standard error."""


def run(effort: Effort) -> list[Table]:
    """Written and seen, open streams, pages."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "bench.logs.measured"],
        input=json.dumps(asdict(effort)),
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        timeout=_LIMIT_SECONDS,
        check=False,
    )
    if done.returncode:
        raise Broken(f"the logs' figures: status {done.returncode}")
    return [Table(**table) for table in json.loads(done.stdout.splitlines()[-1])]


if __name__ == "__main__":
    print("\n".join(line for table in run(FULL) for line in table.lines()))
