"""A whole system with backups in it: services in a process of their own, and a hand that takes backups down
in their database as the jobs service does when a worker reports them.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest
from pymongo import MongoClient
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from netraven_chassis.batch import Batch
from netraven_chassis.clock import SystemClock, now_ms
from netraven_chassis.core import Core
from netraven_jobs.backup import BACKUP
from netraven_jobs.configuration import CONFIGURATION
from netraven_jobs.views import VIEWS
from netraven_jobs.webhook import WEBHOOK
from tests.jobs.fleet import HOUR, Fleet
from tests.servers.mongod import Mongod
from tests.servers.netraven import PASSWORD, SERVICES, Api, Instance

_numbers = iter(range(1, 250))


class Served(Fleet):
    """The running system, a client of it, and what a fleet does."""

    def __init__(self, instance: Instance, database: Any) -> None:
        self.instance, self.database = instance, database
        aggregates: list[Any] = [CONFIGURATION, BACKUP, WEBHOOK]
        self.core = Core("jobs", database, aggregates, VIEWS, SystemClock(), self._nothing)
        self.core.prepare()
        self.api = Api(instance.url).log_in()
        self.now = now_ms()

    def _nothing(self, source: str, after: int) -> Batch:
        return Batch(source, f"{source}-1", after, after, (), after)

    def registered(self, name: str, location: str = "Bern") -> dict[str, Any]:
        """A device in the inventory that backups know of."""
        body = {"name": name, "ip_address": f"127.44.7.{next(_numbers)}", "device_type": "router"}
        status, answer, _ = self.api(
            "POST", "/devices", {**body, "location": location, "platform": "cisco_ios"}
        )
        assert status == 201, answer
        device: dict[str, Any] = answer["data"]
        return device

    def history(self, device: dict[str, Any], *texts: str) -> list[str]:
        """Backups of the device that show these texts, an hour apart, the last one taken just now."""
        first = self.now - HOUR * (len(texts) - 1)
        return [self.backup(device, text, first + number * HOUR) for number, text in enumerate(texts)]

    def as_role(self, role: str) -> Api:
        """A client with a role of its own."""
        name, password = f"{role}-{secrets.token_hex(3)}", "correct-horse-battery-staple-2"
        body = {"username": name, "role": role, "password": password}
        status, answer, _ = self.api("POST", "/users", body)
        assert status == 201, answer
        return Api(self.instance.url).log_in(name, password)


@contextmanager
def serving(mongod: Mongod, **env: str) -> Iterator[Served]:
    """All services in one process, with their databases where the test reaches them."""
    prefix = f"served_{secrets.token_hex(4)}"
    own = {"MONGODB_URI": mongod.uri, "NETRAVEN_DATABASE_PREFIX": prefix, "PING_ENABLED": "false"}
    client: MongoClient[dict[str, Any]] = MongoClient(mongod.uri, serverSelectionTimeoutMS=5000)
    database = client.get_database(
        f"{prefix}_jobs",
        write_concern=WriteConcern(w="majority", j=True),
        read_concern=ReadConcern("majority"),
    )
    try:
        with Instance(SERVICES, {**own, **env}) as instance:
            yield Served(instance, database)
    finally:
        for name in client.list_database_names():
            if name.startswith(prefix):
                client.drop_database(name)
        client.close()


def shared(request: pytest.FixtureRequest) -> Served:
    """One running system for all modules of this run that ask for it; it tries webhooks again at once."""
    if not _shared:
        mongod, stack = request.getfixturevalue("mongod"), ExitStack()
        # What is added last ends first: the system before the server that it stands on.
        request.session.addfinalizer(stack.close)
        _shared.append(stack.enter_context(serving(mongod, NETRAVEN_WEBHOOK_RETRY_SECONDS="0.1")))
    return _shared[0]


_shared: list[Served] = []

__all__ = ["PASSWORD", "Served", "serving", "shared"]
