"""What a request passes before its handler: here, that nothing kept from it gives a secret away."""

from __future__ import annotations

import io
from typing import Any

import orjson
import pytest

from netraven_contracts.access import Caller
from netraven_gateway import checks
from netraven_gateway.request import Request
from netraven_gateway.routes import ROUTES

NEW_USER = next(row for row in ROUTES if (row.method, row.path) == ("POST", "/api/users"))
NEW_TAG = next(row for row in ROUTES if (row.method, row.path) == ("POST", "/api/tags"))


def hash_kept(route: Any, body: dict[str, Any]) -> str:
    raw = orjson.dumps(body)
    environ = {
        "PATH_INFO": route.path,
        "QUERY_STRING": "",
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(raw)),
        "HTTP_IDEMPOTENCY_KEY": "k1",
        "wsgi.input": io.BytesIO(raw),
    }
    request = Request("r1", environ, route, {})
    request.caller = Caller("u1", "someone", "admin", "s1", 1, 0)
    checks.read(request, 10_000)
    return str(request.context["body_hash"])


def test_the_hash_that_a_command_keeps_says_nothing_of_a_password() -> None:
    first = hash_kept(NEW_USER, {"username": "marie", "password": "one-long-password"})
    other = hash_kept(NEW_USER, {"username": "marie", "password": "another-long-one"})
    assert first == other
    assert first != hash_kept(NEW_USER, {"username": "paul", "password": "one-long-password"})


def test_two_bodies_under_one_key_are_told_apart() -> None:
    assert hash_kept(NEW_TAG, {"name": "core"}) != hash_kept(NEW_TAG, {"name": "edge"})


@pytest.mark.parametrize("route", [row for row in ROUTES if row.reads.body], ids=lambda row: row.path)
def test_every_secret_field_of_a_body_is_known_as_one(route: Any) -> None:
    names = set(route.reads.body().fields) & {"password", "current_password", "new_password", "secret"}
    assert names <= checks.secret_fields(route.reads.body)
