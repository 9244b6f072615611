"""kill -9 of any one service in the middle of creates: nothing acknowledged is lost, nothing is there
twice.
"""

from __future__ import annotations

from collections.abc import Iterator

import eventlet
import pytest

from tests.faults.conftest import World, inventory, running
from tests.faults.log_checks import assert_logs_are_sound, assert_views_equal_a_rebuild, devices_in_log
from tests.servers.mongod import Mongod
from tests.servers.rabbitmq import RabbitMQ

EACH = 250  # devices that are made meanwhile


@pytest.fixture(scope="module")
def world(rabbitmq: RabbitMQ, mongod: Mongod) -> Iterator[World]:
    """A system in which one service after the other is killed."""
    with running(rabbitmq, rabbitmq.vhost(), mongod, {}) as made:
        yield made


@pytest.mark.timeout(180)
@pytest.mark.parametrize("victim", ["devices", "monitor", "jobs", "auth", "gateway"])
def test_a_killed_service_loses_and_doubles_nothing(world, victim):
    script = world.create(EACH)
    run = eventlet.spawn(script.run)
    while len(script.created) < EACH // 5:
        eventlet.sleep(0.02)
    instance = world.system.of(victim)[0]
    instance.kill()
    eventlet.sleep(1)
    instance.begin()
    run.wait()
    instance.wait_ready()

    assert script.failures == []
    assert len(script.created) == EACH
    world.made |= script.created
    assert inventory(world.api) == world.made == devices_in_log(world)
    assert_logs_are_sound(world)
    device = next(iter(script.created))
    world.api.until(
        200, "GET", f"/devices/{device}/status"
    )  # monitor, devices and gateway work together again
    assert_views_equal_a_rebuild(world)
