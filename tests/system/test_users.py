"""People through the API: what happened to them is told, and their names stay where they have been."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

from tests.servers.netraven import Api

Body = Callable[..., dict[str, Any]]


def test_a_disabled_user_keeps_the_name_in_every_history(admin: Api, body: Body) -> None:
    name, password = f"user-{secrets.token_hex(4)}", secrets.token_hex(12)
    user = admin("POST", "/users", {"username": name, "password": password, "role": "operator"})[1]["data"]
    person = Api(admin.url).log_in(name, password)
    device = person("POST", "/devices", body())[1]["data"]
    assert person("GET", f"/users/{user['id']}/history")[0] == 403
    assert admin("DELETE", f"/users/{user['id']}")[0] == 204
    status, answer, _ = admin("GET", f"/users/{user['id']}/history")
    assert (status, answer["total"]) == (200, 2)
    disabled, created = answer["data"]
    assert (disabled["event"], created["event"]) == ("UserDisabled", "UserCreated")
    assert created["actor"]["name"] == "admin"
    assert {one["field"]: one["to"] for one in created["changes"]} == {
        "username": name,
        "role": "operator",
        "enabled": True,
    }
    assert password not in str(answer)
    history = admin("GET", f"/devices/{device['id']}/history")[1]["data"]
    assert {entry["actor"]["name"] for entry in history} == {name}
    assert admin("GET", f"/users/{'f' * 24}/history")[0] == 404


def test_an_api_token_outlives_changes_of_its_user_and_carries_them(admin: Api) -> None:
    name, password = f"user-{secrets.token_hex(4)}", secrets.token_hex(12)
    user = admin("POST", "/users", {"username": name, "password": password, "role": "operator"})[1]["data"]
    person, robot = Api(admin.url).log_in(name, password), Api(admin.url)
    body, key = {"name": "robot"}, {"Idempotency_Key": name}
    made = person("POST", "/users/me/tokens", body, **key)[1]["data"]
    assert person("POST", "/users/me/tokens", {"name": "other"}, **key)[0] == 409
    robot.token = made["token"]
    assert robot("POST", "/tags", {"name": name})[0] == 201
    assert robot("POST", "/users/me/tokens", {"name": "heir"})[1]["code"] == "FORBIDDEN"
    again = person("POST", "/users/me/tokens", body, **key)[1]["data"]
    assert again["id"] == made["id"] and robot("GET", "/users/me")[0] == 200
    path = f"/users/{user['id']}"
    assert admin("PATCH", path, {"role": "viewer"})[0] == 200
    assert robot.until(403, "POST", "/tags", {"name": f"{name}-b"})["code"] == "FORBIDDEN"
    assert admin("PATCH", path, {"password": secrets.token_hex(12)})[0] == 200
    person.until(401, "GET", "/users/me")
    assert robot("GET", "/users/me")[1]["data"]["role"] == "viewer"
    assert admin("DELETE", path)[0] == 204
    robot.until(401, "GET", "/users/me")


def test_of_two_demotions_of_the_last_two_admins_only_one_is_done(admin: Api) -> None:
    """At once is tested where two gateways are; here, that it is refused and says why."""
    password = secrets.token_hex(12)
    second = {"username": f"user-{secrets.token_hex(4)}", "password": password, "role": "admin"}
    ident = admin("POST", "/users", second)[1]["data"]["id"]
    own = admin("GET", "/users/me")[1]["data"]["id"]
    assert admin("PATCH", f"/users/{ident}", {"role": "viewer"})[0] == 200
    status, answer, _ = admin("PATCH", f"/users/{own}", {"role": "viewer"})
    assert (status, answer["code"]) == (409, "CONFLICT") and "last admin" in answer["message"]
