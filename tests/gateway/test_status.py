"""The system at a glance, from heartbeats."""

from __future__ import annotations

from typing import Any

import pytest

from netraven_chassis.clock import parse_iso
from netraven_contracts.status import SystemStatus
from netraven_gateway import status


def beat(service: str, number: int = 1, **more: Any) -> dict[str, Any]:
    return {
        "service": service, "instance": f"{service}@h:{number}", "version": "1", "state": "up",
        "started_at": 1_800_000_000_000, "at": 1_800_000_005_000, "busy": 1, "capacity": 100, "handled": 7,
        "failed": 0, "p50_ms": 1.5, "p99_ms": None, "queue_depth": None, "pid": 17, "host": "h", **more,
    }  # fmt: skip


def test_who_is_there_is_up_and_who_fell_silent_is_down() -> None:
    gone = [beat("auth"), beat("devices", state="stopped")]
    rows = status.instances([beat("devices", 2)], gone)
    assert [(row["service"], row["status"]) for row in rows] == [("devices", "up"), ("auth", "down")]


def test_an_instance_is_shown_as_its_schema_says() -> None:
    (row,) = status.instances([beat("devices")], [])
    assert parse_iso(row["last_seen"]) - parse_iso(row["started_at"]) == 5000
    shown = SystemStatus(only=("services",)).validate({"services": [row]})
    assert shown == {}


def test_a_monitor_that_does_not_ping_says_why() -> None:
    rows = status.instances([beat("monitor", ping_reason="no ICMP socket is permitted"), beat("auth")], [])
    assert [row["ping_reason"] for row in rows] == ["no ICMP socket is permitted", None]


@pytest.mark.parametrize(
    ("there", "devices", "auth", "state"),
    [
        (["devices", "auth"], [], [], "up"),
        (["devices", "auth"], [], None, "down"),
        (["devices"], [], None, "up"),
        (["devices"], None, None, "down"),
        (["gateway"], None, None, "unknown"),
        ([], None, None, "unknown"),
    ],
)
def test_the_database_is_up_when_those_who_are_there_read_it(
    there: list[str], devices: list[Any] | None, auth: list[Any] | None, state: str
) -> None:
    present = [beat(service) for service in there]
    assert status.database(present, {"devices": devices, "auth": auth}) == state


def test_tasks_for_workers_are_a_queue_of_their_own() -> None:
    beats = [beat("worker", 1, queue_depth=3), beat("worker", 2, queue_depth=7), beat("jobs", queue_depth=0)]
    assert status.queues(beats) == [{"name": "jobs", "depth": 0}, {"name": "jobs.tasks", "depth": 7}]


def test_instances_that_share_a_queue_show_it_once() -> None:
    beats = [beat("devices", 1, queue_depth=3), beat("devices", 2, queue_depth=5), beat("gateway")]
    assert status.queues(beats) == [{"name": "devices", "depth": 5}]
