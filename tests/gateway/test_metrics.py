"""The figures for Prometheus, read back with Prometheus's own reader."""

from __future__ import annotations

from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from netraven_gateway import metrics, status
from netraven_gateway.routes import ROUTES
from tests.gateway.test_status import beat

_LABELS = ("part", "queue", "service", "instance", "name", "quantile")


@pytest.fixture
def read() -> dict[tuple[str, ...], float]:
    """{(metric, label values…): figure}."""
    present = [beat("jobs"), beat("worker", queue_depth=12), beat("worker", 2), beat("devices", p50_ms=2.5)]
    figures: dict[str, Any] = {
        "broker": "up", "database": "down", "scheduler": "up", "workers": 2,
        "services": status.instances(present, [beat("auth")]),
        "queues": status.queues(present), "streams": {"open": 17, "limit": 8000},
        "subscriptions": [{"service": "devices", "name": "monitor", "position": 9, "lag": 4, "parked": 1}],
    }  # fmt: skip
    families = text_string_to_metric_families(metrics.text(figures).decode())
    return {
        (one.name, *(one.labels[name] for name in _LABELS if name in one.labels)): one.value
        for family in families
        for one in family.samples
    }


def test_the_whole_and_its_parts_are_told(read: dict[tuple[str, ...], float]) -> None:
    assert [read["netraven_up", part] for part in ("broker", "database", "scheduler")] == [1, 0, 1]
    assert read["netraven_workers",] == 2
    assert read["netraven_queue_depth", "jobs.tasks"] == 12
    assert (read["netraven_streams",], read["netraven_streams_limit",]) == (17, 8000)


def test_each_instance_is_told_with_its_calls(read: dict[tuple[str, ...], float]) -> None:
    assert read["netraven_instance_up", "auth", "auth@h:1"] == 0
    assert read["netraven_instance_up", "jobs", "jobs@h:1"] == 1
    assert read["netraven_instance_start_time_seconds", "jobs", "jobs@h:1"] == 1_800_000_000
    assert read["netraven_calls_total", "devices", "devices@h:1"] == 7
    assert read["netraven_call_seconds", "devices", "devices@h:1", "0.5"] == 0.0025
    assert ("netraven_call_seconds", "devices", "devices@h:1", "0.99") not in read


def test_followers_are_told_with_their_lag(read: dict[tuple[str, ...], float]) -> None:
    followed = ("devices", "monitor")
    assert read["netraven_follower_lag", *followed] == 4
    assert read["netraven_follower_parked", *followed] == 1


def test_the_figures_need_a_log_in_and_stand_beside_the_api() -> None:
    (row,) = [route for route in ROUTES if route.handler is metrics.show]
    assert (row.path, row.role) == ("/metrics", "viewer")
