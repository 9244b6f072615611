"""A whole system on a broker and a database of its own, which the test may stop, and the creates of a busy
script.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import eventlet
import pytest

from tests.servers.mongod import Mongod
from tests.servers.netraven import Api, System
from tests.servers.rabbitmq import RabbitMQ


@dataclass
class World:
    """A system and what it stands on."""

    broker: RabbitMQ
    database: Mongod
    system: System
    api: Api


@pytest.fixture
def broker() -> Iterator[RabbitMQ]:
    """A broker that this test may stop."""
    with RabbitMQ() as server:
        yield server


@pytest.fixture
def own_mongod() -> Iterator[Mongod]:
    """A database that this test may stop."""
    with Mongod() as server:
        yield server


@pytest.fixture
def copies() -> dict[str, int]:
    """How many processes of each service; one where nothing is said."""
    return {}


@pytest.fixture
def world(broker: RabbitMQ, own_mongod: Mongod, copies: dict[str, int]) -> Iterator[World]:
    """Each service in a process of its own, logged in."""
    env = {
        "AMQP_URI": broker.uri,
        "MONGODB_URI": own_mongod.uri,
        "PING_INTERVAL_SECONDS": "5",
        "NETRAVEN_HEARTBEAT_SECONDS": "5",
    }
    with System(env, copies=copies) as system:
        yield World(broker, own_mongod, system, Api(system.url).log_in())


@dataclass
class Script:
    """Creates devices as fast as it is answered, each with a key, and repeats until it knows what came of
    it.
    """

    api: Api
    count: int
    created: dict[str, str] = field(default_factory=dict)
    answers: dict[int, int] = field(default_factory=dict)
    failures: list[Any] = field(default_factory=list)

    def run(self, writers: int = 10) -> Script:
        """Make them all."""
        list(eventlet.GreenPool(writers).imap(self._create, range(self.count)))
        return self

    def _create(self, number: int) -> None:
        address = f"10.{number // 65536}.{number // 256 % 256}.{number % 256}"
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
