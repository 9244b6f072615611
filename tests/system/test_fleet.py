"""The whole fleet in one answer, as it is and as it was, beside the pages that show the same."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import pytest

from tests.servers.netraven import Api

Body = Callable[..., dict[str, Any]]
LINES, CSV = "application/x-ndjson", "text/csv"
DEVICES = 530  # more than one piece of a stream


@dataclass(frozen=True)
class Place:
    """A site with devices of its own, and a moment after which some of them were changed or removed."""

    name: str
    moment: str


@pytest.fixture(scope="module")
def place(admin: Api) -> Place:
    name = f"Fleet {secrets.token_hex(4)}"
    net = f"10.{secrets.randbelow(256)}"
    rows = [
        {
            "name": f"fleet-{number % 90:03}",
            "ip_address": f"{net}.{number // 250}.{number % 250 + 1}",
            "device_type": ("switch", "router")[number % 2],
            "location": name,
            "status": ("online", "offline")[number % 3 == 0],
            "tags": [f"fleet-{number % 4}"],
            "notes": f"line\n{number}",
        }
        for number in range(DEVICES)
    ]
    status, answer, _ = admin("POST", "/devices/bulk?create_missing_tags=true", rows)
    assert (status, answer["data"]["counts"]["created"]) == (200, DEVICES)
    ids = [one["id"] for one in answer["data"]["created"]]
    time.sleep(0.01)
    moment = admin("PATCH", f"/devices/{ids[0]}", {"notes": "the last before"})[1]["data"]["updated_at"]
    time.sleep(0.01)
    admin("PATCH", f"/devices/{ids[1]}", {"name": "afterwards", "tags": [], "status": "online"})
    admin("PATCH", f"/devices/{ids[2]}", {"location": "elsewhere"})
    assert admin("DELETE", f"/devices/{ids[3]}")[0] == 204
    return Place(name, moment)


def lines(api: Api, path: str) -> list[dict[str, Any]]:
    status, raw, headers = api("GET", path, Accept=LINES)
    assert (status, headers["Content-Type"], headers["Vary"]) == (200, LINES, "Accept"), raw
    return [json.loads(line) for line in raw.decode().splitlines()] if isinstance(raw, bytes) else [raw]


def pages(api: Api, path: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    total = 1
    while len(found) < total:
        status, answer, _ = api("GET", f"{path}&size=200&page={len(found) // 200 + 1}")
        assert status == 200 and answer["data"]
        found, total = found + answer["data"], answer["total"]
    return found


@pytest.mark.parametrize("past", [False, True])
@pytest.mark.parametrize(
    "query",
    [
        "",
        "&sort=-name",
        "&sort=device_type,-ip_address&tag=fleet-1",
        "&q=FLEET-01&sort=-updated_at",
        "&status=offline&sort=status_since,name",
        "&sort=status,-name&device_type=router",
    ],
)
def test_the_streamed_fleet_is_that_of_all_its_pages(
    admin: Api, place: Place, past: bool, query: str
) -> None:
    path = f"/devices?location={quote(place.name)}{query}" + (f"&at={place.moment}" if past else "")
    streamed = lines(admin, path)
    assert streamed == pages(admin, path)
    assert query or len(streamed) == (DEVICES if past else DEVICES - 2)


def test_a_table_of_the_fleet_is_the_one_that_is_exported(admin: Api, place: Place) -> None:
    query = f"location={quote(place.name)}&at={place.moment}"
    status, raw, headers = admin("GET", f"/devices?{query}", Accept=CSV)
    assert (status, headers["Content-Type"]) == (200, "text/csv; charset=utf-8")
    assert raw == admin("GET", f"/devices/export?{query}")[1]
    assert raw.count(b"\r\n") == DEVICES + 1


def test_nothing_is_no_lines(admin: Api) -> None:
    assert admin("GET", "/devices?name=nobody-has-this-name", Accept=LINES)[:2] == (200, None)


@pytest.mark.parametrize("page", ["page=1", "size=10", "limit=10"])
def test_a_stream_has_no_pages(admin: Api, page: str) -> None:
    status, answer, _ = admin("GET", f"/devices?{page}", Accept=LINES)
    assert (status, answer["code"], list(answer["details"])) == (
        400,
        "VALIDATION_ERROR",
        [page.split("=")[0]],
    )
    assert "application/json" in answer["details"][page.split("=")[0]][0]


@pytest.mark.parametrize("accept", ["*/*", "image/png", "text/html, */*;q=0.8", f"{LINES};q=0.1, */*"])
def test_whoever_does_not_ask_for_a_stream_gets_a_page(admin: Api, accept: str) -> None:
    status, answer, headers = admin("GET", "/devices?size=1", Accept=accept)
    assert (status, answer["size"], headers["Content-Type"]) == (200, 1, "application/json")
