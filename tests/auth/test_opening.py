"""What auth looks after while it runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson

from netraven_auth import accounts
from netraven_auth.equipment import Equipment
from netraven_auth.membership import MEMBERS, MEMBERSHIP, RevokeAdmin
from netraven_auth.opening import tend
from netraven_auth.user import USER
from netraven_chassis.bound import BoundStore
from tests.auth.conftest import PASSWORD

Ask = Callable[..., BoundStore]


def test_its_key_is_renewed(asked: Ask, kit: Equipment) -> None:
    rows = asked().database["signing_keys"]
    rows.delete_many({})
    tend(asked(), kit)
    assert [key["kid"] for key in kit.public_keys.jwks()["keys"]] == [kit.key.kid]


def test_an_admin_whom_a_crash_has_left_out_is_counted_again(asked: Ask, kit: Equipment) -> None:
    def create(name: str, role: str) -> str:
        user: dict[str, Any] = {"username": name, "role": role, "password": PASSWORD, "enabled": True}
        return str(orjson.loads(accounts.create(asked(), kit, user).body)["id"])

    ann, ben, _ = create("ann", "admin"), create("ben", "admin"), create("cleo", "viewer")
    version = asked().load(USER, ben).version
    asked().handle(MEMBERSHIP, MEMBERS, RevokeAdmin(ben, version))  # and there it stopped
    assert asked().load(MEMBERSHIP, MEMBERS).state.admins == {ann}
    tend(asked(), kit)
    assert asked().load(MEMBERSHIP, MEMBERS).state.admins == {ann, ben}
    head = asked().core.log.head()
    tend(asked(), kit)
    assert asked().core.log.head() == head
