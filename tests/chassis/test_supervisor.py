"""One-machine mode with real processes: what comes back, what is refused, and how quickly all of it ends."""

from __future__ import annotations

import os
import signal
import socket
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from netraven_chassis.mongod import PrivateMongod
from tests.chassis.process import SAMPLES, Process, kill_database
from tests.patience import until

# An address of a database, where there is none: the door needs none.
NOWHERE = "mongodb://127.0.0.1:1/"


def up(folder: Path, *services: str, **env: str) -> Process:
    return Process(folder, [str(SAMPLES / "up.py"), *services], {"NETRAVEN_PORT": "0", **env})


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    """One for those who see it come back."""
    with up(tmp_path_factory.mktemp("system"), "tally", "door") as process:
        process.wait_for("ready")
        yield process
        process.send(signal.SIGTERM)
        process.ended(within=30)


def pid_at(url: str) -> int:
    with urllib.request.urlopen(url, timeout=30) as answer:
        return int(answer.read())


def gone(pid: int) -> bool:
    return not Path(f"/proc/{pid}").exists()


def test_a_signal_ends_the_whole_system_within_ten_seconds(tmp_path: Path) -> None:
    with up(tmp_path, "tally", "door") as process:
        child = pid_at(process.wait_for("ready")["url"])
        database = PrivateMongod(tmp_path / "data").leftover()
        assert database is not None
        process.send(signal.SIGTERM)
        assert process.ended(within=10) == 0
        assert gone(child) and gone(database)
        assert process.logged("stopped", finished=True)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP])
def test_with_a_database_address_no_private_one_is_started_and_any_signal_ends_it(
    tmp_path: Path, number: signal.Signals
) -> None:
    with up(tmp_path, "door", MONGODB_URI=NOWHERE) as process:
        child = pid_at(process.wait_for("ready")["url"])
        assert not (tmp_path / "data" / "db").exists()
        process.send(number)
        assert process.ended(within=10) == 0
        assert gone(child)
        assert process.logged("stopped", finished=True)


def test_work_that_never_ends_does_not_hold_the_end_up(tmp_path: Path) -> None:
    wanted = {"ECHO_HANG": "300", "NETRAVEN_STOP_TIMEOUT_SECONDS": "2", "MONGODB_URI": NOWHERE}
    with up(tmp_path, "echo", "door", **wanted) as process:
        process.wait_for("work begun")
        process.send(signal.SIGTERM)
        assert process.ended(within=6) == 0


def test_a_killed_system_comes_back_and_is_told(system: Process) -> None:
    url, before = system.wait_for("ready")["url"], len(system.logged("ready"))
    first = pid_at(url)
    os.kill(first, signal.SIGKILL)
    system.wait_for("child ended, starting it again", child="system", what="ended with signal 9")
    system.wait_for("lost")
    assert system.wait_for("ready", count=before + 1)["url"] == url
    assert pid_at(url) != first


def test_a_killed_database_comes_back_and_the_system_goes_on(system: Process) -> None:
    before = len(system.logged("ready"))
    kill_database(system)
    assert len(system.logged("ready")) == before


def test_a_killed_supervisor_takes_everything_with_it_and_can_be_started_again(tmp_path: Path) -> None:
    with up(tmp_path, "tally", "door") as process:
        child = pid_at(process.wait_for("ready")["url"])
        database = PrivateMongod(tmp_path / "data").leftover()
        assert database is not None
        process.wait_for("counted", number=3)
        process.send(signal.SIGKILL)
        until(lambda: gone(child) and gone(database))
    (tmp_path / "again").mkdir()
    with up(tmp_path / "again", "tally", "door", NETRAVEN_DATA=str(tmp_path / "data")) as process:
        process.wait_for("ready")
        assert process.wait_for("counted")["number"] > 3
        process.send(signal.SIGTERM)
        assert process.ended(within=30) == 0


def test_a_second_system_on_the_same_folder_is_refused(system: Process, tmp_path: Path) -> None:
    with up(tmp_path, "door", NETRAVEN_DATA=system.env["NETRAVEN_DATA"]) as second:
        assert second.ended(within=60) == 1
        (told,) = second.logged("refused", kind="InUse")
    assert f"process {system.child.pid}" in told["why"]


def test_a_port_that_is_taken_is_told_with_the_way_out(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        with up(tmp_path, "door", NETRAVEN_PORT=port) as process:
            assert process.ended(within=60) == 1
            (told,) = process.logged("refused", kind="PortInUse")
    assert port in told["why"] and "NETRAVEN_PORT" in told["why"]


def test_a_host_that_is_not_ours_is_told(tmp_path: Path) -> None:
    with up(tmp_path, "door", NETRAVEN_HOST="203.0.113.1") as process:
        assert process.ended(within=60) == 1
        assert "203.0.113.1" in process.logged("refused")[0]["why"]


def test_a_database_that_cannot_start_is_told_with_its_own_words(tmp_path: Path) -> None:
    (tmp_path / "data" / "db").mkdir(parents=True)
    (tmp_path / "data" / "db" / "storage.bson").write_text("not a database")
    with up(tmp_path, "tally", "door") as process:
        assert process.ended(within=60) == 1
        (told,) = process.logged("refused", kind="NoDatabase")
    assert "InvalidBSON" in told["why"]


def test_services_that_cannot_be_are_not_started_again_and_again(tmp_path: Path) -> None:
    with up(tmp_path, "nowhere", MONGODB_URI=NOWHERE) as process:
        assert process.ended(within=60) == 2
        assert process.text().count("no service called nowhere") == 1
