"""Cards against plain loops over the same devices: every filter, every order, after any changes."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from netraven_chassis.eventlog.commit import Commit, Recorded
from netraven_devices import cards as cards_module
from netraven_devices.cards import ORDERED, Cards

Devices = dict[str, dict[str, Any]]


def commit(device_id: str, position: int, *events: tuple[str, Mapping[str, Any]]) -> Commit:
    told = tuple(Recorded(kind, 1, dict(data)) for kind, data in events)
    return Commit(f"device-{device_id}", position, told, position, 0, {}, None, None, None, None)


def device(number: int) -> dict[str, Any]:
    return {
        "name": f"sw-{number % 37:03}",
        "ip_address": f"10.0.{number % 11}.{number % 250 + 1}",
        "device_type": ("router", "switch")[number % 2],
        "location": f"Place {number % 5}",
        "platform": (None, "cisco_ios", "junos")[number % 3],
        "serial": None,
        "tags": [f"t{number % 4}", f"u{number % 3}"],
    }


@pytest.fixture
def both() -> tuple[Cards, Devices]:
    """Cards that took many changes, and the devices that came of them."""
    dice, cards, devices = random.Random(11), Cards(), Devices()
    for number in range(300):
        device_id = f"{number:024x}"
        devices[device_id] = device(number)
        cards.take([commit(device_id, number + 1, ("DeviceRegistered", devices[device_id]))])
    for position in range(301, 700):
        device_id = dice.choice(list(devices))
        there = devices[device_id]
        changes: list[tuple[str, dict[str, Any]]] = [
            ("DeviceRenamed", {"name": f"Ünit-{position}"}),
            ("DeviceReaddressed", {"ip_address": f"192.0.2.{position % 250}"}),
            ("DeviceRelocated", {"location": f"Place {position % 7}"}),
            ("DeviceFactsLearned", {"serial": dice.choice([None, f"S{position}"]), "model": "m"}),
            ("DevicePlatformSet", {"platform": dice.choice([None, "junos"])}),
            ("DeviceTagged", {"tag_id": f"t{position % 4}"}),
            ("DeviceUntagged", {"tag_id": f"u{position % 3}"}),
            ("DeviceAnnotated", {"notes": "name"}),
            ("DeviceRemoved", {}),
        ]
        kind, data = dice.choice(changes)
        cards.take([commit(device_id, position, (kind, data))])
        if kind == "DeviceRemoved":
            del devices[device_id]
        elif kind == "DeviceTagged":
            there["tags"] = [*dict.fromkeys((*there["tags"], data["tag_id"]))]
        elif kind == "DeviceUntagged":
            there["tags"] = [tag for tag in there["tags"] if tag != data["tag_id"]]
        else:
            there.update({name: value for name, value in data.items() if name in there})
    return cards, devices


def searched(one: Mapping[str, Any]) -> str:
    return "\n".join(one[name] or "" for name in ("name", "ip_address", "serial", "location")).casefold()


WANTED: list[dict[str, Any]] = [
    {},
    {"tag": ["t1"]},
    {"tag": ["t1", "u2"], "location": "Place 3"},
    {"tag": ["nowhere"]},
    {"q": "ünit"},
    {"q": "PLACE 1", "platform": "junos"},
    {"q": "sw-0", "tag": ["t0"], "device_type": "switch"},
    {"device_type": "router"},
]


@pytest.mark.parametrize("wanted", WANTED)
def test_filters_find_what_a_loop_finds(both: tuple[Cards, Devices], wanted: dict[str, Any]) -> None:
    cards, devices = both
    expected = {
        device_id
        for device_id, one in devices.items()
        if set(wanted.get("tag", ())) <= set(one["tags"])
        and wanted.get("q", "").casefold() in searched(one)
        and all(one[name] == value for name, value in wanted.items() if name not in ("tag", "q"))
    }
    found = list(cards.found(wanted))
    assert set(found) == expected and len(found) == len(expected)
    assert len(cards) == len(devices) and set(cards.everything()) == set(devices)


def number(address: str) -> int:
    return int.from_bytes(bytes(map(int, address.split("."))), "big")


@pytest.mark.parametrize(
    "sort",
    [
        ["name"],
        ["-name"],
        ["location", "name"],
        ["-platform"],
        ["ip_number", "-serial"],
        ["location", "-name"],
    ],
)
@pytest.mark.parametrize("few", [0, 500])
def test_orders_are_those_of_a_plain_sort(
    both: tuple[Cards, Devices], sort: Sequence[str], few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cards_module, "FEW", few)
    cards, devices = both
    order = {word.lstrip("-"): -1 if word.startswith("-") else 1 for word in sort}
    order["_id"] = list(order.values())[-1]
    assert order.keys() <= ORDERED
    expected = list(devices)
    for field, way in reversed(list(order.items())):

        def weight(device_id: str, field: str = field) -> Any:
            if field == "_id":
                return device_id
            if field == "ip_number":
                return number(devices[device_id]["ip_address"])
            value = devices[device_id][field]
            return (value is not None, value or "")

        expected.sort(key=weight, reverse=way < 0)
    assert cards.ordered(list(devices), order, 0, 1000) == expected
    assert cards.ordered(list(devices), order, 7, 9) == expected[7:16]


def test_commits_taken_again_end_the_same() -> None:
    commits = [
        commit("a" * 24, 1, ("DeviceRegistered", device(1))),
        commit("a" * 24, 2, ("DeviceUntagged", {"tag_id": "t1"}), ("DeviceRenamed", {"name": "x"})),
        commit("b" * 24, 3, ("DeviceRegistered", device(2))),
        commit("b" * 24, 4, ("DeviceRemoved", {})),
    ]
    cards = Cards()
    cards.take(commits)
    before = (cards._cards.copy(), {key: set(ids) for key, ids in cards._having.items() if ids})
    cards.take(commits[1:])
    assert (cards._cards, {key: ids for key, ids in cards._having.items() if ids}) == before
    assert cards.position == 4
