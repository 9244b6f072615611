"""Services of one system in this process, on either bus: started, called, stopped. It asserts nothing."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import eventlet
from nameko.containers import ServiceContainer

from netraven_chassis import mongo, settings
from netraven_chassis.bus import transport
from netraven_chassis.bus.client import Caller, Client
from netraven_jobs import job_type, types
from tests.devices.inventory import body
from tests.patience import patience
from tests.servers.services import connected, databases

ACTOR = {"id": "u1", "name": "ann", "role": "operator"}
EXTRA_TYPES = str(Path(__file__).parent / "extra_types")

Json = dict[str, Any]


def with_extra_types() -> None:
    """Let this process know the types of job that are made for tests."""
    if EXTRA_TYPES not in types.__path__:
        types.__path__.append(EXTRA_TYPES)
    job_type.plugins.cache_clear()


class Running:
    """Services that run until the test ends, and who calls them."""

    def __init__(self, uri: str, mongo_uri: str, prefix: str) -> None:
        self.uri, self.mongo_uri, self.prefix = uri, mongo_uri, prefix
        self.caller = Caller(uri, "test")
        self._stack = ExitStack()
        self.containers: dict[str, list[ServiceContainer]] = {}

    def start(self, *services: type) -> None:
        """Run these services, each in a container of its own."""
        for service in services:
            container = ServiceContainer(service)
            container.start()
            self.containers.setdefault(container.service_name, []).append(container)

    def stop(self, name: str) -> None:
        """Stop the newest instance of a service."""
        self.containers[name].pop().stop()

    def client(self, service: str) -> Client:
        """A client of a service, as the gateway is one."""
        return self.caller.client(service, timeout=60, data={"actor": ACTOR})

    @property
    def jobs(self) -> Client:
        """A client of the jobs service."""
        return self.client("jobs")

    @property
    def database(self) -> Any:
        """The jobs database."""
        return mongo.database("jobs")

    def devices(self, count: int, **fields: Any) -> list[Json]:
        """Register devices."""
        made = []
        for _ in range(count):
            made.append(self.client("devices").register(device=body(**fields)))
        return made

    def run(self, kind: str, devices: list[Json], **wanted: Any) -> Json:
        """Begin a job for these devices."""
        target = {"devices": [device["id"] for device in devices]}
        asked = {"type": kind, "target": target, "options": wanted, "name": None, "schedule": None}
        job: Json = self.jobs.create_job(job=asked)
        return job

    def until(self, job_id: str, *statuses: str, within: float = 20.0) -> Json:
        """The job, once its status is one of these."""
        return self.when(
            lambda: self.jobs.show_job(job_id=job_id), lambda job: job["status"] in statuses, within
        )

    def over(self, job_id: str, within: float = 20.0) -> Json:
        """The job, once it is over."""
        return self.until(job_id, "succeeded", "partial", "failed", "cancelled", within=within)

    def when(self, look: Callable[[], Any], good: Callable[[Any], bool], within: float = 20.0) -> Any:
        """What `look` gives once it is good."""
        until = time.monotonic() + patience(within)
        while not good(found := look()):
            assert time.monotonic() < until, found
            eventlet.sleep(0.05)
        return found

    def close(self) -> None:
        """Stop everything, the newest first."""
        for containers in reversed(list(self.containers.values())):
            for container in reversed(containers):
                container.stop()
        self.caller.stop()


@contextmanager
def running(uri: str, mongo_uri: str, overrides: Mapping[str, str]) -> Iterator[Running]:
    """A bus and databases with a prefix of their own; what was made is dropped at the end."""
    with_extra_types()
    transport.register()
    before = settings.current()
    with databases(mongo_uri) as prefix, connected(uri):
        own = {"MONGODB_URI": mongo_uri, "NETRAVEN_DATABASE_PREFIX": prefix}
        settings.use(settings.load({**own, "PING_ENABLED": "false", "PING_TIMEOUT_MS": "200", **overrides}))
        system = Running(uri, mongo_uri, prefix)
        try:
            system.caller.start()
            yield system
        finally:
            system.close()
            settings.use(before)
