"""Our side of the sweeps: `python -m bench.sweep.ours CASE`, a job as JSON on standard input.

A job: {"addresses": how many, "uri", "database"}; the answer: {"rate"} in probes per second, or for `rounds`
{"alone", "quiet", "changing", "writes"}: seconds for all addresses.
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
QUIET_ROUNDS = 7


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
    """A whole round: quiet, and one in which every status changes; beside probing and writing alone.

    Every device has a history of two events then: it was seen online, and lost sight of.
    """
    addresses = loopback(job["addresses"])
    fleet = Fleet(job["uri"], job["database"], addresses)
    writes = Writes(fleet.database, fleet.ids)
    fleet.sweep()
    fleet.sweep()
    alone, quiet = [], []
    for _ in range(QUIET_ROUNDS):
        alone.append(_seconds(lambda: fleet.engine.sweep(addresses)))
        quiet.append(_seconds(fleet.sweep))
    fleet.forget()
    taken = {"alone": statistics.median(alone), "quiet": statistics.median(quiet)}
    return taken | {"changing": _seconds(fleet.sweep), "writes": _seconds(writes.write)}


def _seconds(step: Callable[[], object]) -> float:
    began = time.perf_counter()
    step()
    return time.perf_counter() - began


CASES: dict[str, Callable[[Job], dict[str, float]]] = {"engine": engine, "rounds": rounds}

if __name__ == "__main__":
    json.dump(CASES[sys.argv[1]](json.load(sys.stdin)), sys.stdout)
