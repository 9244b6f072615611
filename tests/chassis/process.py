"""A process of ours for tests: started with an environment of its own, its log read line by line."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from netraven_chassis.mongod import PrivateMongod
from tests.patience import until

SAMPLES = Path(__file__).parent / "samples"


class Process:
    """`python <arguments>` with the sample services on its path, logging JSON into a file."""

    def __init__(self, folder: Path, arguments: list[str], env: Mapping[str, str] | None = None) -> None:
        self.output = folder / "output.log"
        inherited = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
        for_coverage = {name: value for name, value in os.environ.items() if name.startswith("COVERAGE")}
        self.env = {
            **inherited,
            **for_coverage,
            "PYTHONPATH": str(SAMPLES),
            "PYTHONUNBUFFERED": "1",
            # coverage loads eventlet in every child, and eventlet announces its retirement each time
            "PYTHONWARNINGS": "ignore",
            "NETRAVEN_LOG_FORMAT": "json",
            "NETRAVEN_DATA": str(folder / "data"),
            **(env or {}),
        }
        with self.output.open("ab") as output:
            self.child = subprocess.Popen(
                [sys.executable, *arguments], env=self.env, stdout=output, stderr=output
            )

    def text(self) -> str:
        """Everything that it wrote."""
        return self.output.read_text()

    def logged(self, event: str, **fields: Any) -> list[dict[str, Any]]:
        """The log lines with this event and these fields."""
        whole, _, _ = self.text().rpartition("\n")  # it may be writing the last line just now
        lines = [json.loads(line) for line in whole.splitlines() if line.startswith("{")]
        wanted = {"event": event, **fields}
        return [line for line in lines if wanted.items() <= line.items()]

    def wait_for(self, event: str, count: int = 1, within: float = 60.0, **fields: Any) -> dict[str, Any]:
        """The `count`th such log line, once it is there."""
        until(lambda: len(self.logged(event, **fields)) >= count, within, self.text)
        return self.logged(event, **fields)[count - 1]

    def send(self, number: signal.Signals) -> None:
        """Send it a signal."""
        self.child.send_signal(number)

    def ended(self, within: float) -> int:
        """Its exit status, once it has ended."""
        until(lambda: self.child.poll() is not None, within, self.text)
        return self.child.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.child.kill()
        self.child.wait()


def kill_database(process: Process) -> int:
    """kill -9 of the database that a process has for itself, once the sample service counts; the pid that is
    gone, when it counts on.
    """
    process.wait_for("counted", count=3)
    first = PrivateMongod(Path(process.env["NETRAVEN_DATA"])).leftover()
    assert first is not None
    os.kill(first, signal.SIGKILL)
    process.wait_for("child ended, starting it again", child="mongod")
    seen = len(process.logged("counted"))
    process.wait_for("counted", count=seen + 5)
    return first
