"""Writing the log: entries a second from a worker into the store, and on to those who watch."""

from __future__ import annotations

import time
from collections.abc import Callable

import eventlet

from netraven_jobs.log_writer import LogWriter
from tests.gateway.log_house import Client, House

_LINE = "reading the running configuration of core-sw-{:04d} at 10.0.3.7: {} lines so far"


def stored(house: House, entries: int) -> float:
    """Entries a second through a worker's writer until a majority has them on disk."""
    return _rate(house, entries, lambda job: None)


def seen(house: House, entries: int) -> float:
    """Entries a second from the writer until a client of the job's stream has the last of them."""

    def watch(job: str) -> Callable[[], None]:
        client: Client = house.stream(f"/logs/stream?job_id={job}", timeout=120)
        reader = eventlet.spawn(client.events, entries)

        def last() -> None:
            if len(reader.wait()) < entries:
                raise AssertionError("the stream ended before its last entry")
            client.close()

        return last

    return _rate(house, entries, watch)


def _rate(house: House, entries: int, watch: Callable[[str], Callable[[], None] | None]) -> float:
    job = house.job()
    done = watch(job)
    writer = LogWriter(house.book, "worker", most=entries)
    writer.start()
    began = time.perf_counter()
    for number in range(entries):
        writer.write(job, None, "info", _LINE.format(number % 50, number), log_type="session")
    while not writer.flush(60):
        pass
    if done is not None:
        done()
    took = time.perf_counter() - began
    writer.stop()
    return entries / took
