"""Who is measured over HTTP: each is started with 10,000 devices in it and says where it listens."""

from __future__ import annotations

import json
import os
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from bench import tokens
from bench.processes import Processes
from bench.seeding import seed
from tests.servers.ports import free_ports

PASSWORD = "bench-" + os.urandom(8).hex()
SERVICES = ("devices", "monitor", "auth", "gateway")
MONOLITH, BARE, PLAIN = "monolith", "bare", "bare, Nameko's calls"
OURS, EMBEDDED = "NetRaven", "NetRaven embedded"
_FIRST = "10.200"  # the network of the device that tells whether all is up


@dataclass(frozen=True, slots=True)
class Contestant:
    """A running system: its port, a token for it ("" when it wants none), the ids of its devices."""

    port: int
    token: str
    ids: tuple[str, ...]


@contextmanager
def monolith(mongodb: str, devices: int) -> Iterator[Contestant]:
    """Flask and pymongo under gunicorn with two workers."""
    (port,) = free_ports(1)
    with tempfile.TemporaryDirectory() as folder, Processes() as processes:
        token = tokens.issue(jwks := Path(folder, "jwks.json"))
        command = ["gunicorn", "--workers", "2", "--bind", f"127.0.0.1:{port}", "bench.peers.monolith:app"]
        processes.start(command, {"BENCH_MONGODB": mongodb, "BENCH_JWKS": str(jwks)})
        processes.wait_for(port, "/api/devices")
        yield Contestant(port, token, seed(port, token, devices))


@contextmanager
def bare(mongodb: str, amqp: str, ids: tuple[str, ...], calls: str = "chassis") -> Iterator[Contestant]:
    """A bare Nameko entrypoint and a service behind it, over the monolith's devices `ids`."""
    (port,) = free_ports(1)
    env = {"BENCH_MONGODB": mongodb, "BENCH_AMQP": amqp, "BENCH_PORT": str(port)}
    with Processes() as processes:
        processes.start(["bench.peers.bare", "devices", calls], env)
        processes.start(["bench.peers.bare", "http", calls], env)
        processes.wait_for(port, f"/api/devices/{ids[0]}")
        yield Contestant(port, "", ids)


@contextmanager
def netraven(mongodb: str, amqp: str, devices: int) -> Iterator[Contestant]:
    """All of NetRaven, each service in a process of its own; without addresses embedded in one process."""
    (port,) = free_ports(1)
    with tempfile.TemporaryDirectory(prefix="netraven-bench-") as folder, Processes() as processes:
        env = {
            "NETRAVEN_PORT": str(port),
            "NETRAVEN_DATA": folder,
            "NETRAVEN_ADMIN_PASSWORD": PASSWORD,
            "PING_ENABLED": "false",
            "AMQP_URI": amqp,
            "MONGODB_URI": mongodb,
        }
        for names in [[name] for name in SERVICES] if amqp else [list(SERVICES)]:
            processes.start(["netraven_chassis", "serve", *names], env)
        processes.wait_for(port, "/api/health")
        token = processes.wait_until(lambda: _log_in(port))
        processes.wait_until(lambda: seed(port, token, 1, _FIRST))
        yield Contestant(port, token, seed(port, token, devices))


def fresh_token(contestant: Contestant, ours: bool) -> Contestant:
    """The same with a token that is good for the next minutes."""
    return Contestant(contestant.port, _log_in(contestant.port), contestant.ids) if ours else contestant


def _log_in(port: int) -> str:
    form = urlencode({"username": "admin", "password": PASSWORD}).encode()
    request = urllib.request.Request(f"http://127.0.0.1:{port}/api/auth/token", data=form)
    with urllib.request.urlopen(request, timeout=20) as answer:
        told: dict[str, Any] = json.load(answer)
    return str(told["access_token"])
