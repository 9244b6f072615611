"""How much is measured: a full run, a brief one for a machine that is wanted back, and a quick one that only
proves that it works.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Effort:
    """How often, how long and over how much data.

    `rounds`: each contestant is measured so often, in turn with the others, and the median counts;
    `seconds` of load each time after `warm_up` seconds; `devices` in the inventory; `connections` of the
    closed loop; `rates`: requests per second of the open loop, by request; `commits` in the log that is
    relayed and rebuilt; `appends`: seconds of appending.
    """

    rounds: int
    seconds: float
    warm_up: float
    devices: int
    connections: int
    rates: dict[str, int]
    commits: int
    appends: float


FULL = Effort(5, 5.0, 2.0, 10_000, 16, {"one": 200, "page": 100, "post": 60}, 20_000, 3.0)
BRIEF = Effort(3, 2.0, 1.0, 1_000, 16, {"one": 100, "page": 40, "post": 30}, 20_000, 2.0)
QUICK = Effort(1, 0.5, 0.0, 60, 4, {"one": 20, "page": 20, "post": 10}, 300, 0.3)
