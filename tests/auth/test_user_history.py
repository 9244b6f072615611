"""A user's history: every event with who did it, and nothing that a password could be told from."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
import pytest

from netraven_auth import accounts, user_history
from netraven_auth.equipment import Equipment
from netraven_chassis.bound import BoundStore
from netraven_contracts.errors import NotFound
from tests.auth.conftest import OTHER_PASSWORD, PASSWORD


def test_every_change_is_told_with_its_actor_and_no_password(
    asked: Callable[..., BoundStore], kit: Equipment
) -> None:
    body = {"username": "marie", "role": "viewer", "password": PASSWORD, "enabled": True}
    user_id = orjson.loads(accounts.create(asked(), kit, body).body)["id"]
    accounts.change(asked(), kit, user_id, {"role": "operator"}, None)
    accounts.change(asked(), kit, user_id, {"password": OTHER_PASSWORD}, None)
    accounts.change(asked(), kit, user_id, {"enabled": False}, None)
    reply = user_history.page(asked(), user_id, 1, 25)
    entries: list[dict[str, Any]] = orjson.loads(reply.body)
    assert reply.meta == {"total": 4}
    assert [entry["event"] for entry in entries] == [
        "UserDisabled",
        "UserPasswordChanged",
        "UserRoleChanged",
        "UserCreated",
    ]
    assert [entry["changes"] for entry in entries[:3]] == [
        [{"field": "enabled", "from": True, "to": False}],
        [],
        [{"field": "role", "from": "viewer", "to": "operator"}],
    ]
    assert all(entry["actor"]["name"] and entry["request_id"] for entry in entries)
    assert [entry["version"] for entry in entries] == [4, 3, 2, 1]
    second = orjson.loads(user_history.page(asked(), user_id, 2, 3).body)
    assert second == entries[3:]
    rows = [str(row["_id"]) for row in kit.password_rows._rows.find()]
    assert rows and not any(row in reply.body.decode() for row in rows)


def test_of_nobody_there_is_no_history(asked: Callable[..., BoundStore]) -> None:
    with pytest.raises(NotFound):
        user_history.page(asked(), "f" * 24, 1, 25)
