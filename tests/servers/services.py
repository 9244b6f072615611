"""Services in this process, with a bus and databases of their own. They are called by whoever runs them."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import nameko
from nameko.containers import ServiceContainer
from pymongo import MongoClient

from netraven_chassis import mongo
from netraven_chassis.bus import transport
from tests.servers.emptying import empty


def memory() -> str:
    """The URI of a bus in memory that nobody else has."""
    transport.register()
    return f"embedded://{secrets.token_hex(4)}"


@contextmanager
def databases(mongo_uri: str) -> Iterator[str]:
    """A prefix for databases of a server, empty ones: whoever asks again gets them again, emptied."""
    prefix = f"t{os.getpid()}"
    mongo.close()
    try:
        yield prefix
    finally:
        mongo.close()
        client: MongoClient[dict[str, Any]] = MongoClient(mongo_uri)
        for name in client.list_database_names():
            if name.startswith(f"{prefix}_"):
                empty(client[name])
        client.close()


@contextmanager
def connected(uri: str) -> Iterator[str]:
    """Containers that are made meanwhile are on the bus at `uri`."""
    with nameko.config.patch({"AMQP_URI": uri, "HEARTBEAT": 5, "max_workers": 100}):
        yield uri


@contextmanager
def running(*services: type) -> Iterator[list[ServiceContainer]]:
    """The services in a container each, started in this order; the last is stopped first."""
    with ExitStack() as stopping:
        containers = [ServiceContainer(service) for service in services]
        for container in containers:
            container.start()
            stopping.callback(container.stop)
        yield containers
