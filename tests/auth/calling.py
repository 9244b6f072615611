"""Short ways to call a running auth, for tests that do it often."""

from __future__ import annotations

from typing import Any

from netraven_chassis import seals
from netraven_chassis.access import AccessVerifier
from netraven_contracts.access import Caller
from tests.auth.conftest import PASSWORD


def sealed(auth: Any, password: str) -> list[str]:
    return seals.for_each(auth.password_keys(), password.encode())


def log_in(auth: Any, username: str = "admin", password: str = PASSWORD) -> dict[str, Any]:
    return dict(auth.issue_token(username=username, password=sealed(auth, password), address="192.0.2.1"))


def new_user(auth: Any, username: str, role: str = "viewer") -> str:
    user = {"username": username, "role": role, "password": sealed(auth, PASSWORD), "enabled": True}
    return str(auth.create_user(user=user)["id"])


def who(auth: Any, tokens: dict[str, Any]) -> Caller:
    return AccessVerifier(auth.keys()).verify(tokens["access_token"])
