"""The broker or the database goes away for twenty seconds: clear answers, then recovery by itself."""

from __future__ import annotations

import time

import eventlet
import pytest

from tests.faults.conftest import inventory
from tests.faults.log_checks import assert_logs_are_sound, assert_views_equal_a_rebuild, devices_in_log
from tests.patience import patience

AWAY_SECONDS = 20
CREATES = 250


def work_through_an_outage(world, server):
    """Creates with the server stopped in the middle; the slowest answer in seconds while it was away."""
    world.api.log_in()  # for nobody can while the server is away
    script = world.create(CREATES)
    run = eventlet.spawn(script.run)
    while len(script.created) < CREATES // 5:
        eventlet.sleep(0.02)
    pids = [instance.pid for instance in world.system.instances]
    server.stop()
    slowest, deadline = 0.0, time.monotonic() + AWAY_SECONDS
    while time.monotonic() < deadline:
        began = time.monotonic()
        status, answer = world.api.calmly("GET", "/devices")
        slowest = max(slowest, time.monotonic() - began)
        assert status == 503, answer
        assert answer["code"] == "SERVICE_UNAVAILABLE"
        eventlet.sleep(0.5)
    server.start()
    began = time.monotonic()
    world.api.until(200, "GET", "/devices", within=30)
    print(f"slowest answer while away {slowest:.1f} s, back after {time.monotonic() - began:.1f} s")
    run.wait()
    assert [instance.pid for instance in world.system.instances] == pids
    assert all(instance.running() for instance in world.system.instances), "nothing of ours was restarted"
    return script, slowest


@pytest.mark.parametrize("which", ["broker", "database"])
def test_an_outage_gives_clear_answers_and_loses_nothing(world, which):
    script, slowest = work_through_an_outage(world, getattr(world, which))
    assert slowest < 5 + patience(0.5)
    assert script.failures == []
    assert len(script.created) == CREATES
    world.made |= script.created
    assert inventory(world.api) == world.made == devices_in_log(world)
    assert_logs_are_sound(world)
    device = next(iter(script.created))
    world.api.until(200, "GET", f"/devices/{device}/status")
    assert_views_equal_a_rebuild(world)
