"""What filters mean, and which index an answer is found by."""

from __future__ import annotations

from typing import Any

import pytest

from netraven_devices.filters import FEW, index_to_count, index_to_page, order, query
from netraven_devices.views import DEVICE_INDEXES


def test_filters_that_contradict_each_other_both_hold() -> None:
    asked = query({"status": "online", "reachability": "offline", "name": "a"})
    assert asked == {"live": True, "name": "a", "status": "online", "$and": [{"status": "offline"}]}
    assert query({"status": "online", "reachability": "online"}) == {"live": True, "status": "online"}


def test_what_is_looked_for_is_taken_literally() -> None:
    assert query({"q": "A.b(*"})["search"] == {"$regex": r"a\.b\(\*"}


def test_an_order_ends_with_the_id_in_the_last_direction() -> None:
    assert order([]) == {"name": 1, "_id": 1}
    assert order(["-ip_address", "-name"]) == {"ip_number": -1, "name": -1, "_id": -1}
    assert order(["name", "-last_ping", "-name"]) == {"name": 1, "pulse.last_ping": -1, "_id": -1}


MANY = FEW + 1
PAGES: list[tuple[dict[str, Any], list[str], int, str]] = [
    ({}, [], MANY, "name"),
    ({}, ["-name"], MANY, "name"),
    ({}, ["ip_address"], MANY, "ip_number"),
    ({}, ["-created_at"], MANY, "created_at"),
    ({}, ["location", "name"], MANY, "location"),
    ({}, ["location", "-name"], MANY, "name"),
    ({}, ["model"], MANY, "name"),
    ({"device_type": "router"}, [], MANY, "device_type"),
    ({"device_type": "router", "location": "x"}, [], MANY, "location"),
    ({"tag": ["t"], "device_type": "router"}, ["-name"], MANY, "tags"),
    ({"serial": "S", "location": "x"}, ["name"], MANY, "location"),
    ({"device_type": "router"}, ["ip_address"], FEW, "device_type"),
    ({"device_type": "router"}, ["ip_address"], MANY, "ip_number"),
    ({"status": "unknown"}, ["model"], MANY, "status"),
]


@pytest.mark.parametrize(("wanted", "sort", "total", "index"), PAGES)
def test_the_index_of_a_page(wanted: dict[str, Any], sort: list[str], total: int, index: str) -> None:
    assert index_to_page(query(wanted), order(sort), total) == index


def test_the_index_of_a_count_is_the_narrowest() -> None:
    assert index_to_count(query({"device_type": "router", "ip_address": "10.0.0.1"})) == "ip_number"
    assert index_to_count(query({"q": "x"})) == "name"
    assert index_to_count({**query({"name": "x"}), "_id": {"$in": []}}) == "_id_"
    assert {index_to_count(query({"status": "unknown"}))} <= set(DEVICE_INDEXES)
