"""Credentials as the tests of them make, change and look at them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson

from netraven_chassis import sealing
from netraven_chassis.bound import BoundStore
from netraven_chassis.core import Core
from netraven_devices import credentials
from netraven_devices.vault import VAULT

Asked = Callable[..., BoundStore]
KEY = sealing.make()
NOBODY = "f" * 24


def secret(text: str) -> str:
    return KEY.public.seal(orjson.dumps({"password": text}))


def body(name: str, text: str = "first", **fields: Any) -> dict[str, Any]:
    """A body of POST /credentials as the gateway hands it on."""
    needed = {"name": name, "username": "netops", "method": "ssh", "priority": 100}
    return {**needed, "encrypted_secret": secret(text), **fields}


def made(store: BoundStore, name: str, text: str = "first", **fields: Any) -> dict[str, Any]:
    found: dict[str, Any] = orjson.loads(
        credentials.create(store, KEY.public, body(name, text, **fields)).body
    )
    return found


def changed(store: BoundStore, ident: str, if_match: int | None = None, **fields: Any) -> dict[str, Any]:
    found: dict[str, Any] = orjson.loads(credentials.change(store, KEY.public, ident, fields, if_match).body)
    return found


def shown(store: BoundStore, ident: str, since: int | None = None) -> dict[str, Any]:
    found: dict[str, Any] = orjson.loads(credentials.show(store, ident, since).body)
    return found


def listed(store: BoundStore, *sort: str, **filters: Any) -> list[str]:
    rows = orjson.loads(credentials.page(store, filters, 1, 25, sort).body)
    return [row["name"] for row in rows]


def in_force(store: BoundStore, device: dict[str, Any]) -> list[Any]:
    """The secrets that would be tried on a device, opened."""
    row = store.collection("devices").find_one({"_id": device["id"]}) or {}
    return [orjson.loads(KEY.open(one["sealed"])) for one in credentials.sealed_for_device(store, row)]


def rows(core: Core) -> int:
    return core.database[VAULT.collection].count_documents({})
