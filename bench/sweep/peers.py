"""The peers: fping as a process, and icmplib.multiping. Each asks every address once and gives probes per
second.

`python -m bench.sweep.peers CASE`, a job as JSON on standard input: {"addresses": how many}; the answer:
{"rate"}.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

from icmplib import multiping

from bench.sweep.addresses import loopback

Job = dict[str, Any]
# What it tells of itself, from its first packet to its last answer: starting and reading the list are left
# out.
_ELAPSED = re.compile(r"([\d.]+) sec \(elapsed real time\)")
_FINEST_SECONDS = 0.001  # what it tells no difference below
_MOST = 50_000
_ALIVE = re.compile(r"(\d+) alive")


def fping(job: Job) -> float:
    """As fast as it goes: `-i 0`, one probe each, no second try; in parts, for it has 65,535 sequences."""
    addresses = loopback(job["addresses"])
    parts = [addresses[at : at + _MOST] for at in range(0, len(addresses), _MOST)]
    return len(addresses) / sum(_fping(part) for part in parts)


def _fping(addresses: list[str]) -> float:
    done = subprocess.run(
        ["fping", "-i", "0", "-q", "-C", "1", "-t", "1000", "-s", "-f", "-"],
        input="\n".join(addresses),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    elapsed, alive = _ELAPSED.search(done.stderr), _ALIVE.search(done.stderr)
    if elapsed is None or alive is None or int(alive[1]) != len(addresses):
        raise RuntimeError(f"fping did not reach everybody: {done.stderr[-500:]}")
    return max(float(elapsed[1]), _FINEST_SECONDS)


def icmplib(job: Job) -> float:
    """Its many-address call with no pause between packets and as many tasks as it takes by itself."""
    addresses = loopback(job["addresses"])
    began = time.perf_counter()
    hosts = multiping(addresses, count=1, interval=0, timeout=2)
    took = time.perf_counter() - began
    if not all(host.is_alive for host in hosts):
        raise RuntimeError("icmplib did not reach everybody")
    return len(addresses) / took


CASES: dict[str, Callable[[Job], float]] = {"fping": fping, "icmplib": icmplib}

if __name__ == "__main__":
    json.dump({"rate": CASES[sys.argv[1]](json.load(sys.stdin))}, sys.stdout)
