"""kill -9 of one service after the other in the middle of 500 creates: nothing acknowledged is lost, nothing
is there twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import eventlet
import pytest

from tests.faults.conftest import Script, World, inventory
from tests.faults.log_checks import assert_logs_are_sound, assert_views_equal_a_rebuild, devices_in_log
from tests.patience import until

CREATES = 500
VICTIMS = ["devices", "monitor", "jobs", "auth", "gateway"]
EACH = CREATES // len(VICTIMS)  # that are made around a kill


@dataclass
class Creates:
    """The script that runs on while services die."""

    script: Script
    run: eventlet.greenthread.GreenThread

    def go_on(self, count: int) -> None:
        """Give leave for so many more."""
        self.script.leave = (self.script.leave or 0) + count

    def until(self, count: int) -> None:
        """Wait until so many are still to be made of those that there is leave for."""
        until(lambda: len(self.script.created) >= (self.script.leave or 0) - count or self.script.failures)


@pytest.fixture(scope="module")
def creates(world: World) -> Iterator[Creates]:
    """500 creates, of which none has leave yet."""
    script = world.create(CREATES)
    script.leave = 0
    run = eventlet.spawn(script.run)
    yield Creates(script, run)
    run.kill()


@pytest.mark.parametrize("victim", VICTIMS)
def test_a_killed_service_loses_and_doubles_nothing(world: World, creates: Creates, victim: str) -> None:
    creates.go_on(EACH)
    creates.until(EACH * 4 // 5)
    instance = world.system.of(victim)[0]
    instance.kill()
    eventlet.sleep(1)
    instance.begin()
    creates.until(0)
    instance.wait_ready()

    assert creates.script.failures == []
    made = world.made | creates.script.created
    assert inventory(world.api) == made == devices_in_log(world)
    assert_logs_are_sound(world)
    # monitor, devices and gateway work together again
    world.api.until(200, "GET", f"/devices/{next(iter(creates.script.created))}/status")


def test_after_all_kills_the_views_equal_a_rebuild(world: World, creates: Creates) -> None:
    creates.go_on(CREATES)
    creates.run.wait()
    assert creates.script.failures == []
    assert len(creates.script.created) == CREATES
    world.made |= creates.script.created
    assert inventory(world.api) == world.made == devices_in_log(world)
    assert_views_equal_a_rebuild(world)
