"""The device monitor's reference, line by line, in the order in which it says things."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.monitor.hosts import black_hole as black_hole
from tests.servers.netraven import Api

ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
UNKNOWN_ID = "0" * 24

Body = Callable[..., dict[str, Any]]


def refused(answer: tuple[int, Any, Any], status: int, code: str) -> Any:
    """The answer's body, which must be an error of that status and code."""
    found, body, _ = answer
    assert (found, body["status"], body["code"]) == (status, "error", code), body
    assert isinstance(body["message"], str) and body["message"]
    return body


# Health


def test_health_is_a_simple_payload_for_anyone(anyone: Api) -> None:
    status, body, headers = anyone("GET", "/health")
    assert status == 200
    assert headers["Content-Type"] == "application/json"
    assert body == {"status": "success", "message": "ok", "data": {"uptime": True, "ping_enabled": False}}


# GET /api/devices


def test_devices_are_listed_with_every_field(admin: Api, device: dict[str, Any]) -> None:
    status, body, _ = admin("GET", f"/devices?ip_address={device['ip_address']}")
    assert (status, body["status"], body["message"]) == (200, "success", "ok")
    (found,) = body["data"]
    assert re.fullmatch("[0-9a-f]{24}", found["id"])
    for field in ("name", "ip_address", "device_type", "location"):
        assert found[field] == device[field]
    assert found["status"] in ("online", "offline", "unknown")
    assert found["last_ping"] is None


@pytest.mark.parametrize("field", ["name", "ip_address", "device_type", "location", "status"])
def test_each_filter_matches_exactly(admin: Api, body: Body, field: str) -> None:
    mine = body(name=f"exact {field}", location=f"here {field}", device_type="router", status="online")
    assert admin("POST", "/devices", mine)[0] == 201
    wanted = str(mine[field]).replace(" ", "%20")
    _, found, _ = admin("GET", f"/devices?size=1000&{field}={wanted}")
    assert {row[field] for row in found["data"]} == {mine[field]}
    # Of a word that many have, a page need not show this one.
    _, found, _ = admin("GET", f"/devices?q={mine['ip_address']}&{field}={wanted}")
    assert mine["ip_address"] in [row["ip_address"] for row in found["data"]]
    if field in ("name", "location"):
        assert admin("GET", f"/devices?{field}={wanted[:-1]}")[1]["data"] == []


# POST /api/devices


def test_a_device_is_created(admin: Api, body: Body) -> None:
    mine = body()
    status, answer, headers = admin("POST", "/devices", mine)
    assert (status, answer["status"], answer["message"]) == (201, "success", "Device created")
    assert mine.items() <= answer["data"].items()
    assert headers["Location"] == f"/api/devices/{answer['data']['id']}"


def test_its_status_may_be_given(admin: Api, body: Body) -> None:
    assert admin("POST", "/devices", body(status="offline"))[1]["data"]["status"] == "offline"
    assert admin("POST", "/devices", body())[1]["data"]["status"] == "unknown"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", None),
        ("name", ""),
        ("name", 7),
        ("ip_address", "10.0.0"),
        ("ip_address", "10.0.0.256"),
        ("ip_address", "::1"),
        ("device_type", "toaster"),
        ("location", "   "),
        ("status", "asleep"),
    ],
)
def test_a_wrong_field_is_a_validation_error_that_names_it(
    admin: Api, body: Body, field: str, value: object
) -> None:
    error = refused(admin("POST", "/devices", body(**{field: value})), 400, "VALIDATION_ERROR")
    assert list(error["details"]) == [field]


@pytest.mark.parametrize("field", ["name", "ip_address", "device_type", "location"])
def test_a_missing_field_is_a_validation_error(admin: Api, body: Body, field: str) -> None:
    mine = body()
    del mine[field]
    error = refused(admin("POST", "/devices", mine), 400, "VALIDATION_ERROR")
    assert list(error["details"]) == [field]


def test_an_address_exists_once(admin: Api, body: Body, device: dict[str, Any]) -> None:
    error = refused(admin("POST", "/devices", body(ip_address=device["ip_address"])), 409, "DUPLICATE_IP")
    assert list(error["details"]) == ["ip_address"]
    assert admin("GET", f"/devices?ip_address={device['ip_address']}")[1]["total"] == 1


# GET /api/devices/{id}


def test_a_device_is_fetched_by_id(admin: Api, device: dict[str, Any]) -> None:
    status, answer, _ = admin("GET", f"/devices/{device['id']}")
    assert (status, answer["status"], answer["message"]) == (200, "success", "ok")
    assert answer["data"] == device


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
def test_a_bad_id_and_an_unknown_id_differ(admin: Api, method: str) -> None:
    body = {"name": "x"} if method in ("PUT", "PATCH") else None
    for bad in ("7", "x" * 24, "0" * 23, "0" * 25):
        error = refused(admin(method, f"/devices/{bad}", body), 400, "INVALID_ID")
        assert error["details"] == {"device_id": ["must have 24 hex digits"]}
    error = refused(admin(method, f"/devices/{UNKNOWN_ID}", body), 404, "NOT_FOUND")
    assert "no device" in error["message"]


# PUT and PATCH /api/devices/{id}


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "renamed"),
        ("device_type", "server"),
        ("location", "elsewhere"),
        ("status", "offline"),
        ("ip_address", None),
    ],
)
def test_any_subset_of_fields_is_changed(
    admin: Api, address: Callable[[], str], device: dict[str, Any], method: str, field: str, value: Any
) -> None:
    wanted = value or address()
    status, answer, _ = admin(method, f"/devices/{device['id']}", {field: wanted})
    assert (status, answer["status"], answer["message"]) == (200, "success", "Device updated")
    assert answer["data"][field] == wanted
    _, after, _ = admin("GET", f"/devices/{device['id']}")
    assert after["data"] == answer["data"]
    kept = {"name", "ip_address", "device_type", "location"} - {field}
    assert {name: after["data"][name] for name in kept} == {name: device[name] for name in kept}


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_a_change_is_checked_like_a_creation(
    admin: Api, body: Body, device: dict[str, Any], method: str
) -> None:
    _, other, _ = admin("POST", "/devices", body())
    path, taken = f"/devices/{device['id']}", other["data"]["ip_address"]
    refused(admin(method, path, {"device_type": "toaster"}), 400, "VALIDATION_ERROR")
    refused(admin(method, path, {"ip_address": taken}), 409, "DUPLICATE_IP")
    assert admin("GET", path)[1]["data"] == device


def test_an_answer_can_be_sent_back(admin: Api, device: dict[str, Any]) -> None:
    status, answer, _ = admin("PUT", f"/devices/{device['id']}", {**device, "name": "sent back"})
    assert (status, answer["data"]["name"]) == (200, "sent back")


# DELETE /api/devices/{id}


def test_a_device_is_deleted_without_a_body(admin: Api, body: Body, device: dict[str, Any]) -> None:
    status, answer, headers = admin("DELETE", f"/devices/{device['id']}")
    assert (status, answer) == (204, None)
    assert "Content-Length" not in headers
    refused(admin("GET", f"/devices/{device['id']}"), 404, "NOT_FOUND")
    refused(admin("DELETE", f"/devices/{device['id']}"), 404, "NOT_FOUND")
    assert admin("GET", f"/devices?ip_address={device['ip_address']}")[1]["data"] == []
    assert admin("POST", "/devices", body(ip_address=device["ip_address"]))[0] == 201


# GET /api/devices/{id}/status


def test_a_status_check_pings_and_updates(admin: Api, device: dict[str, Any]) -> None:
    status, answer, _ = admin("GET", f"/devices/{device['id']}/status")
    assert (status, answer["status"], answer["message"]) == (200, "success", "Status checked")
    ping, shown = answer["data"]["ping"], answer["data"]["device"]
    assert ping["status"] == "online"
    assert isinstance(ping["latency_ms"], float)
    assert ISO.fullmatch(ping["timestamp"])
    assert (shown["status"], shown["last_ping"]) == ("online", ping["timestamp"])
    assert admin("GET", f"/devices/{device['id']}")[1]["data"] == shown


def test_a_device_that_does_not_answer_is_offline(admin: Api, body: Body, black_hole: str) -> None:
    _, made, _ = admin("POST", "/devices", body(ip_address=black_hole))
    status, answer, _ = admin("GET", f"/devices/{made['data']['id']}/status")
    assert (status, answer["data"]["ping"]["status"]) == (200, "offline")
    assert answer["data"]["ping"]["latency_ms"] is None
    assert answer["data"]["device"]["status"] == "offline"


def test_a_status_check_of_nothing_is_refused(admin: Api) -> None:
    assert refused(admin("GET", "/devices/7/status"), 400, "INVALID_ID")["details"]
    error = refused(admin("GET", f"/devices/{UNKNOWN_ID}/status"), 404, "NOT_FOUND")
    assert "no device" in error["message"]
