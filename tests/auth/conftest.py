"""Auth's parts over a real database, and auth as it runs over a bus."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import nameko
import pytest
from argon2 import PasswordHasher
from nameko.containers import ServiceContainer
from pymongo import MongoClient

from netraven_auth.api_token import API_TOKEN
from netraven_auth.equipment import Equipment
from netraven_auth.membership import MEMBERSHIP
from netraven_auth.passwords import Passwords
from netraven_auth.service import AuthService
from netraven_auth.session import SESSION
from netraven_auth.user import USER
from netraven_auth.views import VIEWS
from netraven_chassis import mongo, settings
from netraven_chassis.bound import BoundStore
from netraven_chassis.bus import transport
from netraven_chassis.bus.client import Caller as BusCaller
from netraven_chassis.clock import SystemClock
from netraven_chassis.core import Core
from netraven_chassis.eventlog.commit import Context
from netraven_chassis.ids import new_id

ADMIN = {"id": "0" * 24, "name": "admin", "role": "admin"}
PASSWORD = "correct horse battery staple"
OTHER_PASSWORD = "a rather different password"


def nobody_else(_source: str, _after: int) -> Any:
    raise AssertionError("auth follows no other service")


@pytest.fixture
def core(database: Any) -> Core:
    made = Core("auth", database, [USER, MEMBERSHIP, API_TOKEN, SESSION], VIEWS, SystemClock(), nobody_else)
    made.prepare()
    return made


@pytest.fixture
def asked(core: Core) -> Callable[..., BoundStore]:
    """A store for one request: asked() for a new one, asked("id") for one that may come again."""

    def ask(command_id: str | None = None, body_hash: str | None = None) -> BoundStore:
        actor = {"id": "u1", "name": "ann"}
        return BoundStore(core, Context(actor, command_id or new_id(), "r1", body_hash=body_hash))

    return ask


@pytest.fixture
def hasher() -> PasswordHasher | None:
    """argon2id, but quick; None for the parameters in force, where a test is about its cost."""
    return PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1)


@pytest.fixture
def make_kit(database: Any, tmp_path: Path, hasher: PasswordHasher | None) -> Callable[..., Equipment]:
    def make(**env: str) -> Equipment:
        kit = Equipment(database, settings.load({"NETRAVEN_DATA": str(tmp_path), **env}))
        kit.passwords = Passwords(hasher)
        kit.prepare()
        return kit

    return make


@pytest.fixture
def kit(make_kit: Callable[..., Equipment]) -> Equipment:
    return make_kit()


@pytest.fixture(params=["embedded", "rabbitmq"])
def uri(request: pytest.FixtureRequest) -> str:
    if request.param == "embedded":
        transport.register()
        return f"embedded://{secrets.token_hex(4)}"
    return str(request.getfixturevalue("amqp_uri"))


@pytest.fixture
def bus(uri: str, mongod: Any, settings_for: Callable[..., Any], tmp_path: Path) -> Iterator[str]:
    prefix = f"t{secrets.token_hex(4)}"
    settings_for(
        MONGODB_URI=mongod.uri,
        NETRAVEN_DATABASE_PREFIX=prefix,
        NETRAVEN_DATA=str(tmp_path),
        NETRAVEN_ADMIN_PASSWORD=PASSWORD,
    )
    mongo.close()
    with nameko.config.patch({"AMQP_URI": uri, "HEARTBEAT": 5, "max_workers": 100}):
        yield uri
    mongo.close()
    client: MongoClient[dict[str, Any]] = MongoClient(mongod.uri)
    client.drop_database(f"{prefix}_auth")
    client.close()


@contextmanager
def running(*services: type) -> Iterator[list[ServiceContainer]]:
    containers = [ServiceContainer(service) for service in services]
    for container in containers:
        container.start()
    try:
        yield containers
    finally:
        for container in reversed(containers):
            container.stop()


@pytest.fixture
def auth(bus: str) -> Iterator[Any]:
    """A client of auth: two instances over a broker; in memory there only ever is one."""
    caller = BusCaller(bus, "test")
    caller.start()
    with running(*[AuthService] * (1 if bus.startswith("embedded") else 2)):
        yield caller.client("auth", timeout=20, data={"actor": ADMIN, "request_id": "r1"})
    caller.stop()
