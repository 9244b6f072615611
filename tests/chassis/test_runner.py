"""The runner with real processes: how services start, wait for servers that are away, come back and stop."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import eventlet
import pytest
from kombu import Connection, Queue

from netraven_chassis import commands
from netraven_chassis.bus.client import Caller
from netraven_chassis.mongod import PrivateMongod
from tests.chassis.process import Process, kill_database
from tests.patience import patience, until
from tests.servers.ports import free_ports
from tests.servers.rabbitmq import RabbitMQ


def serve(folder: Path, *services: str, **env: str) -> Process:
    return Process(folder, ["-m", "netraven_chassis", "serve", *services], env)


@pytest.fixture
def echo(tmp_path: Path) -> Iterator[Process]:
    with serve(tmp_path, "echo") as process:
        process.wait_for("service started", service="echo")
        yield process


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    """An echo for those who only look at it: named twice, with a misspelt setting."""
    folder = tmp_path_factory.mktemp("standing")
    with serve(folder, "echo", "echo", NETRAVEN_PROT="1", TMPDIR=str(folder)) as process:
        process.wait_for("service started", service="echo")
        yield process


@pytest.fixture(scope="module")
def tally(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    """A tally with its private database."""
    with serve(tmp_path_factory.mktemp("tally"), "tally") as process:
        process.wait_for("service started", service="tally")
        yield process


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly_and_at_once(echo: Process, number: signal.Signals) -> None:
    echo.send(number)
    assert echo.ended(within=5) == 0
    assert echo.logged("stopped", finished=True)
    assert "Traceback" not in echo.text()


def test_work_in_hand_finishes_before_it_ends(tmp_path: Path) -> None:
    with serve(tmp_path, "echo", ECHO_WORK="2") as process:
        process.wait_for("work begun")
        process.send(signal.SIGTERM)
        assert process.ended(within=30) == 0
        assert process.logged("work done")


def test_work_that_takes_too_long_is_ended_in_time_and_told(tmp_path: Path) -> None:
    with serve(tmp_path, "echo", ECHO_WORK="60", NETRAVEN_STOP_TIMEOUT_SECONDS="1") as process:
        process.wait_for("work begun")
        process.send(signal.SIGTERM)
        assert process.ended(within=30) == 1
        assert process.logged("service still had work in hand and is ended", service="echo")


def test_a_process_whose_hub_is_stuck_ends_in_time(tmp_path: Path) -> None:
    with serve(tmp_path, "echo", ECHO_HANG="60", NETRAVEN_STOP_TIMEOUT_SECONDS="1") as process:
        process.wait_for("work begun")
        process.send(signal.SIGTERM)
        assert process.ended(within=30) == 1
        assert "did not end within" in process.text()


def test_a_second_signal_ends_it_without_waiting(tmp_path: Path) -> None:
    with serve(tmp_path, "echo", ECHO_WORK="300", NETRAVEN_STOP_TIMEOUT_SECONDS="300") as process:
        process.wait_for("work begun")
        process.send(signal.SIGTERM)
        process.wait_for("stopping")
        process.send(signal.SIGINT)
        assert process.ended(within=30) == 128 + signal.SIGINT


def test_a_container_that_dies_is_made_anew_later_each_time_and_it_is_told(tmp_path: Path) -> None:
    fuse = tmp_path / "fuse"
    fuse.write_text("###")
    with serve(tmp_path, "echo", ECHO_FUSE=str(fuse)) as process:
        process.wait_for("service started", count=4)
        told = process.logged("service is not running, starting it again", service="echo")
        assert [line["why"] for line in told] == ["RuntimeError: the fuse blew"] * 3
        assert told[0]["seconds"] <= 0.2 and "Traceback" in told[0]["exception"]
        process.send(signal.SIGTERM)
        assert process.ended(within=30) == 0


def test_every_bad_setting_is_told_in_a_line_without_a_traceback(tmp_path: Path) -> None:
    with serve(tmp_path, "echo", NETRAVEN_PORT="eighty", PING_ENABLED="perhaps") as process:
        assert process.ended(within=60) == 2
        lines = process.text().splitlines()
    assert [line.split(":")[1].strip() for line in lines] == ["NETRAVEN_PORT=eighty", "PING_ENABLED=perhaps"]


def test_a_setting_that_only_the_service_can_judge_ends_it_with_a_line(tmp_path: Path) -> None:
    with serve(tmp_path, "echo", ECHO_LOUDNESS="11") as process:
        assert process.ended(within=60) == 2
        assert "netraven: ECHO_LOUDNESS=11: too loud. Use less." in process.text().splitlines()
        assert "Traceback" not in process.text()


def test_an_unknown_service_is_told_in_a_line(tmp_path: Path) -> None:
    with serve(tmp_path, "nowhere") as process:
        assert process.ended(within=60) == 2
        assert "no service called nowhere" in process.text() and "Traceback" not in process.text()


def test_garbage_is_looked_for_as_soon_as_services_start(standing: Process) -> None:
    assert standing.wait_for("work begun")["garbage_is_looked_for"] is True


def test_a_misspelt_setting_is_told(standing: Process) -> None:
    standing.wait_for("a variable is not a setting", variable="NETRAVEN_PROT", meant="NETRAVEN_PORT")


def test_health_follows_the_service(
    standing: Process, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert commands.main(["healthy", "echo"]) == 1
    folder = standing.env["TMPDIR"]
    until(lambda: list(Path(folder).glob("*/echo.well")))
    with Process(tmp_path, ["-m", "netraven_chassis", "healthy", "echo"], {"TMPDIR": folder}) as asked:
        assert asked.ended(within=60) == 0


def test_a_broker_that_is_away_at_the_start_is_waited_for(
    tmp_path: Path, rabbitmq: RabbitMQ, amqp_uri: str
) -> None:
    (port,) = free_ports(1)
    uri = amqp_uri.replace(f":{rabbitmq.amqp_port}/", f":{port}/")
    with serve(tmp_path, "echo", AMQP_URI=uri, NETRAVEN_START_TIMEOUT_SECONDS="1") as process:
        process.wait_for("service is not running, starting it again", service="echo")
        rabbitmq.evaluate(f'rabbit_networking:start_tcp_listener({{"127.0.0.1", {port}}}, 1)')
        process.wait_for("service started")
        assert say(uri, "hello") == "hello"
        process.send(signal.SIGTERM)
        assert process.ended(within=30) == 0
        assert "guest:guest" not in process.text()


def say(uri: str, text: str) -> str:
    caller = Caller(uri, "test")
    caller.start()
    try:
        assert caller.link.wait_until_up(patience(20))
        with eventlet.Timeout(patience(10)):
            return str(caller.client("echo").say(text=text))
    finally:
        caller.stop()


def test_a_queue_with_other_arguments_is_an_error_that_names_it(
    tmp_path: Path, rabbitmq: RabbitMQ, amqp_uri: str
) -> None:
    with Connection(amqp_uri) as connection:
        Queue("rpc-echo", durable=True, queue_arguments={"x-max-length": 5})(connection).declare()
    with serve(tmp_path, "echo", AMQP_URI=amqp_uri) as process:
        told = process.wait_for("service is not running, starting it again", service="echo")
        assert "rpc-echo" in told["why"] and "other arguments" in told["why"]
        with Connection(amqp_uri) as connection:
            Queue("rpc-echo", channel=connection).delete()
        process.wait_for("service started", service="echo")


def test_two_services_called_by_one_name_are_one(standing: Process) -> None:
    assert standing.wait_for("starting")["services"] == ["echo"]


def test_a_service_with_a_store_gets_a_private_database_that_outlives_nothing(tmp_path: Path) -> None:
    private = PrivateMongod(tmp_path / "data")
    with serve(tmp_path, "tally") as process:
        process.wait_for("service started", service="tally")
        first = private.leftover()
        assert first is not None
        process.send(signal.SIGTERM)
        assert process.ended(within=30) == 0
    assert private.leftover() is None


def test_a_private_database_that_is_killed_comes_back_without_a_restart_of_ours(tally: Process) -> None:
    before = tally.wait_for("counted", count=3)["number"]
    first = kill_database(tally)
    assert tally.logged("counted")[-1]["number"] > before
    assert len(tally.logged("service started")) == 1
    assert PrivateMongod(Path(tally.env["NETRAVEN_DATA"])).leftover() not in (None, first)


def test_two_systems_on_one_data_folder_are_refused(tally: Process, tmp_path: Path) -> None:
    with serve(tmp_path, "tally", NETRAVEN_DATA=tally.env["NETRAVEN_DATA"]) as second:
        assert second.ended(within=60) == 1
        assert f"in use by process {tally.child.pid}" in second.text()
        assert "NETRAVEN_DATA" in second.text()


def test_a_database_that_is_away_at_the_start_is_waited_for(tmp_path: Path) -> None:
    from tests.servers.mongod import Mongod

    mongod = Mongod()
    with serve(tmp_path, "tally", MONGODB_URI=mongod.uri) as process:
        told = process.wait_for("service is not running, starting it again", service="tally")
        assert "exception" not in told
        with mongod:
            process.wait_for("counted", within=60)
            process.send(signal.SIGTERM)
            assert process.ended(within=30) == 0
