"""A store of counters on a real database, and its neighbour."""

from __future__ import annotations

import pytest

from netraven_chassis.core import Core
from tests.chassis.counter import COUNTER, VIEWS
from tests.chassis.rig import OtherLog, Ticks


@pytest.fixture
def clock():
    return Ticks()


@pytest.fixture
def other():
    return OtherLog()


@pytest.fixture
def make_core(database, clock, other):
    def make(aggregate=COUNTER):
        core = Core("counters", database, [aggregate], VIEWS, clock, other.pull)
        core.prepare()
        return core

    return make


@pytest.fixture
def core(make_core):
    return make_core()
