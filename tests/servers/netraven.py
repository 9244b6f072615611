"""NetRaven itself as child processes, for tests that see it from outside: start, kill, come back.

An `Instance` is one process with one or more services; a `System` is what a client talks to.
"""

from __future__ import annotations

import http.client
import json
import os
import secrets
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from netraven_chassis import children, sealing
from tests.patience import busy, patience
from tests.servers.ports import free_ports
from tests.servers.server import Server

PASSWORD = "correct-horse-battery-staple"
SERVICES = ("devices", "monitor", "jobs", "worker", "auth", "gateway")


class Instance(Server):
    """One process running `services` with these settings; ready when each has said that it serves, and a
    gateway answers.
    """

    start_timeout = 40.0

    def __init__(self, services: tuple[str, ...], env: Mapping[str, str], folder: Path | None = None) -> None:
        self.name = "-".join(services)
        self.services = services
        self._said_before = 0  # octets of the log from earlier starts
        super().__init__(folder)
        self.port = free_ports(1)[0]
        self._env = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "LANG": "C.UTF-8",
            "PYTHONWARNINGS": "ignore",
            "NETRAVEN_PORT": str(self.port),
            "NETRAVEN_DATA": str(self.folder / "data"),
            "NETRAVEN_ADMIN_PASSWORD": PASSWORD,
            "NETRAVEN_LOG_FORMAT": "json",
            **env,
        }

    @property
    def url(self) -> str:
        """Where its gateway answers."""
        return f"http://127.0.0.1:{self.port}/api"

    def launch(self) -> subprocess.Popen[bytes]:
        """Start the process as an image would."""
        self._said_before = self.log.stat().st_size if self.log.exists() else 0
        command = [sys.executable, "-m", "netraven_chassis", "serve", *self.services]
        return children.start(command, self.log, self._env)

    def ready(self) -> bool:
        """Every service has said that it serves, and a gateway answers its health check."""
        if not self._started() >= set(self.services):
            return False
        if "gateway" in self.services:
            with urllib.request.urlopen(f"{self.url}/health", timeout=2) as answer:
                return bool(answer.status == 200)
        return True

    def complains(self, line: str) -> bool:
        """Whether a line tells of more than what happens every day."""
        return '"level":"info"' not in line.replace('": "', '":"')

    def _started(self) -> set[str]:
        """The services that run, as the log of this start says; each line of it is JSON."""
        with self.log.open("rb") as log:
            log.seek(self._said_before)
            lines = [line for line in log if b'"service started"' in line and line.endswith(b"\n")]
        return {str(json.loads(line)["service"]) for line in lines}


class System:
    """All services, each in a process of its own (or all in one), on the servers given by `env`."""

    def __init__(
        self, env: Mapping[str, str], *, together: bool = False, copies: Mapping[str, int] | None = None
    ):
        self._keys = tempfile.TemporaryDirectory(prefix="netraven-keys-")
        groups = [SERVICES] if together else [(name,) for name in SERVICES]
        wanted = [group for group in groups for _ in range((copies or {}).get(group[0], 1))]
        halves = {} if together or _has_key(env) else _key_files(Path(self._keys.name))
        self.instances = [Instance(group, {**halves.get(group[0], {}), **env}) for group in wanted]

    def of(self, service: str) -> list[Instance]:
        """The processes that run a service."""
        return [instance for instance in self.instances if service in instance.services]

    @property
    def url(self) -> str:
        """Where the first gateway answers."""
        return self.of("gateway")[0].url

    def __enter__(self) -> Self:
        for instance in self.instances:
            instance.begin()
        for instance in self.instances:
            instance.wait_ready()
        return self

    def __exit__(self, *_: object) -> None:
        for instance in self.instances:
            instance.ask_to_stop()
        for instance in self.instances:
            instance.stop()
            instance.close()
        self._keys.cleanup()


def _has_key(env: Mapping[str, str]) -> bool:
    return any(name in env for name in ("NETRAVEN_SECRET_KEY", "NETRAVEN_SECRET_KEY_FILE"))


def _key_files(folder: Path) -> dict[str, dict[str, str]]:
    """{service: its setting}: workers get the key that opens secrets, those who seal its public half."""
    key, private, public = sealing.make(), folder / "private.json", folder / "public.json"
    private.write_text(json.dumps(key.document()))
    public.write_text(json.dumps(dict(key.public.document)))
    half = {"NETRAVEN_PUBLIC_KEY_FILE": str(public)}
    return {"worker": {"NETRAVEN_SECRET_KEY_FILE": str(private)}, "devices": half, "jobs": half}


class Api:
    """A client of the API: status, decoded body and headers of each answer; it logs in when asked."""

    def __init__(self, url: str, timeout: float = 30.0) -> None:
        self.url = url
        self.timeout = timeout
        self.token: str | None = None
        self._again: tuple[float, str, str] | None = None  # when to log in anew, and as whom

    def log_in(self, username: str = "admin", password: str = PASSWORD, within: float = 30.0) -> Self:
        """Take a token for all further calls; waits for services that have only just been started."""
        deadline = time.monotonic() + patience(within)
        while True:
            status, body, _ = self("POST", "/auth/token", {"username": username, "password": password})
            if status == 200:
                self.token = body["access_token"]
                self._again = time.monotonic() + body["expires_in"] / 2, username, password
                return self
            assert status == 503 and time.monotonic() < deadline, body
            time.sleep(0.2)

    def until(self, wanted: int, method: str, path: str, body: Any = None, within: float = 30.0) -> Any:
        """Repeat a request until its status is `wanted`; the body then. AssertionError when it never is."""
        deadline = time.monotonic() + patience(within)
        while (answer := self.calmly(method, path, body))[0] != wanted:
            assert time.monotonic() < deadline, answer
            time.sleep(0.1)
        return answer[1]

    def calmly(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        """Like a call, with status 0 when nobody answers."""
        try:
            status, answer, _ = self.once(method, path, body, **headers)
        except (OSError, http.client.HTTPException) as error:
            return 0, repr(error)
        return status, answer

    def surely(
        self, method: str, path: str, body: Any = None, within: float = 60.0, **headers: str
    ) -> tuple[int, Any]:
        """Repeat a request until it is known what became of it, a command under one key, as careful clients
        do: on a machine that is busy enough 503 is a right answer.
        """
        if method != "GET":
            headers = {"Idempotency_Key": secrets.token_hex(8), **headers}
        deadline = time.monotonic() + patience(within)
        while (answer := self.calmly(method, path, body, **headers))[0] in (0, 503):
            assert time.monotonic() < deadline, answer
            time.sleep(0.2)
        return answer

    def __call__(
        self, method: str, path: str, body: Any = None, **headers: str
    ) -> tuple[int, Any, Mapping[str, str]]:
        """Send one request; `headers` are written with underscores. Raises OSError when nobody answers.

        A question that is answered with 503 on a machine that is busy is asked again.
        """
        deadline = time.monotonic() + patience(20)
        while (answer := self.once(method, path, body, **headers))[0] == 503:
            if method != "GET" or not busy() or time.monotonic() > deadline:
                break
            time.sleep(0.5)
        return answer

    def once(
        self, method: str, path: str, body: Any = None, **headers: str
    ) -> tuple[int, Any, Mapping[str, str]]:
        """Send one request and take what is answered, 503 too."""
        self._stay_logged_in()
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}{path}", data, method=method)
        request.add_header("Content-Type", "application/json")
        if self.token:
            request.add_header("Authorization", f"Bearer {self.token}")
        for name, value in headers.items():
            request.add_header(name.replace("_", "-"), value)
        try:
            with urllib.request.urlopen(request, timeout=self.timeout) as answer:
                return answer.status, _decoded(answer.read()), dict(answer.headers)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, _decoded(error.read()), dict(error.headers)

    def _stay_logged_in(self) -> None:
        """A client that a whole run of tests has lives longer than its token, on a machine that is slow."""
        if self._again is None or time.monotonic() < self._again[0]:
            return
        again, self._again = self._again, None
        try:
            self.log_in(again[1], again[2])
        finally:
            self._again = self._again or again


def _decoded(raw: bytes) -> Any:
    try:
        return json.loads(raw) if raw else None
    except ValueError:
        return raw
