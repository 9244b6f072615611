"""Interfaces as templates see them become interfaces as the inventory has them."""

from __future__ import annotations

from typing import Any

import pytest

from netraven_contracts.devices import Interface
from netraven_jobs.interfaces import interface

NOTHING = {"description": None, "ip_address": None, "mac_address": None}


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (
            {
                "interface": "Gi0/1",
                "link_status": "up",
                "bandwidth": "1000000 Kbit",
                "mac_address": "001a.2b3c.4d5e",
            },
            {"admin_up": True, "link_up": True, "speed_mbps": 1000, "mac_address": "00:1a:2b:3c:4d:5e"},
        ),
        (
            {"interface": "Gi0/2", "link_status": "administratively down"},
            {"admin_up": False, "link_up": False},
        ),
        ({"interface": "Gi0/3", "link_status": "down"}, {"admin_up": None, "link_up": False}),
        (
            {"interface": "Ethernet1/1", "link_status": "down", "admin_state": "up", "speed": "10 Gb/s"},
            {"admin_up": True, "link_up": False, "speed_mbps": 10000},
        ),
        (
            {"port": "1", "enabled": "No", "status": "Down"},
            {"name": "1", "admin_up": False, "link_up": False},
        ),
        ({"name": "eth0", "speed": "2.5Gb/s"}, {"speed_mbps": 2500}),
        ({"name": "eth0", "speed": "Auto.", "bandwidth": "10000 Kbit."}, {"speed_mbps": 10}),
        ({"name": "eth0", "speed": "1.2.3"}, {"speed_mbps": None}),
        ({"name": "eth0", "speed": "9" * 400}, {"speed_mbps": None}),
        ({"name": "eth0", "ip_address": "10.0.0.1/24"}, {"ip_address": "10.0.0.1", "link_up": None}),
        ({"name": "eth0", "ip_address": "unassigned", "mac_address": "none"}, NOTHING),
    ],
)
def test_each_row_is_understood(row: dict[str, Any], told: dict[str, Any]) -> None:
    found = interface(row)
    assert found is not None
    assert {name: found[name] for name in told} == told
    assert Interface().load(found) == found


def test_a_row_without_a_name_is_none() -> None:
    assert interface({"link_status": "up"}) is None
