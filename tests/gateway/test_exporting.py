"""The fleet as a stream, over a bus in memory, from a devices service that may hang."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import eventlet
import orjson
import pytest
from eventlet.event import Event

from netraven_chassis.bus import rpc
from netraven_chassis.bus.client import Caller
from netraven_contracts.errors import Unavailable
from netraven_gateway import exporting
from netraven_gateway.answers import Answer
from netraven_gateway.request import Request
from netraven_gateway.route import VIEWER, Route
from tests.servers.services import connected, memory, running

FLEET = [f"{number:024x}" for number in range(1200)]
HANGS: dict[str, Event] = {}


def _answered(method: str, answer: Any) -> Any:
    if method in HANGS:
        HANGS[method].wait()
    return answer


class Devices:
    """Answers like devices, and hangs where it is told to."""

    name = "devices"

    @rpc
    def log_head(self) -> dict[str, Any]:
        return dict(_answered("log_head", {"head": 1}))

    @rpc
    def export_ids(self, filters: dict[str, Any], sort: list[str]) -> list[str]:
        return list(_answered("export_ids", FLEET))

    @rpc
    def export_rows(self, ids: list[str], at: int | None, interfaces: bool) -> list[dict[str, Any]]:
        return list(_answered("export_rows", [{"id": ident} for ident in ids]))


@pytest.fixture
def export() -> Iterator[Callable[..., Answer]]:
    """A function that exports with these parameters."""
    HANGS.clear()
    route = Route("GET", "/devices/export", VIEWER, exporting.export, "devices", "Export")
    with connected(memory()) as uri, running(Devices):
        caller = Caller(uri, "test")
        caller.start()
        gateway: Any = SimpleNamespace(devices=caller.client("devices", timeout=60))

        def ask(**query: Any) -> Answer:
            request = Request("r1", {"PATH_INFO": "/api/devices/export"}, route, {})
            request.query = {"format": "json", **query}
            return exporting.export(gateway, request)

        yield ask
        for event in HANGS.values():
            event.send(None)
        caller.stop()


@pytest.mark.parametrize("query", [{}, {"at": 5}])
def test_the_whole_fleet_comes_in_its_order(export: Callable[..., Answer], query: dict[str, Any]) -> None:
    body: Any = export(**query).body
    assert [row["id"] for row in orjson.loads(b"".join(body))] == FLEET


@pytest.mark.parametrize(
    ("method", "query"),
    [("export_ids", {}), ("export_rows", {}), ("log_head", {"at": 5}), ("export_rows", {"at": 5})],
)
def test_a_service_that_hangs_is_told_of_before_the_answer_begins(
    export: Callable[..., Answer], monkeypatch: pytest.MonkeyPatch, method: str, query: dict[str, Any]
) -> None:
    for name in ("_NOW_SECONDS", "_ALIVE_SECONDS", "_LEAST_SECONDS"):
        monkeypatch.setattr(exporting, name, 0.3)
    HANGS[method] = Event()
    with pytest.raises(Unavailable):
        export(**query)


def test_the_past_of_a_large_fleet_may_take_longer(
    export: Callable[..., Answer], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "_NOW_SECONDS", 0.3)
    HANGS["export_ids"] = Event()
    eventlet.spawn_after(0.6, HANGS["export_ids"].send, None)
    assert export(at=5).status == 200
    del HANGS["export_ids"]
