"""One-machine mode from the outside: a private database and one process with all services, kept running.

This process is not patched by eventlet and talks to nobody but its two children and the listener's health.
"""

from __future__ import annotations

import errno
import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, closing
from types import FrameType

import structlog

from netraven_chassis import children
from netraven_chassis.backoff import Backoff
from netraven_chassis.datafolder import DataFolder
from netraven_chassis.keeper import Keeper
from netraven_chassis.mongod import NoDatabase, PrivateMongod
from netraven_chassis.settings import Settings

log = structlog.get_logger(__name__)

TICK_SECONDS = 0.2
DATABASE_START_SECONDS = 60.0  # a killed database replays its journal first
# The system has `stop_timeout_seconds`; with these two on top everything has ended within ten seconds.
GRACE_SECONDS = 0.5
DATABASE_STOP_SECONDS = 1.2
BAD_START = 2  # the status of a process that cannot run with these settings; starting it again is no use


class PortInUse(Exception):
    """Somebody listens on the address already; the message says what to do."""


class Supervisor:
    """The children of one `netraven up`.

    Parameters: the services, in the order in which they start; the settings and the environment that they
    come from; `on_ready(url)` is called whenever the API begins to answer, `on_lost()` when it has ended.
    """

    def __init__(
        self,
        services: Sequence[str],
        settings: Settings,
        env: Mapping[str, str],
        on_ready: Callable[[str], None],
        on_lost: Callable[[], None],
    ) -> None:
        self._services = services
        self._settings = settings
        self._env = dict(env)
        self._on_ready = on_ready
        self._on_lost = on_lost
        self._stop = threading.Event()
        self._port = settings.port

    def run(self) -> int:
        """Run until SIGTERM, SIGINT or SIGHUP; the exit status.

        Raises InUse for the data folder, PortInUse, NoDatabase, OSError.
        """
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._on_signal)
        with ExitStack() as stack:
            stack.enter_context(DataFolder(self._settings.data))
            self._port = free_port(self._settings.host, self._settings.port)
            database = self._database(stack)
            if self._stop.is_set():
                return 0
            system = Keeper("system", self._launch_system, Backoff(first=0.5, most=30.0))
            system.start()
            stack.callback(system.stop, self._settings.stop_timeout_seconds + GRACE_SECONDS)
            return self._watch([system, *database], system)

    def _database(self, stack: ExitStack) -> list[Keeper]:
        if self._settings.mongodb_uri:
            return []
        mongod = PrivateMongod(self._settings.data, self._settings.mongod, self._settings.mongod_cache_mb)
        keeper = Keeper("mongod", mongod.launch, Backoff(first=0.2, most=10.0), mongod.why_not)
        keeper.start()
        stack.callback(keeper.stop, DATABASE_STOP_SECONDS)
        self._wait_for(mongod, keeper)
        self._env["MONGODB_URI"] = mongod.uri
        return [keeper]

    def _wait_for(self, mongod: PrivateMongod, keeper: Keeper) -> None:
        deadline = time.monotonic() + DATABASE_START_SECONDS
        while not mongod.serves() and not self._stop.is_set():
            if not keeper.running() or time.monotonic() > deadline:
                raise NoDatabase(f"the private database did not start; {mongod.log} says: {mongod.why_not()}")
            time.sleep(0.05)

    def _launch_system(self) -> subprocess.Popen[bytes]:
        env = {**self._env, "NETRAVEN_PORT": str(self._port)}
        # A terminal's Ctrl-C reaches only us: the child is in a session of its own, and we pass the word on.
        return children.start(
            [sys.executable, "-m", "netraven_chassis", "serve", *self._services],
            env=env,
            dies_with_us=signal.SIGTERM,
        )

    def _watch(self, keepers: Sequence[Keeper], system: Keeper) -> int:
        ready = 0
        while not self._stop.wait(TICK_SECONDS):
            if not system.running() and system.child is not None and system.child.returncode == BAD_START:
                return BAD_START
            if ready == system.starts and not system.running():
                ready = 0
                self._on_lost()
            for keeper in keepers:
                keeper.tick()
            if ready != system.starts and system.running() and answers(self._settings.host, self._port):
                ready = system.starts
                self._on_ready(self.url)
        return 0

    @property
    def url(self) -> str:
        """Where people find the API."""
        host = self._settings.host
        shown = "127.0.0.1" if host in ("0.0.0.0", "::", "") else host  # noqa: S104 - compared, not bound
        return f"http://{f'[{shown}]' if ':' in shown else shown}:{self._port}"

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        if self._stop.is_set():
            os._exit(128 + number)  # asked twice: the children die with us
        self._stop.set()


def free_port(host: str, port: int) -> int:
    """`port` when nobody listens on it, any free one for 0. Raises PortInUse, OSError for a strange host."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with closing(socket.socket(family)) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise OSError(f"cannot listen on {host}:{port}: {error.strerror}") from None
            raise PortInUse(
                f"{host}:{port} is in use by another program: stop it, or set NETRAVEN_PORT"
            ) from None
        return int(probe.getsockname()[1])


def answers(host: str, port: int) -> bool:
    """Whether an HTTP server answers there; how it feels is its own business."""
    local = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(host, host)  # noqa: S104 - compared
    with closing(http.client.HTTPConnection(local, port, timeout=2.0)) as connection:
        try:
            connection.request("GET", "/api/health")
            return connection.getresponse().status == http.client.OK
        except (OSError, http.client.HTTPException):
            return False
