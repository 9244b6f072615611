"""Auth's parts over a real database, and auth as it runs over a bus."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher

from netraven_auth.api_token import API_TOKEN
from netraven_auth.equipment import Equipment
from netraven_auth.membership import MEMBERSHIP
from netraven_auth.passwords import Passwords
from netraven_auth.service import AuthService
from netraven_auth.session import SESSION
from netraven_auth.user import USER
from netraven_auth.views import VIEWS
from netraven_chassis import settings
from netraven_chassis.bound import BoundStore
from netraven_chassis.bus.client import Caller as BusCaller
from netraven_chassis.clock import SystemClock
from netraven_chassis.core import Core
from netraven_chassis.eventlog.commit import Context
from netraven_chassis.ids import new_id
from tests.servers.services import connected, databases, running

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


@pytest.fixture
def bus(either_bus: str, mongod: Any, settings_for: Callable[..., Any], tmp_path: Path) -> Iterator[str]:
    with databases(mongod.uri) as prefix, connected(either_bus):
        settings_for(
            MONGODB_URI=mongod.uri,
            NETRAVEN_DATABASE_PREFIX=prefix,
            NETRAVEN_DATA=str(tmp_path),
            NETRAVEN_ADMIN_PASSWORD=PASSWORD,
        )
        yield either_bus


@pytest.fixture
def auth(bus: str) -> Iterator[Any]:
    """A client of auth: two instances over a broker; in memory there only ever is one."""
    caller = BusCaller(bus, "test")
    caller.start()
    with running(*[AuthService] * (1 if bus.startswith("embedded") else 2)):
        yield caller.client("auth", timeout=60, data={"actor": ADMIN, "request_id": "r1"})
    caller.stop()
