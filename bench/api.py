"""The API under load: one device, a page of 25 and a new device, ours and our peers' in turn.

Closed loop: wrk with 16 connections. Open loop: requests at a fixed rate, timed from when they were due. How
the tables look stands in api_tables.py.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping

from bench import api_tables
from bench.api_tables import ANSWER_ONE_ONLY, TITLES
from bench.contestants import Contestant, everybody
from bench.cost import Meter
from bench.effort import Effort
from bench.load.closed import closed_loop
from bench.load.open import open_loop
from bench.load.target import PAGE_PATH, Target
from bench.report import Table
from bench.rounds import Figure, medians
from bench.tell import tell

_HOT = 1000  # devices asked for in turn

_networks = itertools.count(1)


def run(effort: Effort) -> list[Table]:
    """Both loops over all contestants; the creations last, for they make the inventory larger."""
    tell(f"starting everybody, and creating {effort.devices} devices in each")
    meter = Meter()
    closed: dict[str, dict[str, Figure]] = {}
    opened: dict[str, dict[str, Figure]] = {}
    with everybody(effort.devices) as running:
        for kind in TITLES:
            closed[kind] = _closed(kind, running, effort, meter)
            opened[kind] = _opened(kind, running, effort)
    costs = {kind: {name: meter.medians(f"{kind} {name}") for name in closed[kind]} for kind in TITLES}
    return [
        api_tables.closed(closed, effort),
        api_tables.costs(costs),
        api_tables.opened(opened, effort),
    ]


def _closed(kind: str, running: Mapping[str, Contestant], effort: Effort, meter: Meter) -> dict[str, Figure]:
    tell(f"{TITLES[kind]}, closed loop")

    def measure(name: str, contestant: Contestant) -> Figure:
        def load(seconds: float) -> Figure:
            return closed_loop(_target(kind, contestant), effort.connections, seconds)

        if effort.warm_up:
            load(effort.warm_up)
        return meter.measure(f"{kind} {name}", contestant, lambda: load(effort.seconds))

    return _in_turn(kind, running, effort, measure)


def _opened(kind: str, running: Mapping[str, Contestant], effort: Effort) -> dict[str, Figure]:
    tell(f"{TITLES[kind]}, open loop")

    def measure(_name: str, contestant: Contestant) -> Figure:
        return open_loop(_target(kind, contestant), effort.rates[kind], effort.seconds)

    return _in_turn(kind, running, effort, measure)


def _in_turn(
    kind: str,
    running: Mapping[str, Contestant],
    effort: Effort,
    measure: Callable[[str, Contestant], Figure],
) -> dict[str, Figure]:
    """The median figures of everybody who answers this kind of request."""
    names = [name for name in running if kind == "one" or name not in ANSWER_ONE_ONLY]
    cases = {name: lambda name=name: measure(name, running[name].ready()) for name in names}
    return medians(cases, effort.rounds, tell)


def _target(kind: str, contestant: Contestant) -> Target:
    if kind == "post":
        return Target(contestant.port, contestant.token, network=f"11.{next(_networks)}")
    paths = [PAGE_PATH] if kind == "page" else [f"/api/devices/{one}" for one in contestant.ids[:_HOT]]
    return Target(contestant.port, contestant.token, paths)
