"""Small services that have a log and nothing else, on a bus in memory, behind the real feed of changes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from nameko import config
from nameko.containers import ServiceContainer

from netraven_chassis.batch import pack
from netraven_chassis.bus import Reply, RpcClient, rpc
from netraven_chassis.log_rpc import RANGE
from netraven_contracts.events import SERVICES
from netraven_gateway.answers import Answer
from netraven_gateway.entrypoint import http
from netraven_gateway.request import Request
from netraven_gateway.routes.events import ROWS
from tests.gateway.small import AsSaid
from tests.gateway.small_auth import port_of


class Logs:
    """The commits of each service, and how many of each were read."""

    def __init__(self) -> None:
        self.commits: dict[str, list[dict[str, Any]]] = {service: [] for service in SERVICES}
        self.read: dict[str, int] = dict.fromkeys(SERVICES, 0)

    def grow(self, count: int, services: tuple[str, ...] = SERVICES) -> None:
        """So many more commits for each, with times of their own, in turns."""
        for _ in range(count):
            for service in services:
                at = 1_800_000_000_000 + sum(map(len, self.commits.values()))
                self.commits[service].append(_commit(service, len(self.commits[service]) + 1, at))

    def counted(self) -> dict[str, int]:
        """How many were read since this was asked before, of those logs of which any were."""
        read, self.read = self.read, dict.fromkeys(SERVICES, 0)
        return {service: count for service, count in read.items() if count}


def _commit(service: str, position: int, at: int) -> dict[str, Any]:
    return {
        "stream": f"{service}-{position}", "first": 1, "count": 1, "at": at, "position": position,
        "events": [{"t": "Happened", "v": 1, "d": {}}],
        "actor": {}, "request_id": None, "causation_id": None, "command_id": None, "body_hash": None,
    }  # fmt: skip


class _Log:
    """Answers like a service's log."""

    name = ""
    logs: Logs

    @rpc
    def log_range(self, after: int) -> Reply:
        commits = self.logs.commits[self.name]
        found = commits[after : after + RANGE]
        self.logs.read[self.name] += len(found)
        return Reply(next(pack(self.name, "l", after, found, len(commits))))

    @rpc
    def log_head(self) -> dict[str, Any]:
        return {"log_id": "l", "head": len(self.logs.commits[self.name])}


class _Gateway:
    """The route of the feed, for anyone who says that he is an admin."""

    name = "gateway"
    callers = AsSaid()
    auth, devices, jobs, monitor = (RpcClient(service) for service in SERVICES)

    @http(ROWS[:1])
    def handle(self, request: Request) -> Answer:
        return request.route.handler(self, request)


@contextmanager
def running() -> Iterator[tuple[int, Logs]]:
    """The port of the gateway, and the logs behind it."""
    logs = Logs()
    services = [type(service.title(), (_Log,), {"name": service, "logs": logs}) for service in SERVICES]
    with ExitStack() as stack, config.patch({"AMQP_URI": "embedded://small_logs", "HEARTBEAT": 60}):
        for service in (*services, _Gateway):
            container = ServiceContainer(service)
            container.start()
            stack.callback(container.stop)
        yield port_of(container), logs
