"""Views made anew from outside, over a broker: beside running services, and without one that is needed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pymongo import MongoClient

from tests.chassis.process import Process
from tests.servers.mongod import Mongod
from tests.servers.netraven import Api, Instance

# The service whose views are made anew, those that it follows, and the way to it.
SERVICES = ("devices", "monitor", "jobs", "auth", "gateway")


@pytest.fixture
def env(amqp_uri: str, mongod: Mongod) -> Iterator[dict[str, str]]:
    prefix = f"r{amqp_uri[-12:]}".replace("-", "_")
    yield {"AMQP_URI": amqp_uri, "MONGODB_URI": mongod.uri, "NETRAVEN_DATABASE_PREFIX": prefix}
    with MongoClient[dict[str, object]](mongod.uri) as client:
        for name in SERVICES:
            client.drop_database(f"{prefix}_{name}")


def rebuild(folder: Path, service: str, env: dict[str, str]) -> tuple[int, str]:
    with Process(folder, ["-m", "netraven_chassis", "rebuild", service], env) as process:
        return process.ended(within=60), process.text()


def test_views_are_made_anew_beside_the_running_services(tmp_path: Path, env: dict[str, str]) -> None:
    with Instance(SERVICES, env) as instance:
        api = Api(instance.url).log_in()
        body = {"name": "a", "device_type": "switch", "location": "b"}
        for number in range(10):
            assert api("POST", "/devices", {**body, "ip_address": f"127.0.3.{number}"})[0] == 201
        before = api("GET", "/devices?sort=ip_address")[1]["data"]
        status, text = rebuild(tmp_path, "devices", env)
        assert status == 0 and "generation 2" in text, text
        assert "monitor: " in text
        after = api("GET", "/devices?sort=ip_address")[1]["data"]
        assert [row["id"] for row in after] == [row["id"] for row in before]


def test_without_a_service_that_it_follows_the_live_views_stay_and_it_is_told(
    tmp_path: Path, env: dict[str, str], mongod: Mongod
) -> None:
    status, text = rebuild(tmp_path, "devices", env)
    assert status == 1 and "monitor is not running" in text
    assert "Traceback" not in text
    with MongoClient[dict[str, object]](mongod.uri) as client:
        pointer = client[f"{env['NETRAVEN_DATABASE_PREFIX']}_devices"].views.find_one({"_id": "pointer"})
    assert pointer and (pointer["live"], pointer["building"]) == (1, None)


def test_without_a_database_it_is_told_in_a_line(tmp_path: Path, env: dict[str, str]) -> None:
    status, text = rebuild(tmp_path, "devices", {**env, "MONGODB_URI": "mongodb://127.0.0.1:1/"})
    assert status == 1 and "127.0.0.1:1" in text and "Traceback" not in text
