"""The private servers themselves: they start quickly, come back with their data, and leave nothing behind."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from kombu import Connection, Queue
from pymongo import MongoClient
from pymongo.errors import PyMongoError
from pymongo.write_concern import WriteConcern

from tests.patience import patience
from tests.servers.mongod import Mongod
from tests.servers.rabbitmq import RabbitMQ
from tests.servers.replica_set import ReplicaSet
from tests.servers.server import ServerError


def clients(uri: str, **options: Any) -> MongoClient[dict[str, object]]:
    return MongoClient(uri, **options)


def test_a_mongod_starts_soon_and_keeps_its_data_over_a_kill() -> None:
    began = time.monotonic()
    with Mongod() as mongod:
        took = time.monotonic() - began
        with clients(mongod.uri, journal=True) as client:
            client.spine.things.insert_one({"_id": 1})
            mongod.kill()
            mongod.start()
            assert client.spine.things.count_documents({}) == 1
        folder = mongod.folder
    assert took < patience(15)  # 1 s alone
    assert not folder.exists()


def test_a_paused_mongod_answers_nobody_until_it_goes_on(mongod: Mongod) -> None:
    brief = {"serverSelectionTimeoutMS": 500, "socketTimeoutMS": 500}
    with clients(mongod.uri) as patient, clients(mongod.uri, **brief) as hasty:
        patient.admin.command("ping")
        mongod.pause()
        try:
            with pytest.raises(PyMongoError):
                hasty.admin.command("ping")
        finally:
            mongod.resume()
        mongod.wait_ready()
        assert patient.admin.command("ping")["ok"]


def test_a_virtual_host_takes_messages_and_its_queues_can_be_seen(rabbitmq: RabbitMQ, amqp_uri: str) -> None:
    with Connection(amqp_uri) as connection, connection.channel() as channel:
        Queue("letters", durable=True)(channel).declare()
        connection.Producer().publish({"a": 1}, routing_key="letters")
        assert connection.SimpleQueue("letters").get(timeout=5).payload == {"a": 1}
    assert "letters" in rabbitmq.queues(amqp_uri)


def test_a_broker_comes_back_on_the_same_port_with_its_durable_queues(
    rabbitmq: RabbitMQ, amqp_uri: str
) -> None:
    with Connection(amqp_uri) as connection, connection.channel() as channel:
        Queue("letters", durable=True)(channel).declare()
    rabbitmq.stop()
    assert not rabbitmq.running()
    rabbitmq.start()
    assert "letters" in rabbitmq.queues(amqp_uri)


def test_a_broker_leaves_neither_itself_nor_its_name_server_behind() -> None:
    broker = RabbitMQ()
    try:
        broker.begin()
        pids = [broker.pid, broker.epmd_pid]
        assert all(_alive(pid) for pid in pids)
    finally:
        broker.close()
    assert not [pid for pid in pids if _alive(pid)]


def test_a_deposed_primary_is_replaced() -> None:
    with ReplicaSet() as members:
        deposed = members.step_down()
        assert members.wait_primary(unlike=deposed) is not deposed


def test_delayed_secondaries_hold_a_majority_write_up() -> None:
    with ReplicaSet() as members:
        members.delay_replication()
        with clients(members.uri, w="majority", wTimeoutMS=1000) as client:
            with pytest.raises(PyMongoError):
                client.spine.things.insert_one({"_id": 1})
            members.delay_replication(on=False)
            patient = WriteConcern("majority", wtimeout=60_000)
            client.spine.get_collection("things", write_concern=patient).insert_one({"_id": 2})


def test_a_server_that_does_not_come_up_shows_the_end_of_its_log(tmp_path: Path) -> None:
    with pytest.raises(ServerError, match="no-such-option"):
        Mongod(tmp_path, options=("--no-such-option",)).start()


def test_a_server_dies_with_the_process_that_started_it(tmp_path: Path) -> None:
    imports = "import os, pathlib, sys; from tests.servers.mongod import Mongod"
    start = "print(Mongod(pathlib.Path(sys.argv[1])).begin().pid); sys.stdout.flush(); os._exit(0)"
    command = [sys.executable, "-c", f"{imports}; {start}", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, check=True, env=_with_path())
    pid = int(done.stdout)
    deadline = time.monotonic() + patience(5)
    while _alive(pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not _alive(pid)


def _with_path() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"
    except FileNotFoundError:
        return False
