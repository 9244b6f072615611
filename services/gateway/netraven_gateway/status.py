"""The system at a glance: who is there, by heartbeat, and how far the followers are, by asking. No rules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson

from netraven_chassis.bus.heartbeat import STOPPED
from netraven_chassis.bus.heartbeats import Heartbeats
from netraven_chassis.clock import iso
from netraven_contracts.errors import NetRavenError
from netraven_contracts.parked import SERVICES
from netraven_contracts.status import DOWN, UNKNOWN, UP
from netraven_gateway import envelope
from netraven_gateway.answers import Answer
from netraven_gateway.request import Request

_PATIENCE_SECONDS = 1.5
_PLANNER, _WORKER = "jobs", "worker"
# Who looks at a queue that is not called after itself.
_QUEUES = {_WORKER: "jobs.tasks"}
_CALLS = ("busy", "capacity", "handled", "failed", "p50_ms", "p99_ms")
_FIGURES = ("service", "instance", "version", *_CALLS, "ping_reason")

Beat = Mapping[str, Any]
Json = dict[str, Any]


class Vitals(Heartbeats):
    """The heartbeats of all instances, and whether the broker that brings them is there."""

    def get_dependency(self, worker_ctx: Any) -> Vitals:
        """Itself, the same for all requests."""
        return self


def show(gateway: Any, request: Request) -> Answer:
    """Everything in the form of the API."""
    return Answer(200, envelope.success(orjson.dumps(figures(gateway))))


def figures(gateway: Any) -> Json:
    """Everything, as the API shows it."""
    vitals: Vitals = gateway.vitals
    present, gone = vitals.collector.present(), vitals.collector.gone()
    followers = _ask_followers(gateway)
    return {
        "api": UP,
        "broker": UP if vitals.connected else DOWN,
        "database": database(present, followers),
        "scheduler": UP if any(beat["service"] == _PLANNER for beat in present) else DOWN,
        "workers": sum(beat["service"] == _WORKER for beat in present),
        "services": instances(present, gone),
        "queues": queues(present),
        "streams": {"open": len(gateway.streams), "limit": gateway.streams.limit},
        "subscriptions": [row for rows in followers.values() for row in rows or ()],
    }


def _ask_followers(gateway: Any) -> dict[str, list[Json] | None]:
    """Each service's followers as it reports them; None for one that did not answer."""
    calls = {name: _begin(getattr(gateway, name)) for name in SERVICES}
    return {name: _rows(name, call) for name, call in calls.items()}


def _begin(client: Any) -> Any:
    try:
        return client.within(_PATIENCE_SECONDS).call_async("followers")
    except NetRavenError:
        return None


def _rows(service: str, call: Any) -> list[Json] | None:
    try:
        return None if call is None else [{"service": service, **row} for row in call.result()]
    except NetRavenError:
        return None


def database(present: Iterable[Beat], followers: Mapping[str, Sequence[Json] | None]) -> str:
    """Whether the databases work: those who are there and have one either read it or do not."""
    there = {beat["service"] for beat in present} & followers.keys()
    if any(rows is not None for rows in followers.values()):
        return DOWN if any(followers[name] is None for name in there) else UP
    return DOWN if there else UNKNOWN


def instances(present: Iterable[Beat], gone: Iterable[Beat]) -> list[Json]:
    """Who is there, and who fell silent without a goodbye."""
    rows = [_instance(beat, UP) for beat in present]
    return rows + [_instance(beat, DOWN) for beat in gone if beat.get("state") != STOPPED]


def _instance(beat: Beat, status: str) -> Json:
    times = {"started_at": iso(beat["started_at"]), "last_seen": iso(beat["at"])}
    return {**{name: beat.get(name) for name in _FIGURES}, **times, "status": status}


def queues(present: Iterable[Beat]) -> list[Json]:
    """How many requests wait for each service, and tasks for workers; its instances look at one queue."""
    depths: dict[str, int] = {}
    for beat in present:
        if beat.get("queue_depth") is not None:
            name = _QUEUES.get(beat["service"]) or str(beat["service"])
            depths[name] = max(beat["queue_depth"], depths.get(name, 0))
    return [{"name": name, "depth": depth} for name, depth in sorted(depths.items())]
