"""A case in a process of its own, so that no contestant is in the way of another. No figures here."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

from bench.contestants import ROOT

LIMIT_SECONDS = 600.0


class Broken(Exception):
    """A case did not come to its end; why stands on standard error."""


def apart(module: str, *case: str, job: Mapping[str, Any], limit: float = LIMIT_SECONDS) -> Any:
    """Run `python -m module case` with the job as JSON on standard input; the JSON of its last line.

    What it says on standard error shows at once. Raises Broken when it fails, subprocess.TimeoutExpired when
    it takes longer than `limit` seconds.
    """
    done = subprocess.run(
        # Libraries warn of themselves in every process anew.
        [sys.executable, "-W", "ignore", "-m", module, *case],
        input=json.dumps(job),
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        timeout=limit,
        check=False,
    )
    if done.returncode:
        raise Broken(f"{' '.join((module, *case))}: status {done.returncode}")
    return json.loads(done.stdout.splitlines()[-1])
