"""What a client already has, what it thinks it changes, and commands that it repeats."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

import pytest

from tests.servers.netraven import Api

Body = Callable[..., dict[str, Any]]


def test_an_etag_saves_the_second_look(admin: Api, device: dict[str, Any]) -> None:
    path = f"/devices/{device['id']}"
    _, _, headers = admin("GET", path)
    status, body, again = admin("GET", path, If_None_Match=headers["ETag"])
    assert (status, body, again["ETag"]) == (304, None, headers["ETag"])
    assert admin("GET", path, If_None_Match=f'"x", W/{headers["ETag"]}')[0] == 304
    assert admin("GET", path, If_None_Match='"1-00000000"')[0] == 200


def test_a_change_and_a_ping_make_another_etag(admin: Api, device: dict[str, Any]) -> None:
    path = f"/devices/{device['id']}"
    tags = [admin("GET", path)[2]["ETag"]]
    admin("GET", f"{path}/status")
    tags.append(admin("GET", path)[2]["ETag"])
    tags.append(admin("PATCH", path, {"notes": "n"})[2]["ETag"])
    assert admin("GET", path)[2]["ETag"] == tags[-1]
    assert len(set(tags)) == 3


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_a_change_of_another_version_is_refused(admin: Api, device: dict[str, Any], method: str) -> None:
    path = f"/devices/{device['id']}"
    stale = admin("GET", path)[2]["ETag"]
    assert admin("PATCH", path, {"notes": "somebody else"}, If_Match=stale)[0] == 200
    body = {"notes": "mine"} if method != "DELETE" else None
    for tag in (stale, '"never-ours"', '"99-00000000"'):
        status, refusal, _ = admin(method, path, body, If_Match=tag)
        assert (status, refusal["code"]) == (412, "PRECONDITION_FAILED")
    assert admin("GET", path)[1]["data"]["notes"] == "somebody else"
    assert admin(method, path, body, If_Match=admin("GET", path)[2]["ETag"])[0] in (200, 204)


def test_an_undo_of_another_version_is_refused(admin: Api, device: dict[str, Any]) -> None:
    path = f"/devices/{device['id']}"
    seen = admin("PATCH", path, {"notes": "mine"})[2]["ETag"]
    assert admin("PATCH", path, {"location": "elsewhere"})[0] == 200
    event = {"event": f"{device['id']}.2"}
    assert admin("POST", f"{path}/undo", event, If_Match=seen)[0] == 412
    now = admin("GET", path)[2]["ETag"]
    status, answer, _ = admin("POST", f"{path}/undo", event, If_Match=now, Idempotency_Key=device["id"])
    assert (status, answer["data"]["notes"]) == (200, device["notes"])
    again = admin("POST", f"{path}/undo", event, If_Match=now, Idempotency_Key=device["id"])
    assert (again[0], again[1]["data"]["version"]) == (200, answer["data"]["version"])


def test_a_rollback_of_another_version_is_refused(admin: Api) -> None:
    wanted = {
        "name": f"c-{secrets.token_hex(4)}",
        "username": "u",
        "method": "ssh",
        "secret": {"password": "one"},
    }
    made = admin("POST", "/credentials", wanted)
    path = f"/credentials/{made[1]['data']['id']}"
    now = admin("PATCH", path, {"secret": {"password": "two"}})[2]["ETag"]
    status, refusal, _ = admin("POST", f"{path}/rollback", {}, If_Match=made[2]["ETag"])
    assert (status, refusal["code"]) == (412, "PRECONDITION_FAILED")
    assert admin("POST", f"{path}/rollback", {}, If_Match=now)[1]["data"]["secret_version"] == 1
    assert admin("DELETE", path)[0] == 204  # without tags it fits every device that others test


def test_a_ping_in_between_does_not_stop_a_change(admin: Api, device: dict[str, Any]) -> None:
    path = f"/devices/{device['id']}"
    tag = admin("GET", path)[2]["ETag"]
    admin("GET", f"{path}/status")
    assert admin("PATCH", path, {"notes": "n"}, If_Match=tag)[0] == 200


@pytest.mark.parametrize("tag", ["1", "1-abc", '"a', '"a", "b"', "W/x"])
def test_a_header_that_is_no_etag_is_the_clients_mistake(
    admin: Api, device: dict[str, Any], tag: str
) -> None:
    status, refusal, _ = admin("PATCH", f"/devices/{device['id']}", {"notes": "n"}, If_Match=tag)
    assert (status, list(refusal["details"])) == (400, ["If-Match"])


def test_a_repeated_change_that_changed_nothing_undoes_nobody_elses(
    admin: Api, device: dict[str, Any]
) -> None:
    path, same, key = f"/devices/{device['id']}", {"location": device["location"]}, {"Idempotency_Key": "k"}
    assert admin("PATCH", path, same, **key)[1]["data"]["version"] == 1
    admin("PATCH", path, {"location": "elsewhere"})
    assert admin("PATCH", path, same, **key)[0] == 200
    assert admin("GET", path)[1]["data"]["location"] == "elsewhere"
    assert admin("PATCH", path, {"location": "a third place"}, **key)[0] == 409


def test_a_repeated_creation_is_done_once(admin: Api, body: Body) -> None:
    mine, key = body(), str(body()["ip_address"])
    first = admin("POST", "/devices", mine, Idempotency_Key=key)
    again = admin("POST", "/devices", mine, Idempotency_Key=key)
    assert (first[0], again[0]) == (201, 201)
    assert first[1]["data"]["id"] == again[1]["data"]["id"]
    assert first[2]["Idempotency-Key"] == again[2]["Idempotency-Key"] == key
    assert admin("GET", f"/devices?ip_address={mine['ip_address']}")[1]["total"] == 1


def test_a_key_that_was_used_for_another_body_is_a_conflict(admin: Api, body: Body) -> None:
    mine, key = body(), str(body()["ip_address"])
    assert admin("POST", "/devices", mine, Idempotency_Key=key)[0] == 201
    status, refusal, _ = admin("POST", "/devices", {**mine, "name": "other"}, Idempotency_Key=key)
    assert (status, refusal["code"]) == (409, "CONFLICT")


def test_a_repeated_change_is_done_once(admin: Api, device: dict[str, Any]) -> None:
    path, key = f"/devices/{device['id']}", str(device["id"])
    versions = [admin("PATCH", path, {"notes": "n"}, Idempotency_Key=key)[1]["data"]["version"]]
    assert admin("PATCH", path, {"notes": "later"})[0] == 200
    versions.append(admin("PATCH", path, {"notes": "n"}, Idempotency_Key=key)[1]["data"]["version"])
    assert admin("GET", path)[1]["data"]["notes"] == "later"


@pytest.mark.parametrize("key", ["a b", "x" * 256])
def test_a_key_that_is_none_is_refused(admin: Api, body: Body, key: str) -> None:
    status, refusal, _ = admin("POST", "/devices", body(), Idempotency_Key=key)
    assert (status, list(refusal["details"])) == (400, ["Idempotency-Key"])


def test_a_request_id_comes_back_on_every_answer(admin: Api, anyone: Api) -> None:
    assert admin("GET", "/devices", X_Request_ID="mine-17")[2]["X-Request-ID"] == "mine-17"
    assert anyone("GET", "/devices", X_Request_ID="mine-18")[2]["X-Request-ID"] == "mine-18"
    assert len(anyone("GET", "/nowhere", X_Request_ID="two words")[2]["X-Request-ID"]) == 32
