"""Bodies of devices for tests: valid, and different where they must be."""

from __future__ import annotations

import itertools
from typing import Any

import orjson

from netraven_chassis.bound import BoundStore
from netraven_devices import commands, tagging

_numbers = itertools.count(1)


def body(**fields: Any) -> dict[str, Any]:
    """A body of POST /devices as its schema loads it."""
    number = next(_numbers)
    address = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
    needed = {"name": f"sw-{number:06}", "ip_address": address, "device_type": "switch", "location": "Bern"}
    return {**needed, **fields}


def registered(store: BoundStore, **fields: Any) -> dict[str, Any]:
    """The device that this body makes, as its answer shows it."""
    device: dict[str, Any] = orjson.loads(commands.register(store, body(**fields)).body)
    return device


def tagged(store: BoundStore, name: str) -> dict[str, Any]:
    """The tag of this name, made."""
    tag: dict[str, Any] = orjson.loads(tagging.create(store, {"name": name}).body)
    return tag
