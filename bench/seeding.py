"""Fills an inventory over its own HTTP interface, so that nothing needs to know how it is stored."""

from __future__ import annotations

import contextlib
import http.client
import json
from concurrent.futures import ThreadPoolExecutor

from bench.load.target import POST_PATH, address, device

NETWORK = "10.1"
_AT_ONCE = 24
_PATIENCE_SECONDS = 60


class NotSeeded(Exception):
    """A device was refused; the message says how."""


def seed(port: int, token: str, devices: int) -> tuple[str, ...]:
    """Create so many devices; their ids. Raises NotSeeded."""
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json", "Connection": "close"}

    def create(number: int) -> str:
        # One connection each: some contestants end it after an answer, and a request may cross that end.
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_PATIENCE_SECONDS)
        with contextlib.closing(connection):
            connection.request("POST", POST_PATH, device(address(NETWORK, number)), headers)
            answer = connection.getresponse()
            body = answer.read()
        if answer.status != 201:
            raise NotSeeded(f"{answer.status}: {body[:500]!r}")
        return str(json.loads(body)["data"]["id"])

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return tuple(pool.map(create, range(devices)))
