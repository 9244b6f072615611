"""The whole system as people run it, twice: over RabbitMQ and mongod, and in one process on its own.

Tests here know the API and nothing else: they go through HTTP.
"""

from __future__ import annotations

import ipaddress
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count

import pytest

from tests.patience import patience
from tests.servers.netraven import Api, System

# So that a log-in that is refused on purpose counts against an address of its own.
_COMMON = {"NETRAVEN_TRUSTED_PROXIES": "127.0.0.1", "PING_ENABLED": "false"}
_NUMBERS = count(int(ipaddress.IPv4Address("127.10.0.1")))


def until_it_answers(url: str, within: float = 30.0) -> Api:
    """An administrator's client, as soon as one can log in."""
    api = Api(url)
    deadline = time.monotonic() + patience(within)
    while True:
        try:
            return api.log_in()
        except (AssertionError, OSError):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)


@contextmanager
def running(kind: str, request: pytest.FixtureRequest, **settings: str) -> Iterator[System]:
    """A system of its own over RabbitMQ and mongod ("broker") or in one process ("embedded")."""
    env = _COMMON | settings
    if kind == "broker":
        env["AMQP_URI"] = request.getfixturevalue("rabbitmq").vhost()
        env["MONGODB_URI"] = request.getfixturevalue("mongod").uri
        env["NETRAVEN_DATABASE_PREFIX"] = f"system_{secrets.token_hex(4)}"
    with System(env, together=kind == "embedded") as system:
        until_it_answers(system.url)
        yield system


@pytest.fixture(scope="session", params=["broker", "embedded"])
def system(request: pytest.FixtureRequest) -> Iterator[System]:
    """The running system."""
    with running(request.param, request) as one:
        yield one


@pytest.fixture(scope="module", params=["broker", "embedded"])
def lone_system(request: pytest.FixtureRequest) -> Iterator[System]:
    """A system for tests that leave it in disorder."""
    with running(request.param, request) as one:
        yield one


@pytest.fixture(scope="session")
def admin(system: System) -> Api:
    """A client that is logged in as the first administrator."""
    return until_it_answers(system.url)


@pytest.fixture
def anyone(system: System) -> Api:
    """A client that is not logged in."""
    return Api(system.url)


@pytest.fixture
def address() -> Callable[[], str]:
    """A function that gives loopback addresses, each one once."""
    return lambda: str(ipaddress.IPv4Address(next(_NUMBERS)))


@pytest.fixture
def body(address: Callable[[], str]) -> Callable[..., dict[str, object]]:
    """A function that gives the body of a new device."""

    def make(**fields: object) -> dict[str, object]:
        plain = {"name": "core-1", "device_type": "switch", "location": "lab", "ip_address": address()}
        return {**plain, **fields}

    return make


@pytest.fixture
def device(admin: Api, body: Callable[..., dict[str, object]]) -> dict[str, object]:
    """A device that was just registered."""
    status, answer, _ = admin("POST", "/devices", body())
    assert status == 201, answer
    found: dict[str, object] = answer["data"]
    return found
