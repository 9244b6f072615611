"""The process's one client: its limits, its concerns, and that a database that came back is found."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import eventlet
import pytest
from pymongo.errors import PyMongoError
from pymongo.monitoring import CommandListener, CommandStartedEvent

from netraven_chassis import mongo
from netraven_chassis.settings import Settings
from tests.patience import patience
from tests.servers.mongod import Mongod


@pytest.fixture(autouse=True)
def closed_afterwards() -> Iterator[None]:
    mongo.close()
    yield
    mongo.close()


def test_a_service_has_its_own_database_and_the_process_one_client(
    mongod: Mongod, settings_for: Callable[..., Settings]
) -> None:
    settings_for(MONGODB_URI=mongod.uri, NETRAVEN_DATABASE_PREFIX="t1")
    assert mongo.database("devices").name == "t1_devices"
    assert mongo.database("devices").client is mongo.database("monitor").client is mongo.client()


def test_writes_ask_for_a_journaled_majority_and_reads_for_what_cannot_be_rolled_back(
    mongod: Mongod, settings_for: Callable[..., Settings]
) -> None:
    class Recorder(CommandListener):
        commands: list[dict[str, object]] = []  # noqa: RUF012 - one test, one list

        def started(self, event: CommandStartedEvent) -> None:
            self.commands.append(dict(event.command))

        def succeeded(self, event: object) -> None: ...

        def failed(self, event: object) -> None: ...

    client = mongo.connect(mongod.uri, event_listeners=[Recorder()])
    things = client.get_database("t2_devices", **mongo.log_options).things
    things.insert_one({"_id": 1})
    assert things.find_one({"_id": 1}) == {"_id": 1}
    client.drop_database("t2_devices")
    client.close()
    insert, find = Recorder.commands[0], Recorder.commands[1]
    assert insert["writeConcern"] == {"w": "majority", "j": True, "wtimeout": 4000}
    assert "txnNumber" not in insert
    assert find["readConcern"] == {"level": "majority"}


def test_a_database_that_is_away_is_told_within_the_limit_and_holds_nobody_else_up(
    settings_for: Callable[..., Settings],
) -> None:
    settings_for(MONGODB_URI="mongodb://127.0.0.1:1/")
    ticks: list[float] = []

    def tick() -> None:
        while True:
            ticks.append(time.monotonic())
            eventlet.sleep(0.05)

    ticking = eventlet.spawn(tick)
    began = time.monotonic()
    with eventlet.Timeout(patience(20)), pytest.raises(PyMongoError):
        mongo.database("devices").things.find_one()
    assert time.monotonic() - began > 2.5
    ticking.kill()
    # an idle machine takes sixty of them in the time
    assert len(ticks) > 5


def test_a_frozen_database_gives_an_error_and_a_thawed_one_answers_the_same_client(
    settings_for: Callable[..., Settings],
) -> None:
    with Mongod() as mongod:
        settings_for(MONGODB_URI=mongod.uri)
        things = mongo.database("devices").things
        things.insert_one({"_id": 1})
        mongod.pause()
        with eventlet.Timeout(patience(20)), pytest.raises(PyMongoError):
            things.insert_one({"_id": 2})
        mongod.resume()
        mongod.wait_ready()
        assert things.find_one({"_id": 1}) == {"_id": 1}
