"""The device monitor's client as it is: it has no log-in, and the system can be told to do without one."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from typing import Any

import pytest

from tests.servers.netraven import Api, Instance, System


@pytest.fixture(scope="module")
def client() -> Iterator[Api]:
    """A client of a system without log-in."""
    with System({"NETRAVEN_AUTH": "none", "PING_ENABLED": "false"}, together=True) as system:
        yield Api(system.url)


def test_every_route_of_the_reference_answers_without_a_token(client: Api) -> None:
    body = {"name": "r1", "ip_address": "127.20.0.1", "device_type": "router", "location": "lab"}
    status, made, _ = client("POST", "/devices", body)
    assert (status, made["message"]) == (201, "Device created")
    path = f"/devices/{made['data']['id']}"
    assert client("GET", "/health")[1]["data"] == {"uptime": True, "ping_enabled": False}
    assert [row["name"] for row in client("GET", "/devices")[1]["data"]] == ["r1"]
    assert client("PUT", path, {"name": "r2"})[1]["message"] == "Device updated"
    assert client("PATCH", path, {"location": "attic"})[1]["data"]["name"] == "r2"
    assert client("GET", f"{path}/status")[1]["data"]["ping"]["status"] == "online"
    assert client("DELETE", path)[0] == 204
    assert client("GET", path)[0] == 404


def test_a_token_that_is_sent_all_the_same_does_no_harm(client: Api) -> None:
    assert client("GET", "/devices", Authorization="Bearer nonsense")[0] == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example", "localhost.evil"]
)
def test_a_page_that_was_led_to_this_address_is_not_served(client: Api, host: str) -> None:
    status, body, _ = client("GET", "/devices", Host=host)
    assert (status, body["code"]) == (403, "FORBIDDEN")


def test_a_listener_that_others_reach_is_refused_without_log_in(tmp_path: Any) -> None:
    env = {"NETRAVEN_AUTH": "none", "NETRAVEN_HOST": "0.0.0.0"}
    instance = Instance(("gateway",), env, tmp_path)
    process = instance.launch()
    try:
        assert process.wait(timeout=120) != 0
    except subprocess.TimeoutExpired:
        process.kill()
        raise
    assert "NETRAVEN_AUTH" in instance.log.read_text()
