"""The figures of /api/status in the form that Prometheus reads. Nothing is measured here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.registry import Collector

from netraven_chassis.clock import parse_iso
from netraven_contracts.status import UP
from netraven_gateway import status
from netraven_gateway.answers import Answer
from netraven_gateway.request import Request

Rows = Iterable[Mapping[str, Any]]

_PARTS = ("broker", "database", "scheduler")
_INSTANCE = ("service", "instance")
_FOLLOWER = ("service", "name")
# Metric, its kind, the figure that it shows, and what it is.
_OF_INSTANCES = (
    ("netraven_busy", GaugeMetricFamily, "busy", "Calls that it works on."),
    ("netraven_capacity", GaugeMetricFamily, "capacity", "Calls at once at most."),
    ("netraven_calls", CounterMetricFamily, "handled", "Calls since its start."),
    ("netraven_calls_failed", CounterMetricFamily, "failed", "Calls that ended in a fault of ours."),
)
_OF_FOLLOWERS = (
    ("netraven_follower_position", "position", "How far it is in the log that it follows."),
    ("netraven_follower_lag", "lag", "Events that it has yet to take in."),
    ("netraven_follower_parked", "parked", "Messages that it could not take in."),
)


def show(gateway: Any, request: Request) -> Answer:
    """All figures as text."""
    return Answer(200, text(status.figures(gateway)), content_type=CONTENT_TYPE_PLAIN_0_0_4)


def text(figures: Mapping[str, Any]) -> bytes:
    """The figures of /api/status as Prometheus reads them."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Figures(figures))
    return generate_latest(registry)


class _Figures(Collector):
    """One look at the system, as Prometheus's library wants it."""

    def __init__(self, figures: Mapping[str, Any]) -> None:
        self._figures = figures

    def collect(self) -> Iterator[Metric]:
        """Every metric."""
        figures = self._figures
        yield _gauge("netraven_up", "Whether this part is up.", ("part",),
                     [((part,), float(figures[part] == UP)) for part in _PARTS])  # fmt: skip
        yield _gauge("netraven_workers", "Job workers that are up.", (), [((), figures["workers"])])
        yield from _instances(figures["services"])
        yield _gauge("netraven_queue_depth", "Messages that wait.", ("queue",),
                     [((row["name"],), row["depth"]) for row in figures["queues"]])  # fmt: skip
        streams = figures["streams"]
        yield _gauge("netraven_streams", "Streams open at this gateway.", (), [((), streams["open"])])
        yield _gauge("netraven_streams_limit", "Of these, the most at once.", (), [((), streams["limit"])])
        for name, figure, told in _OF_FOLLOWERS:
            rows = [(_labels(row, _FOLLOWER), row[figure]) for row in figures["subscriptions"]]
            yield _gauge(name, told, _FOLLOWER, rows)


def _instances(rows: Rows) -> Iterator[Metric]:
    rows = list(rows)
    up = [(_labels(row, _INSTANCE), float(row["status"] == UP)) for row in rows]
    yield _gauge("netraven_instance_up", "0 when it fell silent without a goodbye.", _INSTANCE, up)
    began = [(_labels(row, _INSTANCE), parse_iso(row["started_at"]) / 1000) for row in rows]
    yield _gauge("netraven_instance_start_time_seconds", "Since when it runs.", _INSTANCE, began)
    for name, kind, figure, told in _OF_INSTANCES:
        metric = kind(name, told, labels=_INSTANCE)
        for row in rows:
            metric.add_metric(_labels(row, _INSTANCE), row[figure])
        yield metric
    took = [
        ((*_labels(row, _INSTANCE), quantile), row[figure] / 1000)
        for row in rows
        for figure, quantile in (("p50_ms", "0.5"), ("p99_ms", "0.99"))
        if row[figure] is not None
    ]
    yield _gauge("netraven_call_seconds", "How long its calls take.", (*_INSTANCE, "quantile"), took)


def _gauge(
    name: str, told: str, labels: tuple[str, ...], rows: Iterable[tuple[tuple[str, ...], float]]
) -> Metric:
    metric = GaugeMetricFamily(name, told, labels=labels)
    for values, figure in rows:
        metric.add_metric(values, figure)
    return metric


def _labels(row: Mapping[str, Any], names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(str(row[name]) for name in names)
