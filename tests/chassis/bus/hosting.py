"""Services and callers for one test, stopped at its end. No assertions."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import eventlet
from nameko import config
from nameko.containers import ServiceContainer

from netraven_chassis.bus.client import Caller
from netraven_contracts.errors import Unavailable
from tests.patience import patience


@contextmanager
def running(service: type, uri: str, **settings: Any) -> Iterator[ServiceContainer]:
    """The service in a container on the bus at `uri`."""
    with config.patch({"AMQP_URI": uri, "max_workers": 20, "HEARTBEAT": 60, **settings}):
        container = ServiceContainer(service)
        container.start()
    try:
        yield container
    finally:
        with eventlet.Timeout(patience(20)):
            container.stop()


@contextmanager
def calling(uri: str, name: str = "tests") -> Iterator[Caller]:
    """A caller on the bus at `uri`, connected if that is possible."""
    caller = Caller(uri, name, heartbeat=60)
    caller.start()
    caller.link.wait_until_up(patience(10))
    try:
        yield caller
    finally:
        caller.stop()


def answers(client: Any) -> bool:
    """Whether an Echo answers a call just now."""
    try:
        return bool(client.say(text="x") == "x")
    except Unavailable:
        return False
