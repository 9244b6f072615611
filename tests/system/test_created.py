"""What was created is found where the answer says: every route of the description that answers 201."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

from tests.servers.netraven import Api

READ_BY_LIST = "/users/me/tokens"  # one alone is not shown; it can be revoked


def bodies(device: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """A body for each route that creates something."""
    name = f"created-{secrets.token_hex(4)}"
    return {
        "/devices": device,
        "/tags": {"name": name},
        "/credentials": {"name": name, "username": "netops", "method": "ssh", "secret": {"password": name}},
        "/users": {"username": name, "password": secrets.token_hex(12), "role": "viewer"},
        READ_BY_LIST: {"name": name},
        "/jobs": {"type": "reachability", "all": True, "name": name},
        "/webhooks": {
            "name": name,
            "url": "https://example.org/",
            "events": ["job.finished"],
            "secret": name * 2,
            "enabled": False,
        },
    }


def test_what_was_created_is_where_its_location_says(admin: Api, body: Callable[..., dict[str, Any]]) -> None:
    paths = admin("GET", "/openapi.json")[1]["paths"]
    creating = {path for path, item in paths.items() if "201" in item.get("post", {}).get("responses", ())}
    wanted = {path.removeprefix("/api"): path for path in creating}
    assert wanted.keys() == bodies({}).keys()
    for path, created in bodies(body()).items():
        status, answer, headers = admin("POST", path, created)
        assert status == 201, answer
        assert headers["Location"] == f"/api{path}/{answer['data']['id']}"
        asked = ("DELETE", 204) if path == READ_BY_LIST else ("GET", 200)
        assert admin(asked[0], headers["Location"].removeprefix("/api"))[0] == asked[1]
        if path == "/credentials":  # without tags it fits every device that others test
            assert admin("DELETE", f"{path}/{answer['data']['id']}")[0] == 204
