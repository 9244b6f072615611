"""Keys of repeated commands."""

from __future__ import annotations

import pytest

from netraven_chassis.ids import is_id
from netraven_contracts.errors import ValidationFailed
from netraven_gateway import idempotency
from netraven_gateway.routes import ROUTES
from tests.gateway.small import Raw


def command(
    key: str | None = "k", actor: str = "u1", method: str = "POST", path: str = "/api/devices"
) -> str:
    return idempotency.command_id(key, actor, method, path)


def test_the_same_key_on_the_same_route_is_the_same_command() -> None:
    assert command() == command()
    assert is_id(command())


def test_another_actor_method_path_or_key_is_another_command() -> None:
    ids = {command(), command(actor="u2"), command(method="PATCH"), command(path="/api/tags"), command("l")}
    assert len(ids) == 5


def test_without_a_key_every_command_is_new() -> None:
    assert command(None) != command(None)


@pytest.mark.parametrize("key", ["", " ", "a b", "a\x00", "ü", "x" * 256, "a\n"])
def test_a_key_that_is_none_is_refused_and_not_sent_back(key: str) -> None:
    with pytest.raises(ValidationFailed):
        command(key)
    assert idempotency.echo(key) == []


def test_a_key_is_sent_back() -> None:
    assert idempotency.echo("order-17") == [("Idempotency-Key", "order-17")]


def test_a_key_comes_back_only_from_where_it_counts(client: Raw) -> None:
    key, body = ["Idempotency-Key: k", "Content-Type: application/json"], b'{"name": "n"}'
    assert client.request("POST", "/things", key, body).answer()[1]["idempotency-key"] == "k"
    assert "idempotency-key" not in client.request("GET", "/hello", key).answer()[1]
    keyed = {route.path for route in ROUTES if route.keyed}
    assert {"/api/devices", "/api/users/me/tokens"} <= keyed
    assert not any(path.startswith("/api/auth/") for path in keyed)
    assert not any(route.keyed for route in ROUTES if route.method in ("GET", "PUT", "DELETE"))


def test_bodies_and_parameters_tell_two_uses_of_a_key_apart() -> None:
    hashes = {
        idempotency.body_hash(b"a", ""),
        idempotency.body_hash(b"b", ""),
        idempotency.body_hash(b"a", "x"),
    }
    assert len(hashes) == 3
