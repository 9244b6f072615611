"""What may be asked about the whole fleet over the bus: mixed into the service. Each method parses, calls,
returns.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from netraven_chassis.bound import BoundStore
from netraven_chassis.bus import Reply, rpc
from netraven_devices import fleet
from netraven_devices.finder import Finder


class FleetRpc:
    """Mixed into a service class that has `store` and `finder`."""

    store: BoundStore
    finder: Finder

    @rpc
    def export_ids(self, filters: Mapping[str, Any], sort: Sequence[str]) -> list[str]:
        """The ids of all devices that filters find, in order; with the filter `at`, of the past fleet."""
        return fleet.ids(self.store, self.finder, filters, sort)

    @rpc
    def export_rows(self, ids: Sequence[str], at: int | None = None, interfaces: bool = True) -> Reply:
        """These devices in this order, without those that are gone; at `at` (UTC milliseconds) as they were
        then, else with their `interfaces` if these are wanted.
        """
        return Reply(orjson.dumps(fleet.rows(self.store, ids, at, interfaces)))
