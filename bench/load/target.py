"""Where load goes and what it asks for: the same words for the closed and the open loop."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

POST_PATH = "/api/devices"
PAGE_PATH = "/api/devices?page=3&size=25"


@dataclass(frozen=True, slots=True)
class Target:
    """A server on loopback and the requests it gets.

    `paths` are asked for in turn; with a `network` ("11.3") devices with addresses in it are posted instead.
    """

    port: int
    token: str
    paths: Sequence[str] = (POST_PATH,)
    network: str = ""


def device(address: str) -> bytes:
    """A body for POST /api/devices."""
    body = {
        "name": f"bench-{address}",
        "ip_address": address,
        "device_type": "switch",
        "location": "Zurich, rack 4",
    }
    return json.dumps(body).encode()


def address(network: str, number: int) -> str:
    """The address of the device `number` (from 0, below 65,024) of a network of two numbers."""
    return f"{network}.{number // 254}.{number % 254 + 1}"
