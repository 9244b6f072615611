"""The front end's reference as far as it speaks of devices, tags, users, status and conventions."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.servers.netraven import SERVICES, Api

ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")

Body = Callable[..., dict[str, Any]]


@pytest.fixture
def fleet(admin: Api, body: Body) -> str:
    """Seven devices in a location of their own; its name."""
    here = body()["ip_address"]
    for number in range(7):
        named = body(name=f"dev-{number}", location=here, status="online" if number < 3 else "offline")
        assert admin("POST", "/devices", named)[0] == 201
    return str(here)


def names(answer: tuple[int, Any, Any]) -> list[str]:
    assert answer[0] == 200, answer
    return [row["name"] for row in answer[1]["items"]]


def test_everything_needs_a_bearer_token(anyone: Api) -> None:
    for path in ("/devices", "/tags", "/users/me", "/status"):
        status, body, headers = anyone("GET", path)
        assert (status, body["code"]) == (401, "UNAUTHORIZED")
        assert headers["WWW-Authenticate"].startswith("Bearer")


def test_a_list_has_items_page_size_and_total(admin: Api, fleet: str) -> None:
    _, body, _ = admin("GET", f"/devices?page=2&size=3&sort=name&location={fleet}")
    assert (body["page"], body["size"], body["total"]) == (2, 3, 7)
    assert [row["name"] for row in body["items"]] == ["dev-3", "dev-4", "dev-5"]
    assert body["items"] == body["data"]


def test_page_and_size_default_to_1_and_25(admin: Api, fleet: str) -> None:
    _, body, _ = admin("GET", f"/devices?location={fleet}")
    assert (body["page"], body["size"]) == (1, 25)
    assert admin("GET", f"/devices?page=&size=&name=&location={fleet}")[1]["total"] == 7
    assert admin("GET", f"/devices?limit=2&location={fleet}")[1]["size"] == 2


def test_the_link_header_leads_through_all_pages(admin: Api, fleet: str) -> None:
    seen, path = [], f"/devices?size=3&sort=-name&location={fleet}"
    while path:
        _, body, headers = admin("GET", path)
        seen += [row["name"] for row in body["items"]]
        found = re.search(r'</api([^>]+)>; rel="next"', headers.get("Link", ""))
        path = found[1] if found else ""
    assert seen == [f"dev-{number}" for number in reversed(range(7))]


def test_a_page_beyond_the_end_is_empty(admin: Api, fleet: str) -> None:
    _, body, _ = admin("GET", f"/devices?page=9&location={fleet}")
    assert (body["items"], body["total"]) == ([], 7)


def test_devices_can_be_sorted(admin: Api, fleet: str) -> None:
    assert names(admin("GET", f"/devices?sort=status,-name&location={fleet}")) == [
        "dev-6", "dev-5", "dev-4", "dev-3", "dev-2", "dev-1", "dev-0",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("word", "count"),
    [("online", 3), ("reachable", 3), ("success", 3), ("offline", 4), ("unreachable", 4), ("failure", 4),
     ("unknown", 0), ("never_checked", 0)],
)  # fmt: skip
def test_reachability_filters_by_every_spelling(admin: Api, fleet: str, word: str, count: int) -> None:
    assert len(names(admin("GET", f"/devices?reachability={word}&location={fleet}"))) == count


def test_all_given_tags_must_match(admin: Api, body: Body, fleet: str) -> None:
    tags = [f"{fleet}-a", f"{fleet}-b"]
    for tag in tags:
        assert admin("POST", "/tags", {"name": tag})[0] == 201
    for name, has in (("both", tags), ("first", tags[:1]), ("none", [])):
        assert admin("POST", "/devices", body(name=name, location=f"{fleet}t", tags=has))[0] == 201
    where = f"&location={fleet}t&sort=name"
    assert names(admin("GET", f"/devices?tag={tags[0]}{where}")) == ["both", "first"]
    assert names(admin("GET", f"/devices?tag={tags[0]}&tag={tags[1]}{where}")) == ["both"]


def test_a_search_finds_parts_of_words(admin: Api, fleet: str) -> None:
    assert len(names(admin("GET", f"/devices?q={fleet[3:]}"))) == 7
    assert names(admin("GET", f"/devices?q=DEV-4&location={fleet}")) == ["dev-4"]
    assert names(admin("GET", f"/devices?q=dev.4&location={fleet}")) == []


def test_the_detail_has_serial_and_interfaces(admin: Api, body: Body) -> None:
    port = {"name": "Gi0/1", "description": "uplink", "ip_address": "10.1.1.1", "admin_up": True}
    mine = body(serial="FDO1", platform="cisco_ios", interfaces=[port])
    _, made, _ = admin("POST", "/devices", mine)
    shown = admin("GET", f"/devices/{made['data']['id']}")[1]["data"]
    assert (shown["serial"], shown["platform"], shown["port"]) == ("FDO1", "cisco_ios", 22)
    assert port.items() <= shown["interfaces"][0].items()


def test_times_are_iso_8601_in_utc(device: dict[str, Any]) -> None:
    assert ISO.fullmatch(str(device["created_at"])) and ISO.fullmatch(str(device["updated_at"]))


def test_paths_work_with_a_slash_at_the_end(admin: Api, device: dict[str, Any]) -> None:
    assert admin("GET", "/devices/")[0] == 200
    assert admin("GET", f"/devices/{device['id']}/")[1]["data"]["id"] == device["id"]


# Tags


def test_tags_are_added_listed_and_shown(admin: Api, body: Body) -> None:
    name = f"tag {body()['ip_address']}"
    status, made, headers = admin("POST", "/tags", {"name": name, "color": "#abc"})
    assert (status, made["message"], made["data"]["color"]) == (201, "Tag created", "#aabbcc")
    assert headers["Location"] == f"/api/tags/{made['data']['id']}"
    assert admin("GET", f"/tags/{made['data']['id']}")[1]["data"] == made["data"]
    _, listed, _ = admin("GET", f"/tags?name={name.replace(' ', '%20')}")
    assert (listed["items"], listed["total"]) == ([made["data"]], 1)
    status, refusal, _ = admin("POST", "/tags", {"name": name.upper()})
    assert (status, refusal["code"]) == (409, "DUPLICATE_NAME")


def test_a_device_cannot_have_a_tag_that_is_not_there(admin: Api, body: Body) -> None:
    status, refusal, _ = admin("POST", "/devices", body(tags=["nobody made this"]))
    assert (status, refusal["code"]) == (400, "VALIDATION_ERROR")


# The system


def test_status_shows_every_service(admin: Api) -> None:
    _, body, _ = admin("GET", "/status")
    data = body["data"]
    assert (data["api"], data["broker"], data["database"], data["workers"]) == ("up", "up", "up", 1)
    assert data["scheduler"] == "up" and "jobs.tasks" in {row["name"] for row in data["queues"]}
    assert {row["service"] for row in data["services"]} == set(SERVICES)
    for row in data["services"]:
        assert row["status"] == "up"
        assert ISO.fullmatch(row["started_at"]) and ISO.fullmatch(row["last_seen"])
    assert data["subscriptions"]


def test_the_index_lists_the_routes(anyone: Api) -> None:
    _, body, _ = anyone("GET", "")
    assert {"method": "GET", "path": "/api/devices", "summary": "List devices", "role": "viewer"} in body[
        "data"
    ]


def test_samples_and_availability_of_a_device(admin: Api, device: dict[str, Any]) -> None:
    path = f"/devices/{device['id']}"
    assert admin("GET", f"{path}/status")[0] == 200
    _, samples, _ = admin("GET", f"{path}/samples?limit=5")
    assert len(samples["data"]) == 1 and ISO.fullmatch(samples["data"][0]["timestamp"])
    _, found, _ = admin("GET", f"{path}/availability?from=2026-01-01&to=2026-01-02T00:00:00Z")
    assert found["data"]["unknown_ms"] == 86_400_000
    status, refusal, _ = admin("GET", f"{path}/availability?from=yesterday")
    assert (status, list(refusal["details"])) == (400, ["from"])
