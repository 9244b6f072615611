"""A running system for the command to talk to, and the command itself, in this process or its own."""

from __future__ import annotations

import functools
import json
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import typer.testing
from pymongo import MongoClient
from pymongo.database import Database
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern
from typer.testing import CliRunner

from netraven_chassis.mongod import PrivateMongod
from netraven_cli.commands import assemble
from tests.servers.netraven import PASSWORD, SERVICES, Instance

PINGED = "Zurich"  # the location whose devices are

# The tree of commands takes as long to build as most commands do to run; once is enough for all tests.
APP = assemble()
typer.testing._get_command = functools.cache(typer.testing._get_command)  # type: ignore[attr-defined]


@pytest.fixture(scope="session")
def system() -> Iterator[Instance]:
    """One machine's system, all services in one process, for all tests of the command."""
    # Fleets from files are not pinged: their thousands would take up the machine.
    env = {"PING_INTERVAL_SECONDS": "2", "PING_LOCATIONS": PINGED, "NETRAVEN_WEBHOOK_RETRY_SECONDS": "0.1"}
    with Instance(SERVICES, env) as instance:
        yield instance


@pytest.fixture(scope="session")
def kept(system: Instance) -> Iterator[Database[dict[str, Any]]]:
    """What the jobs service of that system keeps."""
    client: MongoClient[dict[str, Any]] = MongoClient(PrivateMongod(system.folder / "data").uri)
    concerns: dict[str, Any] = {
        "write_concern": WriteConcern(w="majority", j=True),
        "read_concern": ReadConcern("majority"),
    }
    yield client.get_database("netraven_jobs", **concerns)
    client.close()


@dataclass(frozen=True)
class Done:
    """How a command ended and what it said."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """What it printed for scripts."""
        return json.loads(self.out)

    @property
    def said(self) -> str:
        """What it told people, in one line of single blanks."""
        return " ".join(self.err.split())


class Command:
    """`netraven` with a configuration of its own."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder = folder
        self.children: list[subprocess.Popen[bytes]] = []
        self.env = {"XDG_CONFIG_HOME": str(folder), "NETRAVEN_URL": url, "COLUMNS": "150", "TERM": "dumb"}

    def __call__(self, *arguments: str, stdin: str | None = None, **env: str) -> Done:
        """Run it in this process."""
        done = CliRunner().invoke(APP, arguments, input=stdin, env={**self.env, **env})
        return Done(done.exit_code, done.stdout, done.stderr)

    def start(self, *arguments: str, **options: Any) -> subprocess.Popen[bytes]:
        """Start it in a process of its own."""
        quiet = {"PYTHONWARNINGS": "ignore", "PYTHONUNBUFFERED": "1"}
        options.setdefault("env", {**os.environ, **self.env, **quiet})
        # A shell's background jobs ignore Ctrl-C, and so would whatever a test run in the background starts.
        heedful = ["env", "--default-signal=INT", sys.executable]
        child = subprocess.Popen([*heedful, "-m", "netraven_cli", *arguments], **options)
        self.children.append(child)
        return child

    def close(self) -> None:
        """End what still runs."""
        for child in self.children:
            child.kill()
            child.communicate()

    def add(self, **fields: str) -> dict[str, Any]:
        """Add a device with whatever is not given made up; the device."""
        given = {
            "name": f"device-{secrets.token_hex(4)}",
            "ip": free_address(),
            "type": "switch",
            "location": PINGED,
            **fields,
        }
        options = [part for name, value in given.items() for part in (f"--{name}", value)]
        done = self("devices", "add", *options, "--json")
        assert done.status == 0, done.err
        device: dict[str, Any] = done.json
        return device


@pytest.fixture
def stranger(system: Instance, tmp_path: Path) -> Iterator[Command]:
    """The command of somebody who is not logged in."""
    command = Command(tmp_path, system.url.removesuffix("/api"))
    yield command
    command.close()


@pytest.fixture
def netraven(stranger: Command) -> Command:
    """The command of the user admin."""
    done = stranger("login", "--password-stdin", stdin=PASSWORD)
    assert done.status == 0, done.err
    return stranger


def free_address() -> str:
    """An address on this machine that no other test has."""
    return "127." + ".".join(str(1 + secrets.randbelow(250)) for _ in range(3))
