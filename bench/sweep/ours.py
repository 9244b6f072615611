"""Our side of the sweeps: `python -m bench.sweep.ours CASE`, a job as JSON on standard input.

A job: {"addresses": how many, "uri", "database", "rounds"}; the answer: {"rate"} in probes per second, or for
`rounds` {"alone", "quiet", "changing", "writes"}: seconds for all addresses, medians of the rounds, taken
in turns.
"""

import netraven_chassis.patch  # noqa: F401 - before anything else opens a socket or makes a lock

# isort: split
import json
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

from bench.sweep.addresses import loopback
from bench.sweep.fleet import Fleet
from bench.sweep.writes import Writes
from netraven_monitor.engine import Engine

Job = dict[str, Any]


def engine(job: Job) -> dict[str, float]:
    """The engine alone, flat out."""
    addresses, engine_ = loopback(job["addresses"]), Engine()
    engine_.sweep(addresses[:100])
    began = time.perf_counter()
    answers = engine_.sweep(addresses)
    took = time.perf_counter() - began
    if None in answers.latencies:
        raise RuntimeError("the engine did not reach everybody")
    return {"rate": len(addresses) / took}


def rounds(job: Job) -> dict[str, float]:
    """A whole round: quiet, and one in which every status changes; beside probing and writing alone."""
    addresses = loopback(job["addresses"])
    fleet = Fleet(job["uri"], job["database"], addresses)
    writes = Writes(fleet.database, fleet.ids)
    fleet.sweep()
    taken: dict[str, list[float]] = {"alone": [], "quiet": [], "changing": [], "writes": []}
    for _ in range(job["rounds"]):
        for _ in range(3):
            taken["alone"].append(_seconds(lambda: fleet.engine.sweep(addresses)))
            taken["quiet"].append(_seconds(fleet.sweep))
        fleet.forget()
        taken["changing"].append(_seconds(fleet.sweep))
        taken["writes"].append(_seconds(writes.write))
    return {name: statistics.median(seconds) for name, seconds in taken.items()}


def _seconds(step: Callable[[], object]) -> float:
    began = time.perf_counter()
    step()
    return time.perf_counter() - began


CASES: dict[str, Callable[[Job], dict[str, float]]] = {"engine": engine, "rounds": rounds}

if __name__ == "__main__":
    json.dump(CASES[sys.argv[1]](json.load(sys.stdin)), sys.stdout)
