"""The devices that both contestants back up, in processes of their own; and the job that each is told."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab.device import Spec
from lab.fleet import many
from lab.manners import Login, Manners
from lab.process import LabProcess

SERVERS = 2
LOGIN = Login("netops", "bench-password", "bench-enable")
Job = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Targets:
    """(address, port) of each device, and the processes that play them."""

    devices: list[tuple[str, int]]
    pids: list[int]


@contextmanager
def targets(platform: str, count: int, network: int = 90, slow: float = 0.0) -> Iterator[Targets]:
    """So many devices, at addresses of their own, from 127.<network>.0.1 on; each thinks for `slow` seconds
    before it answers.
    """
    with ExitStack() as stack:
        found: list[tuple[str, int]] = []
        pids = []
        for server in range(SERVERS):
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="netraven-bench-"))
            lab = stack.enter_context(LabProcess(Path(folder)))
            kind = Spec(f"{platform}-{server}".replace("_", "-"), platform, "", LOGIN, port=0)
            specs = list(many(count // SERVERS, kind, f"127.{network + server}"))
            ports = lab.serve(specs, {spec.name: Manners(slow=slow) for spec in specs})
            pids.append(lab.pid)
            found += [(spec.address, ports[spec.name]) for spec in specs]
        # Neighbours in the list are in different processes, so that both are always asked.
        half = len(found) // SERVERS
        yield Targets([found[at % SERVERS * half + at // SERVERS] for at in range(len(found))], pids)


def job(platform: str, devices: list[tuple[str, int]], processes: int, sessions: int) -> Job:
    """What a contestant is told."""
    return {
        "platform": platform,
        "devices": devices,
        "processes": processes,
        "sessions": sessions,
        "username": LOGIN.username,
        "password": LOGIN.password,
        "enable": LOGIN.privilege,
    }
