"""What every test may ask for: private servers, fresh databases and virtual hosts, settings for one test."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import hypothesis
import pytest
import structlog

import netraven_chassis.patch  # noqa: F401 - before anything that opens a socket
from netraven_chassis import logs
from tests.servers import memory
from tests.servers.emptying import empty
from tests.servers.mongod import Mongod
from tests.servers.rabbitmq import RabbitMQ
from tests.servers.server import Server
from tests.timeouts import pytest_timeout_set_timer  # noqa: F401 - a hook of pytest-timeout's
from tests.witnesses import pytest_runtest_makereport  # noqa: F401 - a hook of pytest's

if TYPE_CHECKING:
    from pymongo.database import Database

    from netraven_chassis.settings import Settings
    from tests.servers.replica_set import ReplicaSet

# How long one example takes on a busy machine says nothing about what is tested.
hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")

# With the values of all variables, one traceback takes a second, in which nothing else goes on. And a report
# stays short: the end of a long one may be all that anybody gets to see.
structlog.configure(
    processors=[
        *structlog.get_config()["processors"][:-1],
        structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback),
    ],
    wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
)


@pytest.fixture(scope="session", autouse=True)
def servers_in_memory() -> Iterator[None]:
    """Private servers write to memory, where there is enough."""
    with memory.room() as Server.room:
        yield


@pytest.fixture
def logging_as_before() -> Iterator[None]:
    """Whatever the test configures of the log, the next one finds it as it was."""
    root, before = logging.getLogger(), structlog.get_config()
    handlers, level = list(root.handlers), root.level
    yield
    structlog.configure(**before)
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.captureWarnings(False)
    logs._json_streams.clear()


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


@pytest.fixture(params=["embedded", "rabbitmq"])
def either_bus(request: pytest.FixtureRequest) -> str:
    """The URI of a bus for this test alone, in memory and over the broker: the test runs twice."""
    from tests.servers.services import memory

    return memory() if request.param == "embedded" else str(request.getfixturevalue("amqp_uri"))


@pytest.fixture(scope="session")
def mongod() -> Iterator[Mongod]:
    """A private standalone mongod for the whole run; `mongod.uri`."""
    with Mongod() as server:
        yield server


@pytest.fixture
def database(mongod: Mongod, request: pytest.FixtureRequest) -> Iterator[Database[dict[str, Any]]]:
    """An empty database, with the log's concerns: journaled majority writes, majority reads.

    Tests of one module have it one after another.
    """
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
    found = client[f"test_{request.path.parent.name}_{request.path.stem}"]
    yield found
    empty(found)
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
