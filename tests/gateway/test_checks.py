"""What a request passes before its handler: here, that nothing kept from it gives a secret away."""

from __future__ import annotations

import io
from typing import Any

import orjson
import pytest

from netraven_contracts.access import Caller
from netraven_contracts.errors import ValidationFailed
from netraven_gateway import checks
from netraven_gateway.request import Request
from netraven_gateway.routes import ROUTES

NEW_USER = next(row for row in ROUTES if (row.method, row.path) == ("POST", "/api/users"))
NEW_TAG = next(row for row in ROUTES if (row.method, row.path) == ("POST", "/api/tags"))


def hash_kept(route: Any, body: dict[str, Any]) -> str:
    return str(asked(route, orjson.dumps(body)).context["body_hash"])


def asked(route: Any, raw: bytes) -> Request:
    environ = {
        "PATH_INFO": route.path,
        "QUERY_STRING": "",
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(raw)),
        "HTTP_IDEMPOTENCY_KEY": "k1",
        "wsgi.input": io.BytesIO(raw),
    }
    request = Request("r1", environ, route, dict.fromkeys(route.identifiers, "a" * 24))
    request.caller = Caller("u1", "someone", "admin", "s1", 1, 0)
    checks.read(request, 10_000)
    return request


def test_the_hash_that_a_command_keeps_says_nothing_of_a_password() -> None:
    first = hash_kept(NEW_USER, {"username": "marie", "password": "one-long-password"})
    other = hash_kept(NEW_USER, {"username": "marie", "password": "another-long-one"})
    assert first == other
    assert first != hash_kept(NEW_USER, {"username": "paul", "password": "one-long-password"})


def test_a_body_that_may_be_left_out_counts_as_empty_then_and_is_read_otherwise() -> None:
    accept = next(row for row in ROUTES if row.path.endswith("/host-key/accept"))
    fingerprint = {"fingerprint": "SHA256:" + "A" * 43}
    for raw, loaded in ((b"", {}), (b"{}", {}), (orjson.dumps(fingerprint), fingerprint)):
        assert asked(accept, raw).body == loaded
    with pytest.raises(ValidationFailed, match="missing"):
        asked(NEW_TAG, b"")


def test_two_bodies_under_one_key_are_told_apart() -> None:
    assert hash_kept(NEW_TAG, {"name": "core"}) != hash_kept(NEW_TAG, {"name": "edge"})


@pytest.mark.parametrize("route", [row for row in ROUTES if row.reads.body], ids=lambda row: row.path)
def test_every_secret_field_of_a_body_is_known_as_one(route: Any) -> None:
    names = set(route.reads.body().fields) & {"password", "current_password", "new_password", "secret"}
    assert names <= checks.secret_fields(route.reads.body)
