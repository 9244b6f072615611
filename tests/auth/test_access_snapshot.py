"""What a gateway is told at its start, over a real database."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import orjson

from netraven_auth import accounts
from netraven_auth.access_snapshot import access_list
from netraven_auth.equipment import Equipment
from netraven_auth.session import SESSION, EndSession
from netraven_auth.user import USER, ChangeUser
from netraven_chassis.bound import BoundStore
from netraven_chassis.core import Core
from netraven_chassis.views import ViewSet
from tests.auth.conftest import PASSWORD

Ask = Callable[..., BoundStore]


def create(asked: Ask, kit: Equipment, name: str, role: str = "viewer") -> str:
    user: dict[str, Any] = {"username": name, "role": role, "password": PASSWORD, "enabled": True}
    return str(orjson.loads(accounts.create(asked(), kit, user).body)["id"])


def test_it_has_every_user_and_from_which_version_tokens_count(asked: Ask, kit: Equipment) -> None:
    marie, ben = create(asked, kit, "marie"), create(asked, kit, "ben", "admin")
    accounts.change(asked(), kit, marie, {"role": "operator", "enabled": False}, None)
    asked().handle(SESSION, "s1", EndSession(marie, "logged out"))
    told = access_list(asked())
    assert told["users"] == {
        marie: {"role": "operator", "enabled": False, "not_before": 3},
        ben: {"role": "admin", "enabled": True, "not_before": 1},
    }
    assert told["ended"].keys() == {"s1"}
    assert told["log_position"] == asked().core.log.head()
    assert told["log_id"] == asked().core.log.log_id


def test_it_has_what_another_instance_appended_and_could_not_show_any_more(
    asked: Ask, kit: Equipment, core: Core
) -> None:
    marie = create(asked, kit, "marie")
    store = asked()
    views, core.views = core.views, replace(core.views, folds={})  # an instance that dies after its append
    assert isinstance(core.views, ViewSet)
    store.handle(USER, marie, ChangeUser(enabled=False))
    core.views = views
    core._projected.clear()
    row = store.collection("users").find_one({"_id": marie})
    assert row is not None
    assert row["enabled"] is True
    assert access_list(asked())["users"][marie] == {"role": "viewer", "enabled": False, "not_before": 2}
