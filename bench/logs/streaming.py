"""Open streams: what each costs in memory and how late its lines are, ours beside Starlette's."""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.contestants import ROOT, Peer
from tests.gateway.log_house import House
from tests.servers.ports import free_ports

_SETTLE_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Streaming:
    """What came of it: kB of memory for each stream, milliseconds that half and 99 % of the lines took."""

    kb: float
    p50: float
    p99: float
    lines: int
    lost: int


@dataclass(frozen=True, slots=True)
class Server:
    """A server of streams: where, its process, and how it is given a line."""

    port: int
    path: str
    token: str
    pid: int
    say: Callable[[str], None]


def measure(server: Server, clients: int, lines: int, per_second: float) -> Streaming:
    """Open the streams, say lines at a fixed rate, and hear from the clients how late they came."""
    before = _resident_kb(server.pid)
    with _readers(server, clients) as (reader, ready):
        ready()
        time.sleep(_SETTLE_SECONDS)
        grown = _resident_kb(server.pid) - before
        began = time.monotonic()
        for number in range(lines):
            time.sleep(max(0.0, began + number / per_second - time.monotonic()))
            server.say(f"line {number} sent={time.monotonic_ns()} about the interface GigabitEthernet0/1")
        time.sleep(_SETTLE_SECONDS)
        told, _ = reader.communicate(b"\n", timeout=120)
    heard = json.loads(told.splitlines()[-1])
    return Streaming(grown / clients, heard["p50"], heard["p99"], heard["lines"], heard["lost"])


@contextmanager
def _readers(server: Server, clients: int) -> Iterator[tuple[Any, Callable[[], object]]]:
    wanted = {"port": server.port, "path": server.path, "token": server.token, "clients": clients}
    reader = subprocess.Popen(
        [sys.executable, "-m", "bench.logs.readers"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT
    )
    assert reader.stdin is not None and reader.stdout is not None
    reader.stdin.write(json.dumps(wanted).encode() + b"\n")
    reader.stdin.flush()
    try:
        yield reader, reader.stdout.readline
    finally:
        reader.kill()
        reader.wait()


def ours(house: House) -> Server:
    """The gateway of a house; its lines are written into the log first, as a worker writes them."""
    job = house.job()
    gateway = house.instances["gateway"]
    path = f"/api/logs/stream?job_id={job}"
    token = house.api.log_in().token or ""
    return Server(gateway.port, path, token, gateway.pid, lambda text: house.say(job, text))


@contextmanager
def starlette() -> Iterator[Server]:
    """The peer, given its lines over HTTP."""
    (port,) = free_ports(1)
    arguments = ["uvicorn", "bench.logs.peer:app", "--port", str(port), "--log-level", "warning"]
    with Peer("starlette", [*arguments, "--backlog", "4096"], {}, port) as peer:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)

        def say(text: str) -> None:
            connection.request("POST", "/say", text)
            connection.getresponse().read()

        yield Server(port, "/stream", "", peer.pid, say)
        connection.close()


def _resident_kb(pid: int) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    raise LookupError(f"process {pid} tells nothing of its memory")
