"""What every test may ask for: private servers, fresh databases and virtual hosts, settings for one test."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

import netraven_chassis.patch  # noqa: F401 - before anything that opens a socket
from tests.servers.mongod import Mongod
from tests.servers.rabbitmq import RabbitMQ
from tests.timeouts import pytest_timeout_set_timer  # noqa: F401 - a hook of pytest-timeout's

if TYPE_CHECKING:
    from pymongo.database import Database

    from netraven_chassis.settings import Settings
    from tests.servers.replica_set import ReplicaSet


@pytest.fixture(scope="session")
def rabbitmq() -> Iterator[RabbitMQ]:
    """A private broker for the whole run; `rabbitmq.vhost()` gives a fresh virtual host's AMQP URI."""
    with RabbitMQ() as broker:
        yield broker


@pytest.fixture
def amqp_uri(rabbitmq: RabbitMQ) -> Iterator[str]:
    """The AMQP URI of a virtual host for this test alone."""
    uri = rabbitmq.vhost()
    yield uri
    rabbitmq.drop_vhost(uri)


@pytest.fixture(scope="session")
def mongod() -> Iterator[Mongod]:
    """A private standalone mongod for the whole run; `mongod.uri`."""
    with Mongod() as server:
        yield server


@pytest.fixture
def database(mongod: Mongod) -> Iterator[Database[dict[str, Any]]]:
    """A database for this test alone, with the log's concerns: journaled majority writes, majority reads."""
    from pymongo import MongoClient

    client: MongoClient[dict[str, Any]] = MongoClient(
        mongod.uri,
        serverSelectionTimeoutMS=5000,
        socketTimeoutMS=20000,
        retryWrites=False,
        w="majority",
        journal=True,
        readConcernLevel="majority",
    )
    name = f"test_{secrets.token_hex(6)}"
    yield client[name]
    client.drop_database(name)
    client.close()


@pytest.fixture
def replica_set() -> Iterator[ReplicaSet]:
    """Three members for this test alone, because such tests depose and delay them."""
    from tests.servers.replica_set import ReplicaSet

    with ReplicaSet() as members:
        yield members


@pytest.fixture
def settings_for() -> Iterator[Callable[..., Settings]]:
    """Settings in force for this test: settings_for(NETRAVEN_PORT="0", PING_ENABLED="false")."""
    from netraven_chassis import settings

    before = settings.current()

    def use(**overrides: str) -> Settings:
        loaded = settings.load(overrides)
        settings.use(loaded)
        return loaded

    yield use
    settings.use(before)
