"""Fills an inventory over its own HTTP interface, so that nothing needs to know how it is stored."""

from __future__ import annotations

import http.client
import json
from concurrent.futures import ThreadPoolExecutor
from threading import local

from bench.load.target import POST_PATH, address, device

NETWORK = "10.1"
_AT_ONCE = 24


class NotSeeded(Exception):
    """A device was refused; the message says how."""


def seed(port: int, token: str, devices: int) -> tuple[str, ...]:
    """Create so many devices; their ids. Raises NotSeeded."""
    mine = local()

    def create(number: int) -> str:
        connection = getattr(mine, "connection", None)
        if connection is None:
            connection = mine.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        connection.request("POST", POST_PATH, device(address(NETWORK, number)), headers)
        answer = connection.getresponse()
        body = answer.read()
        if answer.status != 201:
            raise NotSeeded(f"{answer.status}: {body[:500]!r}")
        return str(json.loads(body)["data"]["id"])

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return tuple(pool.map(create, range(devices)))
