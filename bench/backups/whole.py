"""Our side, whole: a job that backs devices up, from its request until it is finished, by all services with
their queue and database.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from statistics import median
from typing import Any, Self

from bench.backups import processor
from bench.backups.processor import Parts, Seconds
from bench.backups.targets import LOGIN, Targets
from tests.servers.mongod import Mongod
from tests.servers.netraven import Api, System
from tests.servers.rabbitmq import RabbitMQ

SEPARATE, EMBEDDED = "separate processes", "embedded"
DEVICES = "simulated devices"
_LOOK_SECONDS = 1.0
_QUIET_SECONDS = 10.0  # what follows a job, such as redacted copies, is not to meet the next contestant
_LIMIT_SECONDS = 600
_PAGE = 1000

Backup = Callable[[], "Speed"]


class Broken(Exception):
    """A job did not end as it should; the message says how."""


@dataclass(frozen=True, slots=True)
class Speed:
    """Backups per second: from request until the job is finished, and from its first to its last backup.
    `processor`: seconds of processor time for each backup, by part.
    """

    rate: float
    steady: float
    processor: Seconds

    @classmethod
    def median(cls, speeds: list[Self]) -> Self:
        """The median of each by itself."""
        parts = {part: median(one.processor.get(part, 0.0) for one in speeds) for part in speeds[0].processor}
        return cls(median(one.rate for one in speeds), median(one.steady for one in speeds), parts)


class Whole:
    """A running system; `servers` are the processes of what it runs on."""

    def __init__(self, system: System, servers: Parts) -> None:
        self._parts: Parts = {**servers, **{one.name: [one.pid] for one in system.instances}}
        self._api = Api(system.url, timeout=60).log_in()
        secret = {"password": LOGIN.password, "enable": LOGIN.privilege}
        body = {"name": "bench", "username": LOGIN.username, "method": "ssh", "secret": secret}
        self._api.until(201, "POST", "/credentials", body)

    def register(self, tag: str, platform: str, there: Targets) -> Backup:
        """Take these devices in under a tag; what backs all of them up. The children have loaded Netmiko by
        then.
        """
        rows = [
            {
                "name": f"{tag}-{number}",
                "ip_address": address,
                "port": port,
                "platform": platform,
                "device_type": "router",
                "location": "bench",
                "tags": [tag],
            }
            for number, (address, port) in enumerate(there.devices)
        ]
        path = "/devices/bulk?create_missing_tags=true"
        made = self._api.until(200, "POST", path, rows)["data"]["created"]
        if len(made) != len(rows):
            raise Broken(f"{len(made)} devices of {len(rows)} were taken in")
        parts = {**self._parts, DEVICES: there.pids}
        self._backup({"devices": [row["id"] for row in made[:4]]}, parts)
        return lambda: self._backup({"tags": [tag]}, parts)

    def _backup(self, target: dict[str, Any], parts: Parts) -> Speed:
        """Have one job; how fast it was."""
        self._api.log_in()
        before, began = processor.used(parts), time.time()
        job = self._api.until(201, "POST", "/jobs", {"type": "backup", **target})["data"]
        while job["status"] not in ("succeeded", "partial", "failed", "cancelled"):
            if time.time() - began > _LIMIT_SECONDS:
                raise Broken(f"not finished in time: {job['status']}")
            time.sleep(_LOOK_SECONDS)
            job = self._api.until(200, "GET", f"/jobs/{job['id']}")["data"]
        cost = processor.between(before, processor.used(parts))
        ends = sorted(_seconds(row["finished_at"]) for row in self._devices(job["id"]))
        if job["status"] != "succeeded":
            raise Broken(f"a job ended as {job['status']}")
        steady = (len(ends) - 1) / max(ends[-1] - ends[0], 0.001)
        processor.await_quiet(parts, _QUIET_SECONDS)
        each = {part: seconds / len(ends) for part, seconds in cost.items()}
        return Speed(len(ends) / (_seconds(job["finished_at"]) - began), steady, each)

    def _devices(self, job_id: str) -> list[dict[str, Any]]:
        path = f"/jobs/{job_id}/devices?page=1&size={_PAGE}"
        found: list[dict[str, Any]] = self._api.until(200, "GET", path)["data"]
        return found


def _seconds(moment: str) -> float:
    return datetime.fromisoformat(moment).timestamp()


@contextmanager
def everything(processes: int, sessions: int, ways: Sequence[str]) -> Iterator[dict[str, Whole]]:
    """NetRaven in these ways: as services on RabbitMQ and MongoDB, or embedded in one process. Its
    one worker has so many child processes with so many sessions each.
    """
    env = {
        "PING_ENABLED": "false",
        "NETRAVEN_WORKER_PROCESSES": str(processes),
        "NETRAVEN_WORKER_CAPACITY": str(processes * sessions),
    }
    with ExitStack() as stack:
        found = {}
        for way in ways:
            uris, servers = _servers(stack) if way == SEPARATE else ({}, {})
            system = System({**env, **uris}, together=way == EMBEDDED)
            found[way] = Whole(stack.enter_context(system), servers)
        yield found


def _servers(stack: ExitStack) -> tuple[dict[str, str], Parts]:
    mongod, broker = stack.enter_context(Mongod()), stack.enter_context(RabbitMQ())
    pids = {processor.DATABASE: [mongod.pid], "RabbitMQ": [broker.pid]}
    return {"AMQP_URI": broker.vhost(), "MONGODB_URI": mongod.uri}, pids
