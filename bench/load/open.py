"""An open loop: requests start at fixed moments, whether or not earlier ones have been answered.

Latency counts from the moment at which a request was due, so that a server that stops answering for a second
is charged with every request that this second should have seen. `python -m bench.load.open` is the generator,
a process of its own; `open_loop` runs it.
"""

from __future__ import annotations

import http.client
import itertools
import json
import statistics
import subprocess
import sys
import threading
import time
from dataclasses import asdict
from typing import Any

from bench.load.closed import NoLoad
from bench.load.target import POST_PATH, Target, address, device
from bench.rounds import Figure

CONNECTIONS = 32  # requests under way at once; a later one waits, and its wait counts
_LATE_SECONDS = 10.0


def open_loop(target: Target, rate: int, seconds: float) -> Figure:
    """Latencies at `rate` requests per second; the rate of the figure is what was answered. Raises NoLoad."""
    plan = json.dumps({"target": asdict(target), "rate": rate, "seconds": seconds})
    command = [sys.executable, "-m", "bench.load.open"]
    done = subprocess.run(
        command, input=plan, capture_output=True, text=True, timeout=seconds + 60, check=False
    )
    if done.returncode:
        raise NoLoad(f"the open loop failed: {done.stderr}")
    return Figure(**json.loads(done.stdout))


class Generator:
    """Sends the requests of one open loop from a pool of threads, each with a connection of its own."""

    def __init__(self, target: Target, rate: int, seconds: float) -> None:
        self._target = target
        self._rate = rate
        self._count = max(1, int(rate * seconds))
        self._numbers = itertools.count()
        self._answers: list[tuple[float, bool]] = []  # milliseconds, and whether all was well

    def run(self) -> Figure:
        """Send all; their latencies."""
        threads = [threading.Thread(target=self._send_some) for _ in range(CONNECTIONS)]
        self._began = time.perf_counter() + 0.05
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        took = time.perf_counter() - self._began
        p50, p99 = _percentiles([milliseconds for milliseconds, _ in self._answers])
        return Figure(self._count / took, p50, p99, sum(not good for _, good in self._answers))

    def _send_some(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self._target.port, timeout=_LATE_SECONDS)
        # next() of an itertools.count is one step of the interpreter: no two threads get the same number
        while (number := next(self._numbers)) < self._count:
            due = self._began + number / self._rate
            time.sleep(max(0.0, due - time.perf_counter()))
            good = self._send(connection, number)
            self._answers.append(((time.perf_counter() - due) * 1000, good))
        connection.close()

    def _send(self, connection: http.client.HTTPConnection, number: int) -> bool:
        target = self._target
        headers = {"Authorization": f"Bearer {target.token}"} if target.token else {}
        try:
            if target.network:
                body = device(address(target.network, number))
                connection.request("POST", POST_PATH, body, {**headers, "Content-Type": "application/json"})
            else:
                connection.request("GET", target.paths[number % len(target.paths)], headers=headers)
            answer = connection.getresponse()
            answer.read()
        except (OSError, http.client.HTTPException):
            connection.close()
            return False
        return answer.status < 400


def _percentiles(milliseconds: list[float]) -> tuple[float, float]:
    if len(milliseconds) == 1:
        return milliseconds[0], milliseconds[0]
    cuts = statistics.quantiles(milliseconds, n=100, method="inclusive")
    return cuts[49], cuts[98]


def _main() -> None:
    plan: dict[str, Any] = json.load(sys.stdin)
    figure = Generator(Target(**plan["target"]), plan["rate"], plan["seconds"]).run()
    json.dump(asdict(figure), sys.stdout)


if __name__ == "__main__":
    _main()
