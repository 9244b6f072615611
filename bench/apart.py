"""A case in a process of its own, so that no contestant is in the way of another. No figures here."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

from bench.contestants import ROOT

LIMIT_SECONDS = 600


class Broken(Exception):
    """A case did not come to its end; the message is what it said."""


def apart(module: str, *case: str, job: Mapping[str, Any]) -> dict[str, Any]:
    """Run `python -m module case` with the job as JSON on standard input; the JSON of its last line.

    Raises Broken when it fails, subprocess.TimeoutExpired when it takes longer than LIMIT_SECONDS.
    """
    done = subprocess.run(
        [sys.executable, "-m", module, *case],
        input=json.dumps(job),
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=LIMIT_SECONDS,
        check=False,
    )
    if done.returncode:
        raise Broken(f"{module} {' '.join(case)}: {done.stderr[-2000:]}")
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer
