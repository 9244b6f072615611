"""The sweeps' figures: each case in a process of its own, in turns, and what they come to beside each
other.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from bench.apart import apart
from bench.effort import FULL, Effort
from bench.report import Table, against, number, ratio
from bench.rounds import Figure, medians
from bench.tell import tell
from tests.servers.mongod import Mongod

_OURS = "bench.sweep.ours"
_FPING, _ICMPLIB = 0.7, 5.0
_QUIET, _CHANGING = 1.5, 3.0


def run(effort: Effort) -> list[Table]:
    """The engine beside its peers, then whole rounds, for the fleet and for ten times as many."""
    sizes = (effort.devices, effort.devices * 10)
    return [_probing(sizes, effort), _rounds(sizes, effort)]


def _probing(sizes: tuple[int, int], effort: Effort) -> Table:
    rows = []
    for size in sizes:
        figures = medians(_cases(size, icmplib=size == sizes[0]), effort.rounds + 4, tell)
        ours = figures.pop("engine").rate
        for name, target in (("fping", _FPING), ("icmplib", _ICMPLIB)):
            if name in figures:
                peer = figures[name].rate
                rows.append([f"{size:,}", number(ours), name, number(peer), against(ours, peer, target)])
    return Table(
        "Sweep: probing",
        "Probes per second over loopback addresses, each asked once, as fast as it goes. All answered.",
        ("addresses", "ours/s", "peer", "peer/s", "ratio"),
        rows,
        (
            "ours: one raw socket, in a process under eventlet's patch; `fping -i 0 -C 1` by its own elapsed "
            "time, in parts of 50,000 because it has sequence numbers for no more than 65,535; "
            "`icmplib.multiping(count=1, interval=0)`",
        ),
    )


def _cases(size: int, icmplib: bool) -> dict[str, Callable[[], Figure]]:
    job = {"addresses": size}
    cases: dict[str, Callable[[], Figure]] = {
        "engine": partial(_rate, _OURS, "engine", job),
        "fping": partial(_rate, "bench.sweep.peers", "fping", job),
    }
    if icmplib:
        cases["icmplib"] = partial(_rate, "bench.sweep.peers", "icmplib", job)
    return cases


def _rate(module: str, case: str, job: Mapping[str, Any]) -> Figure:
    return Figure(apart(module, case, job=job)["rate"])


def _rounds(sizes: tuple[int, int], effort: Effort) -> Table:
    rows = []
    for size in sizes:
        tell(f"whole rounds over {size:,} addresses")
        with Mongod() as mongod:
            job = {"addresses": size, "uri": mongod.uri}
            # A larger fleet takes its minutes, and has enough devices for an average of its own.
            times = effort.rounds if size == sizes[0] else 1
            each = [apart(_OURS, "rounds", job={**job, "database": f"fleet{n}"}) for n in range(times)]
        took = {name: statistics.median(one[name] for one in each) for name in each[0]}
        rows += [
            _row(size, "quiet", took["quiet"], "probing alone", took["alone"], _QUIET),
            _row(
                size, "every status changes", took["changing"], "its writes alone", took["writes"], _CHANGING
            ),
        ]
    return Table(
        "Sweep: whole rounds",
        "Seconds for everybody, flat out: targets read, probed, weighed, verdicts and samples written, "
        "pulse packed.",
        ("addresses", "round", "s", "beside", "s", "ratio"),
        rows,
        (
            "its writes alone: `insert_many` of the commits, journaled by a majority, and `bulk_write` of "
            "the view documents, in thousands, with the same indexes and guards; the round reads, folds and "
            "decides besides, each device with a history of two events",
            "the devices service takes in the pulse in a process of its own; that is not in here",
        ),
    )


def _row(size: int, name: str, ours: float, beside: str, least: float, most: float) -> list[str]:
    kept = "reached" if ours <= most * least else "missed"
    told = f"{ratio(ours, least)} (≤ {most:g}: {kept})"
    return [f"{size:,}", name, number(ours), beside, number(least), told]


if __name__ == "__main__":
    print("\n".join(line for table in run(FULL) for line in table.lines()))
