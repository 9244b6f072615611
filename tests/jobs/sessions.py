"""Devices of the lab in a process of their own, and a collector: what tests of sessions need. No tests."""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from lab.device import Spec, configuration_file
from lab.manners import WELL_BEHAVED, Login, Manners
from lab.process import LabProcess
from netraven_jobs.collector import Collector
from netraven_jobs.session_request import BACKUP, SessionAnswer, SessionRequest

LOGIN = Login("netops", "canary-Passw0rd", "canary-En4ble")
SECRETS = {"password": LOGIN.password, "enable": LOGIN.enable}
LONG = 120.0  # for whatever ends before
_numbers = itertools.count(1)


@dataclass
class Bench:
    """A lab and a collector; `lines` is what the last session told."""

    lab: LabProcess
    collector: Collector
    ports: dict[str, int] = field(default_factory=dict)
    lines: list[tuple[str, str, str]] = field(default_factory=list)

    def device(
        self,
        platform: str = "cisco_ios",
        manners: Manners = WELL_BEHAVED,
        login: Login = LOGIN,
        telnet: bool = False,
    ) -> str:
        """Start one; its name."""
        name = f"{platform.replace('_', '-')}-{next(_numbers)}"
        spec = Spec(name, platform, "127.0.0.1", login, port=0, telnet=telnet)
        self.ports |= self.lab.serve([spec], {name: manners})
        return name

    def request(self, port: int | str, platform: str = "cisco_ios", **more: Any) -> SessionRequest:
        """A session with a device of this name, or on this port."""
        if isinstance(port, str):
            port = self.ports[port]
        known = SessionRequest(
            f"session-{next(_numbers)}", BACKUP, "127.0.0.1", port, platform, "netops", SECRETS, LONG, LONG
        )
        return replace(known, **more)

    def have(self, port: int | str, platform: str = "cisco_ios", **more: Any) -> SessionAnswer:
        """Have a session."""
        return self.run(self.request(port, platform, **more))

    def run(self, request: SessionRequest) -> SessionAnswer:
        """The same with a request that is there already."""
        self.lines.clear()
        return self.collector.run(request, lambda *line: self.lines.append(line))

    def said(self) -> str:
        """All that the last session told."""
        return "\n".join(message for _, _, message in self.lines)

    def file(self, name: str) -> Path:
        """The device's configuration."""
        return configuration_file(self.lab.folder, name)


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    """A lab with no devices yet, and two processes for ten sessions each."""
    with tempfile.TemporaryDirectory(prefix="netraven-lab-") as folder, LabProcess(Path(folder)) as lab:
        collector = Collector(2, 10)
        collector.start()
        yield Bench(lab, collector)
        collector.stop()


def connections(port: int) -> int:
    """How many TCP connections to a port of this machine are open, as the kernel says."""
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    open_states = ("01", "08")  # established, and closed by the other side only
    return sum(row[2].endswith(f":{port:04X}") and row[3] in open_states for row in rows)
