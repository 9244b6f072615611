"""Devices as they were seen: answers noted with their moments, and asked for again."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from tests.servers.netraven import Api

PULSE = ("last_ping", "latency_ms")


def seen(admin: Api, path: str) -> tuple[str, dict[str, Any]]:
    """A device as it is shown now, and the moment of now."""
    shown = admin("GET", path)[1]["data"]
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"), shown


def test_what_was_seen_is_given_back_by_its_moment(admin: Api, device: dict[str, Any]) -> None:
    path = f"/devices/{device['id']}"
    noted = [seen(admin, path)]
    for status in ("offline", "unknown", "offline"):
        assert admin("PATCH", path, {"status": status})[0] == 200
        noted.append(seen(admin, path))
        # Its verdict is from a moment before it was said.
        assert admin("GET", f"{path}/status")[0] == 200
        noted.append(seen(admin, path))
    assert {shown["status"] for _, shown in noted} == {"online", "offline", "unknown"}
    for moment, shown in noted:
        then = admin("GET", f"{path}?at={moment}")[1]["data"]
        assert {**then, **dict.fromkeys(PULSE)} == {**shown, **dict.fromkeys(PULSE)}, moment
