"""What instances say of themselves, from the service to the collector."""

from __future__ import annotations

import os
import time

import eventlet
import pytest
from eventlet.event import Event
from nameko.extensions import DependencyProvider

from netraven_chassis.bus import heartbeat, rpc
from netraven_chassis.bus.heartbeat import Beat, Heartbeat
from netraven_chassis.bus.heartbeats import Heartbeats
from tests.chassis.bus.hosting import calling, running
from tests.patience import until


class Lag(DependencyProvider):
    """Adds figures of its own."""

    beat = Beat()

    def setup(self):
        self.beat.add("lag", lambda: {"devices": 3})
        self.beat.add("broken", lambda: 1 / 0)


class Busy:
    """Has something to do."""

    name = "busy"
    lag = Lag()
    go_on = Event()  # all work waits for it

    @rpc
    def work(self):
        self.go_on.wait()

    @rpc
    def fail(self):
        raise RuntimeError("no")


class Ear:
    """Hears, and beats although it has no @rpc."""

    name = "ear"
    heartbeats = Heartbeats()
    heartbeat = Heartbeat()


@pytest.fixture(autouse=True)
def quickly(monkeypatch):
    monkeypatch.setattr(heartbeat, "EVERY_SECONDS", 0.2)
    monkeypatch.setattr(Busy, "go_on", Event())


def collector_of(container):
    (found,) = [one.collector for one in container.dependencies if isinstance(one, Heartbeats)]
    return found


def heard(collector, service):
    return next((one for one in collector.present() if one["service"] == service), None)


def test_an_instance_says_what_it_is_and_does_and_goodbye(uri):
    with running(Ear, uri) as ear, calling(uri) as caller:
        collector = collector_of(ear)
        assert until(lambda: heard(collector, "ear"))["queue_depth"] is None
        with running(Busy, uri, max_workers=7):
            # the first beat may come before the queue is there
            began = until(lambda: (now := heard(collector, "busy")) and now["queue_depth"] == 0 and now)
            assert began["instance"] == f"busy@{began['host']}:{os.getpid()}"
            assert (began["pid"], began["state"], began["capacity"]) == (os.getpid(), "up", 7)
            assert (began["busy"], began["handled"]) == (0, 0)
            assert began["lag"] == {"devices": 3}
            assert "broken" not in began
            assert abs(time.time() * 1000 - began["started_at"]) < 600_000
            busy = caller.client("busy", timeout=300.0)
            calls = [busy.call_async("work") for _ in range(2)]
            calls.append(busy.call_async("fail"))
            until(lambda: heard(collector, "busy")["busy"] == 2)
            eventlet.sleep(0.6)
            Busy.go_on.send()
            done = until(lambda: (now := heard(collector, "busy"))["handled"] == 3 and now)
            assert (done["failed"], done["busy"]) == (1, 0)
            assert done["p50_ms"] > 500
            assert done["at"] > began["at"]
        until(lambda: heard(collector, "busy") is None)
        assert [(one["service"], one["state"]) for one in collector.gone()] == [("busy", "stopped")]


class Mirror:
    """Shows its workers what is said and heard."""

    name = "mirror"
    heartbeats = Heartbeats()
    heartbeat = Heartbeat()

    @rpc
    def look(self):
        return [one["service"] for one in self.heartbeats.present()], self.heartbeat.snapshot()["busy"]


def test_workers_can_see_what_is_said_and_who_is_there(uri):
    with running(Mirror, uri), calling(uri) as caller:
        until(lambda: caller.client("mirror").look() == [["mirror"], 1])


def test_a_killed_instance_falls_silent_without_a_goodbye(uri):
    with running(Ear, uri) as ear:
        with running(Busy, uri) as busy:
            until(lambda: heard(collector_of(ear), "busy"))
            busy.kill()
        eventlet.sleep(0.5)
        assert heard(collector_of(ear), "busy")["state"] == "up"


def test_a_heartbeat_tells_how_many_requests_wait(uri):
    with running(Ear, uri) as ear, calling(uri) as caller, running(Busy, uri, PREFETCH_COUNT=1):
        for _ in range(4):
            caller.client("busy", timeout=300.0).call_async("work")
        until(lambda: (heard(collector_of(ear), "busy") or {}).get("queue_depth") == 3)
        Busy.go_on.send()


def test_an_outage_quickens_the_beat_until_all_who_listen_are_back(monkeypatch):
    monkeypatch.setattr(heartbeat, "EVERY_SECONDS", 5.0)
    pace = heartbeat.Pace()
    assert pace.after(said=True) == 5.0
    away = [pace.after(said=False) for _ in range(20)]
    assert 0.05 <= away[0] <= 0.1
    assert all(0.5 <= pause <= 1.0 for pause in away[6:])
    back = [pace.after(said=True) for _ in range(8)]
    assert all(0.5 <= pause <= 1.0 for pause in back)
    assert len({*away, *back}) > 20, "instances do not come at once"
    assert pace.after(said=True) == 5.0
    assert pace.after(said=False) <= 0.1
