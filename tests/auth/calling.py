"""Short ways to call a running auth, for tests that do it often."""

from __future__ import annotations

from typing import Any

import orjson

from netraven_chassis import seals
from netraven_chassis.access import AccessVerifier
from netraven_contracts.access import Caller
from tests.auth.conftest import PASSWORD

KEY = seals.make()


def sealed(auth: Any, password: str) -> list[str]:
    return seals.for_each(auth.password_keys(), password.encode())


def asked(auth: Any, method: str, **arguments: Any) -> Any:
    """What auth hands out, opened as a gateway opens it."""
    return orjson.loads(KEY.open(getattr(auth, method)(**arguments, seal_for=dict(KEY.public.document))))


def log_in(auth: Any, username: str = "admin", password: str = PASSWORD) -> dict[str, Any]:
    hidden = sealed(auth, password)
    return dict(asked(auth, "issue_token", username=username, password=hidden, address="192.0.2.1"))


def refresh(auth: Any, tokens: dict[str, Any]) -> dict[str, Any]:
    return dict(asked(auth, "refresh", refresh_token=sealed(auth, tokens["refresh_token"])))


def log_out(auth: Any, tokens: dict[str, Any]) -> None:
    auth.logout(refresh_token=sealed(auth, tokens["refresh_token"]))


def new_user(auth: Any, username: str, role: str = "viewer") -> str:
    user = {"username": username, "role": role, "password": sealed(auth, PASSWORD), "enabled": True}
    return str(auth.create_user(user=user)["id"])


def who(auth: Any, tokens: dict[str, Any]) -> Caller:
    return AccessVerifier(auth.keys()).verify(tokens["access_token"])
