"""The private database: who reaches it, that it outlives nothing, and that its data outlives everything."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from netraven_chassis import children, mongo
from netraven_chassis.mongod import NoDatabase, PrivateMongod, find_program
from tests.patience import patience, until


@pytest.fixture
def private(tmp_path: Path) -> PrivateMongod:
    return PrivateMongod(tmp_path / "data")


@pytest.fixture
def running(private: PrivateMongod) -> Iterator[subprocess.Popen[bytes]]:
    child = private.launch()
    until(private.serves)
    yield child
    children.end(child, 10)


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[PrivateMongod, int]]:
    """One that goes on, for those who only look at it, and its process id."""
    private = PrivateMongod(tmp_path_factory.mktemp("standing") / "data")
    child = private.launch()
    until(private.serves)
    yield private, child.pid
    children.end(child, 10)


def sockets_of(pid: int) -> set[str]:
    links = []
    for fd in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(FileNotFoundError):  # closed since the folder was read: mongod is at work
            links.append(os.readlink(fd))
    return {link.removeprefix("socket:[").rstrip("]") for link in links if link.startswith("socket:")}


def listeners(table: str, state_column: int, listening: str, inode_column: int) -> set[str]:
    rows = [line.split() for line in Path(table).read_text().splitlines()[1:]]
    return {row[inode_column] for row in rows if row[state_column] == listening}


def test_it_listens_on_its_private_socket_and_on_nothing_else(standing: tuple[PrivateMongod, int]) -> None:
    private, pid = standing
    ours = sockets_of(pid)
    assert ours and not ours & (
        listeners("/proc/net/tcp", 3, "0A", 9) | listeners("/proc/net/tcp6", 3, "0A", 9)
    )
    bound = [line.split() for line in Path("/proc/net/unix").read_text().splitlines()[1:]]
    names = {row[7] for row in bound if row[6] in ours and len(row) > 7 and row[3] == "00010000"}
    assert names == {str(private.address)}
    assert private.address.stat().st_mode & 0o777 == 0o600
    assert private.address.parent.stat().st_mode & 0o777 == 0o700
    assert (private.folder / "db").stat().st_mode & 0o777 == 0o700


def test_clients_write_and_read_through_the_socket(standing: tuple[PrivateMongod, int]) -> None:
    private, _ = standing
    with mongo.connect(private.uri) as client:
        things = client.get_database("t_devices", **mongo.log_options).things
        things.insert_one({"_id": 1})
        assert things.count_documents({}) == 1


def test_a_killed_one_starts_again_with_every_acknowledged_write(
    private: PrivateMongod, running: subprocess.Popen[bytes]
) -> None:
    with mongo.connect(private.uri) as client:
        things = client.get_database("t_devices", **mongo.log_options).things
        things.insert_many([{"_id": number} for number in range(100)])
        running.kill()
        running.wait()
        again = private.launch()
        until(private.serves)
        assert things.count_documents({}) == 100
    assert children.end(again, patience(10))


def test_one_that_an_earlier_run_left_behind_is_ended_first(
    private: PrivateMongod, running: subprocess.Popen[bytes]
) -> None:
    until(lambda: private.leftover() == running.pid)
    again = private.launch()
    assert running.poll() is not None
    until(private.serves)
    children.end(again, 10)


def test_a_frozen_leftover_is_ended_too(private: PrivateMongod, running: subprocess.Popen[bytes]) -> None:
    until(lambda: private.leftover() == running.pid)
    running.send_signal(signal.SIGSTOP)
    private.end_leftover()
    assert children.wait(running, patience(5))


def test_a_number_in_the_pid_file_that_is_somebody_elses_now_is_left_alone(private: PrivateMongod) -> None:
    private.folder.mkdir()
    stranger = subprocess.Popen(["sleep", "60"])
    (private.folder / "mongod.pid").write_text(f"{stranger.pid}\n")
    private.end_leftover()
    assert stranger.poll() is None
    stranger.kill()
    stranger.wait()


def test_it_dies_with_its_parent(private: PrivateMongod) -> None:
    script = (
        "import sys, time; from pathlib import Path; from netraven_chassis.mongod import PrivateMongod\n"
        "print(PrivateMongod(Path(sys.argv[1])).launch().pid, flush=True); time.sleep(60)"
    )
    parent = subprocess.Popen([sys.executable, "-c", script, str(private.folder)], stdout=subprocess.PIPE)
    assert parent.stdout
    pid = int(parent.stdout.readline())
    until(lambda: private.leftover() == pid)
    parent.kill()
    parent.communicate()
    until(lambda: private.leftover() is None)


def test_a_deep_data_folder_gets_a_short_private_place_for_its_socket(tmp_path: Path) -> None:
    private = PrivateMongod(tmp_path / ("deep" * 30))
    assert len(str(private.address)) < 108
    child = private.launch()
    until(private.serves)
    assert private.address.parent.stat().st_mode & 0o777 == 0o700
    children.end(child, 10)
    private.address.parent.rmdir()


def test_a_short_place_that_is_somebody_elses_is_refused(tmp_path: Path) -> None:
    private = PrivateMongod(tmp_path / ("deep" * 30))
    private.address.parent.mkdir()
    os.chown(private.address.parent, 65534, 65534)
    try:
        with pytest.raises((NoDatabase, PermissionError)):
            private.launch()
    finally:
        private.address.parent.rmdir()


def test_why_it_did_not_start_can_be_told(private: PrivateMongod) -> None:
    (private.folder / "db").mkdir(parents=True)
    (private.folder / "db" / "storage.bson").write_text("not a database")
    child = private.launch()
    assert children.wait(child, patience(15))
    assert "InvalidBSON" in private.why_not()


def test_a_program_that_is_not_there_is_told_with_the_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NoDatabase, match="NETRAVEN_MONGOD=/nowhere/mongod"):
        find_program("/nowhere/mongod")
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    with pytest.raises(NoDatabase, match="MONGODB_URI"):
        find_program()
