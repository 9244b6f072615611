"""A process with devices, for tests and benches: started, told, ended. What it serves is its own matter."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Self

from lab.device import Spec
from lab.manners import WELL_BEHAVED, Manners

_ROOT = Path(__file__).parent.parent
_STOP_SECONDS = 15.0


class LabProcess:
    """Devices in another process, so that they take no turns from whoever talks to them. A context manager;
    it ends with us, however we end.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._turn = threading.Lock()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "lab.serving", str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=_ROOT,
            start_new_session=True,
        )

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def serve(self, specs: Iterable[Spec], manners: Mapping[str, Manners] | None = None) -> dict[str, int]:
        """Start these devices; {name: port}. `manners` by name; the others behave well."""
        known = manners or {}
        told = [asdict(one) | {"manners": asdict(known.get(one.name, WELL_BEHAVED))} for one in specs]
        ports: dict[str, int] = self._tell({"serve": told})["ports"]
        return ports

    def behave(self, name: str, manners: Manners = WELL_BEHAVED) -> None:
        """Let a device behave differently from its next connection on."""
        self._tell({"manners": {name: asdict(manners)}})

    def sessions(self, name: str) -> int:
        """How many sessions a device has."""
        return int(self._tell({"sessions": name})["sessions"])

    def refused(self, name: str) -> int:
        """How many log-ins a device has refused."""
        return int(self._tell({"refused": name})["refused"])

    def stop_device(self, name: str) -> None:
        """Stop one of them: its port refuses from then on."""
        self._tell({"stop": name})

    def close(self) -> None:
        """End it with all devices."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            self._process.wait(timeout=_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _tell(self, said: Mapping[str, Any]) -> dict[str, Any]:
        with self._turn:
            stdin, stdout = self._process.stdin, self._process.stdout
            if stdin is None or stdout is None:
                raise RuntimeError("the lab's process has no pipes")
            stdin.write(json.dumps(said).encode() + b"\n")
            stdin.flush()
            line = stdout.readline()
        if not line:
            raise RuntimeError("the lab's process ended; its words are on standard error")
        answer: dict[str, Any] = json.loads(line)
        return answer
