"""A whole system on a broker and a database of its own, which the test may stop, and the creates of a busy
script.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import eventlet
import pytest

from tests.servers.mongod import Mongod
from tests.servers.netraven import Api, System
from tests.servers.rabbitmq import RabbitMQ


@dataclass
class World:
    """A system and what it stands on; `prefix` begins the names of its databases, `made` are the devices that
    scripts have made in it.
    """

    broker: RabbitMQ
    database: Mongod
    system: System
    api: Api
    prefix: str
    made: dict[str, str] = field(default_factory=dict)

    def create(self, count: int) -> Script:
        """A script that makes so many devices more."""
        return Script(self.api, count, len(self.made))


@pytest.fixture(scope="session")
def broker() -> Iterator[RabbitMQ]:
    """The broker of all faults, which tests may stop."""
    with RabbitMQ() as running:
        yield running


@pytest.fixture(scope="session")
def database() -> Iterator[Mongod]:
    """The database of all faults, which tests may stop."""
    with Mongod() as running:
        yield running


@pytest.fixture(scope="session")
def world(broker: RabbitMQ, database: Mongod) -> Iterator[World]:
    """A system that is hurt in one way after the other, as one is that runs for years; it has two workers."""
    with running(broker, broker.uri, database, {"worker": 2}) as made:
        yield made


@contextmanager
def running(broker: RabbitMQ, uri: str, database: Mongod, copies: dict[str, int]) -> Iterator[World]:
    """Each service in a process of its own, logged in."""
    prefix = f"f{secrets.token_hex(4)}"
    env = {
        "AMQP_URI": uri,
        "MONGODB_URI": database.uri,
        "NETRAVEN_DATABASE_PREFIX": prefix,
        "PING_INTERVAL_SECONDS": "5",
        "NETRAVEN_HEARTBEAT_SECONDS": "5",
    }
    with System(env, copies=copies) as system:
        api = Api(system.url).log_in()
        api.until(200, "GET", "/devices")  # auth answers; this one may still be starting
        yield World(broker, database, system, api, prefix)


@dataclass
class Script:
    """Creates devices as fast as it is answered, each with a key, and repeats until it knows what came of
    it. It waits for leave where it has been given leave for a part of them.
    """

    api: Api
    count: int
    first: int = 0
    leave: int | None = None  # how many it may have created by now; None: all
    created: dict[str, str] = field(default_factory=dict)
    answers: dict[int, int] = field(default_factory=dict)
    failures: list[Any] = field(default_factory=list)

    def run(self, writers: int = 10) -> Script:
        """Make them all."""
        list(eventlet.GreenPool(writers).imap(self._create, range(self.first, self.first + self.count)))
        return self

    def _create(self, number: int) -> None:
        while self.leave is not None and number - self.first >= self.leave:
            eventlet.sleep(0.02)
        address = f"127.{80 + number // 65536}.{number // 256 % 256}.{number % 256}"
        body = {"name": f"d{number}", "ip_address": address, "device_type": "router", "location": "lab"}
        for _ in range(300):
            status, answer = self.api.calmly("POST", "/devices", body, Idempotency_Key=f"create-{number}")
            self.answers[status] = self.answers.get(status, 0) + 1
            if status == 201:
                self.created[answer["data"]["id"]] = address
                return
            if status not in (0, 503):
                self.failures.append((number, status, answer))
                return
            eventlet.sleep(0.2)
        self.failures.append((number, "never"))


def inventory(api: Api) -> dict[str, str]:
    """{id: address} of every device in the list."""
    found: dict[str, str] = {}
    page = 1
    while True:
        body = api.until(200, "GET", f"/devices?size=1000&page={page}")
        found.update({row["id"]: row["ip_address"] for row in body["data"]})
        if page * 1000 >= body["total"]:
            assert len(found) == body["total"]
            return found
        page += 1
