"""`netraven up`, `serve`, `rebuild` and `settings` as a person meets them: real processes, real data."""

from __future__ import annotations

import os
import re
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from netraven_chassis.mongod import PrivateMongod
from netraven_chassis.settings import SETTINGS
from netraven_cli.exits import Exit
from tests.chassis.process import Process
from tests.cli.conftest import Command
from tests.patience import patience, until
from tests.servers.netraven import Api
from tests.servers.ports import free_ports

UP = "NetRaven is up"


class Machine:
    """A folder for data and configuration, and the command in processes that use it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.url = f"http://127.0.0.1:{free_ports(1)[0]}"
        self.env = {
            "NETRAVEN_PORT": self.url.rsplit(":", 1)[1],
            "NETRAVEN_DATA": str(folder / "data"),
            "XDG_CONFIG_HOME": str(folder / "config"),
            "PYTHONWARNINGS": "ignore",
            "COLUMNS": "120",
        }
        self._runs = 0

    def netraven(self, *arguments: str, **env: str) -> Process:
        """Start the command."""
        self._runs += 1
        own = self.folder / f"run-{self._runs}"
        own.mkdir()
        return Process(own, ["-m", "netraven_cli", *arguments], {**self.env, **env})

    def ended(self, *arguments: str, **env: str) -> tuple[int, str]:
        """Run the command to its end: its status and what it said."""
        with self.netraven(*arguments, **env) as process:
            return process.ended(within=60), process.text()


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Machine:
    """A machine on which the system has been started once."""
    return Machine(tmp_path_factory.mktemp("first"))


@pytest.fixture(scope="module")
def running(first: Machine) -> Iterator[Process]:
    """A system that is up for the first time on that machine."""
    with first.netraven("up") as process:
        until_up(process)
        yield process
        process.send(signal.SIGTERM)
        process.ended(within=60)


@pytest.fixture(scope="module")
def ended(running: Process) -> tuple[int, float]:
    """With which status that system ended at Ctrl-C, and after how many seconds. What needs it running comes
    before this in the file.
    """
    began = time.monotonic()
    running.send(signal.SIGINT)
    return running.ended(within=60), time.monotonic() - began


@pytest.fixture
def netraven(machine: Machine) -> Command:
    """The command in this process, for what starts nothing."""
    command = Command(machine.folder, machine.url)
    command.env |= machine.env
    return command


def until_up(process: Process) -> None:
    until(lambda: UP in process.text(), 60, process.text)


def shown_password(process: Process) -> str:
    found = re.search(r"^  password  (\S+)$", process.text(), re.MULTILINE)
    assert found, process.text()
    return found.group(1)


def test_up_says_where_it_is_and_how_to_log_in_with_what_it_shows(first: Machine, running: Process) -> None:
    text = running.text()
    assert f"{first.url}/api/docs" in text and f"netraven login --url {first.url}" in text
    assert text.index("shown only this once") < text.index(UP)
    assert "NETRAVEN_RESET_ADMIN" not in text
    assert Api(f"{first.url}/api").log_in("admin", shown_password(running)).token


def test_only_this_machine_reaches_what_is_up(first: Machine, running: Process) -> None:
    port = int(first.env["NETRAVEN_PORT"])
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    listening = [row[1] for row in rows if row[3] == "0A" and row[1].endswith(f":{port:04X}")]
    assert f"0100007F:{port:04X}" in listening
    # Beside ours there may be a device of another test, on another address of 127.0.0.0/8 with the same port.
    assert [at for at in listening if not at.startswith("7F:", 6)] == []


def test_a_second_up_on_the_same_data_or_port_is_a_line(
    first: Machine, running: Process, tmp_path: Path
) -> None:
    status, text = first.ended("up", NETRAVEN_PORT="0")
    assert status == 1 and f"in use by process {running.child.pid}" in text
    status, text = first.ended("up", NETRAVEN_DATA=str(tmp_path / "other"))
    assert status == 1 and "is in use by another program" in text and "NETRAVEN_PORT" in text
    assert "Traceback" not in text


def test_a_system_that_is_killed_is_up_again_and_says_so(first: Machine, running: Process) -> None:
    pid = running.wait_for("starting")["pid"]
    os.kill(pid, signal.SIGKILL)
    until(lambda: running.text().count(UP) == 2, 60, running.text)
    assert "NetRaven stopped by itself; starting it again" in running.text()
    assert running.logged("child ended, starting it again", child="system")


def test_up_with_bad_settings_tells_all_of_them_and_starts_nothing(netraven: Command) -> None:
    done = netraven("up", NETRAVEN_PORT="x", PING_TIMEOUT_MS="-1")
    assert done.status == 2 and "NETRAVEN_PORT: x" in done.said and "PING_TIMEOUT_MS: -1" in done.said
    assert not Path(netraven.env["NETRAVEN_DATA"]).exists()


def test_a_password_that_only_auth_can_judge_ends_up_with_a_line(machine: Machine) -> None:
    status, text = machine.ended("up", NETRAVEN_ADMIN_PASSWORD="short")
    assert status == 2 and "netraven: NETRAVEN_ADMIN_PASSWORD=***" in text
    assert "Traceback" not in text


def test_without_log_in_it_says_so(machine: Machine, netraven: Command) -> None:
    with machine.netraven("up", NETRAVEN_AUTH="none") as process:
        until_up(process)
        assert "not needed (NETRAVEN_AUTH=none)" in process.text()
        # Where a service takes long to start, the API answers before it.
        done = until(lambda: (said := netraven("devices", "list")).status != Exit.UNAVAILABLE and said)
        assert done.status == 0 and "0 devices" in done.out
        process.send(signal.SIGTERM)
        assert process.ended(within=60) == 0


def test_serve_becomes_the_runner(machine: Machine) -> None:
    with machine.netraven("serve", "echo") as process:
        process.wait_for("service started", service="echo")
        process.send(signal.SIGTERM)
        assert process.ended(within=60) == 0


def test_settings_show_every_row_and_what_is_in_force(netraven: Command) -> None:
    done = netraven("settings", NETRAVEN_ADMIN_PASSWORD="s3cret", AMQP_URI="amqp://u:s3cret@h/")
    assert done.status == 0 and "s3cret" not in done.out + done.err
    assert all(row.env in done.out for row in SETTINGS)
    assert netraven.env["NETRAVEN_PORT"] in done.out
    assert "did you mean NETRAVEN_PORT?" in netraven("settings", NETRAVEN_PROT="1").said
    done = netraven("settings", NETRAVEN_PORT="x")
    assert done.status == 2 and "NETRAVEN_PORT: x" in done.said


def test_views_are_rebuilt_while_the_system_runs(first: Machine, running: Process) -> None:
    api = Api(f"{first.url}/api").log_in("admin", shown_password(running))
    body = {"name": "a", "device_type": "switch", "location": "b"}
    for number in range(20):
        assert api("POST", "/devices", {**body, "ip_address": f"127.0.1.{number}"})[0] == 201
    before = api("GET", "/devices?size=100&sort=ip_address")[1]["data"]
    status, text = first.ended("rebuild", "devices")
    assert status == 0 and "The views of devices are new" in text, text
    assert api("POST", "/devices", {**body, "ip_address": "127.0.2.1"})[0] == 201
    after = api("GET", "/devices?size=100&sort=ip_address")[1]["data"]
    assert [row["id"] for row in after][:20] == [row["id"] for row in before]


@pytest.mark.parametrize("service", ["gateway", "nowhere"])
def test_what_has_no_views_cannot_be_rebuilt(first: Machine, running: Process, service: str) -> None:
    status, text = first.ended("rebuild", service)
    assert status == 2 and service in text and "no system has run" not in text and "Traceback" not in text


def test_up_ends_with_ctrl_c_within_ten_seconds(
    first: Machine, running: Process, ended: tuple[int, float]
) -> None:
    status, seconds = ended
    assert status == 0 and seconds < patience(10)
    assert running.text().rstrip().endswith("Stopped.") and "Traceback" not in running.text()
    assert PrivateMongod(first.folder / "data").leftover() is None


def test_views_are_rebuilt_when_the_system_is_stopped(first: Machine, ended: tuple[int, float]) -> None:
    status, text = first.ended("rebuild", "devices")
    assert status == 0 and "The views of devices are new" in text, text
    assert PrivateMongod(first.folder / "data").leftover() is None


def test_the_second_time_no_password_is_shown_and_a_port_of_zero_is_a_free_one(
    first: Machine, ended: tuple[int, float]
) -> None:
    with first.netraven("up", NETRAVEN_PORT="0") as process:
        until_up(process)
        assert "shown only this once" not in process.text() and "NETRAVEN_RESET_ADMIN" in process.text()
        found = re.search(r"http://127\.0\.0\.1:(\d+)/api/docs", process.text())
        assert found and int(found.group(1)) > 0
        with socket.create_connection(("127.0.0.1", int(found.group(1))), 60):
            process.send(signal.SIGINT)
        assert process.ended(within=60) == 0
        assert process.text().rstrip().endswith("Stopped.")
    assert PrivateMongod(first.folder / "data").leftover() is None
