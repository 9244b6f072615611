"""The peer: Netmiko as its documentation shows it, in as many processes, each with as many threads.

`python -m bench.backups.bare`, a job as JSON on standard input; the answer: {"rate"} in backups per second,
{"processor"} in seconds for all of them.
"""

from __future__ import annotations

import json
import multiprocessing
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.connection import Connection
from typing import Any

from netmiko import ConnectHandler

from netraven_jobs.platforms import PLATFORMS


def backup(job: dict[str, Any], device: tuple[str, int]) -> int:
    """Back one up; how many characters that were."""
    row = PLATFORMS[job["platform"]]
    with ConnectHandler(
        device_type=job["platform"],
        host=device[0],
        port=device[1],
        username=job["username"],
        password=job["password"],
        secret=job["enable"],
    ) as connection:
        if row.privileged:
            connection.enable()
        return sum(len(connection.send_command(command, read_timeout=60)) for command in row.shows)


def process(job: dict[str, Any], devices: list[tuple[str, int]], pipe: Connection) -> None:
    """One process of it: says that it is ready, waits for the word, says that it is done."""
    with ThreadPoolExecutor(job["sessions"]) as pool:
        pipe.send("ready")
        pipe.recv()
        began = time.process_time()
        sizes = list(pool.map(lambda device: backup(job, device), devices))
    pipe.send((min(sizes), time.process_time() - began))


def main(job: dict[str, Any]) -> dict[str, float]:
    """Back all of them up; each process has its share."""
    spawn, count = multiprocessing.get_context("spawn"), job["processes"]
    pipes = []
    for number in range(count):
        ours, theirs = spawn.Pipe()
        spawn.Process(target=process, args=(job, job["devices"][number::count], theirs), daemon=True).start()
        pipes.append(ours)
    for pipe in pipes:
        pipe.recv()
    began = time.perf_counter()
    for pipe in pipes:
        pipe.send("go")
    told = [pipe.recv() for pipe in pipes]
    took = time.perf_counter() - began
    if min(size for size, _ in told) < 100:
        raise RuntimeError("a configuration did not come whole")
    return {"rate": len(job["devices"]) / took, "processor": sum(seconds for _, seconds in told)}


if __name__ == "__main__":
    json.dump(main(json.load(sys.stdin)), sys.stdout)
