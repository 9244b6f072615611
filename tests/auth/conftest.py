"""Auth's parts over a real database, without a bus: what the tests of single rooms stand on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher

from netraven_auth.api_token import API_TOKEN
from netraven_auth.equipment import Equipment
from netraven_auth.membership import MEMBERSHIP
from netraven_auth.passwords import Passwords
from netraven_auth.session import SESSION
from netraven_auth.user import USER
from netraven_auth.views import VIEWS
from netraven_chassis import settings
from netraven_chassis.bound import BoundStore
from netraven_chassis.clock import SystemClock
from netraven_chassis.core import Core
from netraven_chassis.eventlog.commit import Context
from netraven_chassis.ids import new_id

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
