"""Who is measured over HTTP: each is started, filled with devices, and says where it listens."""

from __future__ import annotations

import http.client
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from bench import tokens
from bench.load.target import address, device
from bench.seeding import seed
from netraven_chassis import children
from tests.servers.mongod import Mongod
from tests.servers.netraven import Api, System
from tests.servers.ports import free_ports
from tests.servers.rabbitmq import RabbitMQ
from tests.servers.server import Server

ROOT = Path(__file__).resolve().parents[1]
MONOLITH, BARE, PLAIN = "monolith", "bare", "bare, Nameko's calls"
OURS, EMBEDDED = "NetRaven", "NetRaven embedded"
_FIRST = "10.200"  # the network of the device that tells whether all services are up


@dataclass(frozen=True, slots=True)
class Contestant:
    """A running system: its port, a token for it ("" when it wants none), the ids of its devices.

    `processes`: {what: process id} of everything that works for it, the servers included.
    """

    port: int
    token: str
    ids: tuple[str, ...]
    processes: Mapping[str, int]
    log_in: bool = False

    def ready(self) -> Contestant:
        """The same with a token that is good for the next minutes."""
        if not self.log_in:
            return self
        return replace(self, token=Api(f"http://127.0.0.1:{self.port}/api").log_in().token or "")


class Peer(Server):
    """One process of a peer: `python -m <arguments>`, ready when it listens on `port`, if it has one."""

    def __init__(self, name: str, arguments: list[str], env: Mapping[str, str], port: int = 0) -> None:
        self.name = name
        super().__init__()
        self._arguments = arguments
        self.env = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "PYTHONPATH": str(ROOT), **env}
        self._port = port

    def launch(self) -> subprocess.Popen[bytes]:
        """Start it."""
        return children.start([sys.executable, "-m", *self._arguments], self.log, self.env)

    def ready(self) -> bool:
        """Whether it answers, no matter what. OSError when it does not."""
        if self._port:
            connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=5)
            connection.request("GET", "/")
            connection.getresponse()
            connection.close()
        return True


@contextmanager
def monolith(mongod: Mongod, devices: int) -> Iterator[Contestant]:
    """Flask and pymongo under gunicorn with two workers."""
    (port,) = free_ports(1)
    arguments = ["gunicorn", "--workers", "2", "--bind", f"127.0.0.1:{port}", "bench.peers.monolith:app"]
    peer = Peer("gunicorn", arguments, {"BENCH_MONGODB": mongod.uri}, port)
    peer.env["BENCH_JWKS"] = str(jwks := peer.folder / "jwks.json")
    token = tokens.issue(jwks)
    with peer:
        ids = seed(port, token, devices)
        yield Contestant(port, token, ids, {"gunicorn": peer.pid, "mongod": mongod.pid})


@contextmanager
def bare(
    mongod: Mongod, broker: RabbitMQ, ids: tuple[str, ...], calls: str = "chassis"
) -> Iterator[Contestant]:
    """A bare Nameko entrypoint and a service behind it, over the monolith's devices `ids`."""
    (port,) = free_ports(1)
    env = {"BENCH_MONGODB": mongod.uri, "BENCH_AMQP": broker.vhost(), "BENCH_PORT": str(port)}
    service = Peer("devices", ["bench.peers.bare", "devices", calls], env)
    entrypoint = Peer("entrypoint", ["bench.peers.bare", "http", calls], env, port)
    with service, entrypoint:
        _until_found(port, ids[0])
        processes = {"entrypoint": entrypoint.pid, "service": service.pid}
        yield Contestant(port, "", ids, processes | _servers(mongod, broker))


@contextmanager
def netraven(mongod: Mongod | None, broker: RabbitMQ | None, devices: int) -> Iterator[Contestant]:
    """All of NetRaven, each service in a process of its own; without servers embedded in one process."""
    env = {"PING_ENABLED": "false"}
    if mongod and broker:
        env |= {"AMQP_URI": broker.vhost(), "MONGODB_URI": mongod.uri}
    with System(env, together=broker is None) as system:
        api = Api(system.url).log_in()
        api.until(201, "POST", "/devices", device(address(_FIRST, 0)))
        (gateway,) = system.of("gateway")
        ids = seed(gateway.port, api.token or "", devices)
        processes = {instance.name: instance.pid for instance in system.instances}
        yield Contestant(gateway.port, "", ids, processes | _servers(mongod, broker), log_in=True)


@contextmanager
def everybody(devices: int) -> Iterator[dict[str, Contestant]]:
    """All of them at once: who is not being measured idles. Embedded NetRaven has a database of its own."""
    with ExitStack() as stack:
        mongod, broker = stack.enter_context(Mongod()), stack.enter_context(RabbitMQ())
        found = {MONOLITH: stack.enter_context(monolith(mongod, devices))}
        for name, calls in ((BARE, "chassis"), (PLAIN, "nameko")):
            found[name] = stack.enter_context(bare(mongod, broker, found[MONOLITH].ids, calls))
        found[OURS] = stack.enter_context(netraven(mongod, broker, devices))
        found[EMBEDDED] = stack.enter_context(netraven(None, None, devices))
        yield found


def _servers(mongod: Mongod | None, broker: RabbitMQ | None) -> dict[str, int]:
    return ({"mongod": mongod.pid} if mongod else {}) | ({"RabbitMQ": broker.pid} if broker else {})


def _until_found(port: int, device_id: str) -> None:
    Api(f"http://127.0.0.1:{port}/api").until(200, "GET", f"/devices/{device_id}")
