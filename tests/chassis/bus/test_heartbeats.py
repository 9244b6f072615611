"""Who is there, and who was."""

from __future__ import annotations

import orjson
from structlog.testing import capture_logs

from netraven_chassis.bus import heartbeats
from netraven_chassis.bus.heartbeats import Collector


class Clock:
    """Seconds as the test says."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def beat(instance: str, state: str = "up", **more) -> bytes:
    return orjson.dumps({"service": instance.partition("@")[0], "instance": instance, "state": state, **more})


def names(beats) -> list[str]:
    return [one["instance"] for one in beats]


def test_an_instance_is_there_while_it_beats_and_remembered_when_it_stops():
    clock = Clock()
    collector = Collector(clock)
    collector.hear(beat("monitor@b:1"))
    collector.hear(beat("devices@a:1", handled=1))
    clock.now += 10
    collector.hear(beat("devices@a:1", handled=2))
    assert names(collector.present()) == ["devices@a:1", "monitor@b:1"]
    assert collector.present()[0]["handled"] == 2
    clock.now += 6
    assert names(collector.present()) == ["devices@a:1"]
    assert names(collector.gone()) == ["monitor@b:1"]
    collector.hear(beat("monitor@b:1"))
    assert names(collector.present()) == ["devices@a:1", "monitor@b:1"]
    assert collector.gone() == []


def test_a_goodbye_is_believed_at_once():
    collector = Collector(Clock())
    collector.hear(beat("devices@a:1"))
    collector.hear(beat("devices@a:1", state="stopped"))
    assert collector.present() == []
    assert [(one["instance"], one["state"]) for one in collector.gone()] == [("devices@a:1", "stopped")]


def test_after_an_hour_nobody_remembers():
    clock = Clock()
    collector = Collector(clock)
    collector.hear(beat("devices@a:1"))
    clock.now += 3601
    assert collector.gone() == []


def test_no_more_instances_are_kept_than_there_is_room_for(monkeypatch):
    monkeypatch.setattr(heartbeats, "MOST", 3)
    collector = Collector(Clock())
    for n in range(5):
        collector.hear(beat(f"devices@a:{n}"))
    assert names(collector.present()) == ["devices@a:2", "devices@a:3", "devices@a:4"]


def test_what_is_no_heartbeat_is_ignored():
    collector = Collector(Clock())
    with capture_logs() as logs:
        for body in (b"", b"{", b"[]", b"{}", b"5"):
            collector.hear(body)
    assert len(logs) == 5
    assert collector.present() == []
