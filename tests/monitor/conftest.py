"""Fixtures of the monitor's tests: an inventory, and rigs over one database."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.monitor.rig import Inventory, Mongo, Rig


@pytest.fixture
def inventory(database: Mongo) -> Inventory:
    """A devices' log beside the monitor's database, in one of its own."""
    return Inventory(database.client.get_database(f"{database.name}_devices"))


@pytest.fixture
def make_rig(database: Mongo, inventory: Inventory) -> Any:
    """Monitor instances that share a database: make_rig(interval_ms=200, …)."""

    def make(**options: Any) -> Rig:
        return Rig(database, inventory, **options)

    yield make
    database.client.drop_database(f"{database.name}_devices")


@pytest.fixture
def rig(make_rig: Callable[..., Rig]) -> Rig:
    """One monitor instance that holds all shards."""
    made = make_rig()
    made.patrol.renew()
    return made
