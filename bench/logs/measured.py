"""The logs' figures: written and seen, open streams beside Starlette's, pages of long and short logs.

`python -m bench.logs.measured` reads an Effort as JSON and prints the tables as JSON: the worker's side of it
lives under eventlet's patch, which the rest of the bench does without.
"""

from __future__ import annotations

import netraven_chassis.patch  # noqa: F401 - before anything else opens a socket or makes a lock

# isort: split
import json
import statistics
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

from pymongo import MongoClient

from bench.effort import Effort
from bench.logs import paging, streaming, writing
from bench.report import Table, number, ratio
from bench.tell import tell
from tests.gateway.log_house import House, standing
from tests.servers.mongod import Mongod
from tests.servers.rabbitmq import RabbitMQ

_MOST_KB = 48.0
_MOST_TIMES = 2.0


def tables(effort: Effort) -> list[Table]:
    """All of them."""
    with _house() as house:
        # The streams first: later the process has memory to spare, and would not show what they take.
        streams = _streams(house, effort)
        written = [_writing(house, effort), _delays(house, effort)]
    return [*written, streams, _pages(effort)]


@contextmanager
def _house() -> Iterator[House]:
    with RabbitMQ() as broker, Mongod() as mongod, standing(broker.uri, mongod.uri) as house:
        yield house


def _writing(house: House, effort: Effort) -> Table:
    entries = max(1000, effort.commits)
    rows = []
    for name, measure in (("stored", writing.stored), ("stored and seen by 1 client", writing.seen)):
        tell(f"{entries} entries {name}")
        rates = [measure(house, entries) for _ in range(min(3, effort.rounds))]
        rows.append([name, number(statistics.median(rates))])
    return Table(
        "Logs: written",
        f"Log entries per second, {entries:,} of them, from a worker's writer.",
        ("until", "entries/s"),
        rows,
        ("stored: journaled by a majority, with all indexes; seen: read from its job's stream over HTTP",),
    )


def _delays(house: House, effort: Effort) -> Table:
    rows = []
    for clients, per_second in ((1, 500.0), (_crowd(effort), 10.0)):
        lines = max(5, int(per_second * effort.seconds))
        tell(f"{lines} lines to {clients} clients")
        told = streaming.measure(streaming.ours(house), clients, lines, per_second)
        lacking = lines * clients - told.lines
        rows.append([f"{clients:,}", number(per_second), number(told.p50), number(told.p99), str(lacking)])
    return Table(
        "Logs: delay",
        "Milliseconds from before an entry is written into the log until a client of its stream has it.",
        ("clients", "entries/s", "p50 ms", "p99 ms", "missing"),
        rows,
        ("the way: an insert journaled by a majority, a message over RabbitMQ, the gateway, the socket",),
    )


def _crowd(effort: Effort) -> int:
    return 1000 if effort.devices >= 1000 else 50


def _streams(house: House, effort: Effort) -> Table:
    clients = 5000 if effort.devices >= 1000 else 100
    lines = max(5, int(2 * effort.seconds))
    rows = []
    tell(f"{clients} open streams, ours")
    mine = streaming.measure(streaming.ours(house), clients, lines, 2.0)
    with streaming.starlette() as server:
        tell(f"{clients} open streams, Starlette's")
        theirs = streaming.measure(server, clients, lines, 2.0)
    for name, one in (("NetRaven", mine), ("Starlette, sse-starlette, uvicorn", theirs)):
        lacking = lines * clients - one.lines
        rows.append([name, number(one.kb), number(one.p50), number(one.p99), str(lacking)])
    kept = "reached" if mine.kb <= _MOST_KB else "missed"
    return Table(
        "Logs: open streams",
        f"{clients:,} clients of one log in one process, 2 entries per second to all of them.",
        ("server", "kB per stream", "p50 ms", "p99 ms", "missing"),
        rows,
        (
            f"kB: what the process grew by when they connected, for each (≤ {_MOST_KB:g}: {kept})",
            "our delay contains the way through log and RabbitMQ, the peer's a POST to the process itself",
            "one process reads all streams, and its own time for that is in both delays",
        ),
    )


def _pages(effort: Effort) -> Table:
    short, long = _lengths(effort)
    times = 300 if effort.devices >= 1000 else 20
    rows = []
    client: MongoClient[dict[str, Any]]
    with Mongod() as mongod, MongoClient(mongod.uri, retryWrites=False) as client:
        databases: dict[int, Any] = {length: client[f"logs_{length}"] for length in (short, long)}
        for length, database in databases.items():
            tell(f"filling a log with {length:,} entries")
            paging.fill(database, length)
        client.admin.command("fsync")  # or the checkpoint of so much data falls into the first answers
        asked = {length: paging.questions(length) for length in databases}
        for name in asked[short]:
            tell(f"pages by {name}")
            turns = [
                {n: paging.p99(databases[n], asked[n][name], times) for n in databases}
                for _ in range(min(3, effort.rounds))
            ]
            took = {n: statistics.median(turn[n] for turn in turns) for n in databases}
            kept = "reached" if took[long] <= _MOST_TIMES * took[short] else "missed"
            told = f"{ratio(took[long], took[short])} (≤ {_MOST_TIMES:g}: {kept})"
            rows.append([name, number(took[short]), number(took[long]), told])
    return Table(
        "Logs: pages",
        f"Milliseconds that 99 % of pages of 25 with totals take, in logs of {short:,} and {long:,} entries.",
        ("filter", f"{short:,}", f"{long:,}", "ratio"),
        rows,
        (
            "the jobs service's own query against mongod; totals are counted up to a bound",
            "the median of up to three turns, short and long in turn",
        ),
    )


def _lengths(effort: Effort) -> tuple[int, int]:
    if effort.devices < 1000:
        return 1000, 3000
    return 10_000, 1_000_000 if effort.devices >= 10_000 else 200_000


if __name__ == "__main__":
    print(json.dumps([asdict(table) for table in tables(Effort(**json.load(sys.stdin)))]))
