"""The whole fleet, or what filters leave of it: which devices, in order, and then these a piece at a time.

Pages would cost the more the further back they lie, and skip what moves between two of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from netraven_chassis.bound import BoundStore
from netraven_devices import choosing, filters, queries, reads, time_travel
from netraven_devices.finder import Finder
from netraven_devices.reads import Rows

_BATCH = 5000  # ids that one answer of the database brings: others get their turn in between


def ids(store: BoundStore, finder: Finder, wanted: Mapping[str, Any], sort: Sequence[str]) -> list[str]:
    """The ids of all devices that filters find, in order; of the fleet as it was with `wanted["at"]`."""
    if "at" in wanted:
        return time_travel.ids(store, wanted, sort)
    choice = choosing.choose(store, finder, wanted)
    order = filters.order(sort)
    if (chosen := choosing.page(store, finder, choice, order, 0, choice.total)) is not None:
        return chosen
    query = queries.named_if_few(choice)
    stages = [{"$match": query}, *queries.pulse_to_sort(order), {"$sort": order}, {"$project": {"_id": 1}}]
    index = filters.index_to_page(query, order, choice.total)
    return [row["_id"] for row in reads.aggregate(store, stages, index, _BATCH)]


def rows(store: BoundStore, wanted: Sequence[str], at: int | None, interfaces: bool = True) -> Rows:
    """These devices in this order; at a moment, as they were then, else with their interfaces if wanted.

    One that is gone since, or was not there, is left out.
    """
    if at is None:
        found = queries.devices_by_id(store, wanted, interfaces)
    else:
        found = time_travel.devices_alone(store, wanted, at)
    return [found[device_id] for device_id in wanted if device_id in found]
