"""Two gateways, one auth, a real broker: what ends a user ends it at both doors."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator
from typing import Any

import eventlet
import pytest

from netraven_chassis import seals
from netraven_chassis.bus.client import Caller
from netraven_contracts.errors import Unavailable
from tests.patience import until
from tests.servers.mongod import Mongod
from tests.servers.netraven import Api, Instance
from tests.servers.rabbitmq import RabbitMQ

PASSWORD = "a long enough pass phrase"


@pytest.fixture(scope="module")
def house(rabbitmq: RabbitMQ, mongod: Mongod) -> Iterator[tuple[list[Api], Any]]:
    """Clients of two gateways, and a caller that reaches auth behind them."""
    uri = rabbitmq.vhost()
    env = {
        "AMQP_URI": uri,
        "MONGODB_URI": mongod.uri,
        "NETRAVEN_DATABASE_PREFIX": f"revocation_{secrets.token_hex(4)}",
        "PING_ENABLED": "false",
    }
    instances = [Instance((name,), env).begin() for name in ("auth", "gateway", "gateway")]
    caller = Caller(uri, "tests")
    caller.start()
    try:
        for instance in instances:
            instance.wait_ready()
        until_it_answers(caller.client("auth"))
        yield [Api(instance.url) for instance in instances[1:]], caller.client("auth")
    finally:
        caller.stop()
        for instance in instances:
            instance.stop()
            instance.close()


def until_it_answers(auth: Any) -> None:
    def answers() -> bool:
        try:
            auth.access_list()
        except Unavailable:
            return False
        return True

    until(answers)


def member(house: tuple[list[Api], Any], role: str) -> tuple[str, list[Api]]:
    """A new user's id, and one client at each door that is logged in as it."""
    doors, auth = house
    name = f"user-{secrets.token_hex(4)}"
    password = seals.for_each(auth.password_keys(), PASSWORD.encode())
    user = auth.create_user(user={"username": name, "password": password, "role": role, "enabled": True})
    token = Api(doors[0].url).log_in(name, PASSWORD).token
    clients = [Api(door.url) for door in doors]
    for client in clients:
        client.token = token
        assert client("GET", "/users/me")[0] == 200
    return user["id"], clients


@pytest.mark.broker
@pytest.mark.parametrize("change", [{"enabled": False}, {"role": "viewer"}, {"password": PASSWORD * 2}])
def test_what_ends_a_user_is_told_to_every_door(house: tuple[list[Api], Any], change: dict[str, Any]) -> None:
    user_id, clients = member(house, "operator")
    hidden = {
        name: seals.for_each(house[1].password_keys(), text.encode())
        for name, text in change.items()
        if name == "password"
    }
    house[1].change_user(user_id=user_id, changes={**change, **hidden})
    # A door that was not told would ask after a minute.
    for client in clients:
        until(lambda client=client: client("GET", "/users/me")[0] == 401, within=10)  # type: ignore[misc]


@pytest.mark.broker
def test_of_the_last_two_admins_demoted_at_two_doors_at_once_one_stays(house: tuple[list[Api], Any]) -> None:
    second, clients = member(house, "admin")
    found = clients[0]("GET", "/users?role=admin&enabled=true")[1]["data"]
    first = next(row["id"] for row in found if row["username"] == "admin")
    for row in found:
        if row["id"] not in (first, second):
            assert clients[0]("PATCH", f"/users/{row['id']}", {"role": "viewer"})[0] == 200

    def demote(client: Api, user_id: str) -> int:
        return client("PATCH", f"/users/{user_id}", {"role": "viewer"})[0]

    pool = eventlet.GreenPool()
    answers = [
        pool.spawn(demote, client, user) for client, user in zip(clients, (first, second), strict=True)
    ]
    # Whoever comes second may be no admin any more when asked.
    assert sorted(answer.wait() for answer in answers)[0] == 200
    admins = house[1].index_users(filters={"role": "admin", "enabled": True}, page=1, size=9, sort=[])
    assert len(admins) == 1
    if admins[0]["id"] != first:
        house[1].change_user(user_id=first, changes={"role": "admin"})


@pytest.mark.broker
def test_a_viewer_reads_and_changes_nothing(house: tuple[list[Api], Any]) -> None:
    _, clients = member(house, "viewer")
    body = {"name": "x", "ip_address": "127.30.0.1", "device_type": "router", "location": "lab"}
    status, refusal, _ = clients[1]("POST", "/devices", body)
    assert (status, refusal["code"]) == (403, "FORBIDDEN")


@pytest.mark.broker
def test_a_service_that_is_not_there_is_unavailable_in_time(house: tuple[list[Api], Any]) -> None:
    client = house[0][0].log_in()
    started = time.monotonic()
    status, refusal, headers = client.once("GET", "/devices")
    assert (status, refusal["code"]) == (503, "SERVICE_UNAVAILABLE")
    assert int(headers["Retry-After"]) >= 1
    assert time.monotonic() - started < 30
    assert client("GET", "/health")[1]["data"]["ping_enabled"] is False
    assert client("GET", "/status")[1]["data"]["scheduler"] == "down"
