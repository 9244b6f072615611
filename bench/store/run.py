"""The store's figures: which case of ours is beside which of the peers', each in a process of its own."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from typing import Any

from kombu import Connection, Exchange, Queue
from pymongo import MongoClient

from bench.apart import apart
from bench.effort import Effort
from bench.report import Table, number, ratio
from bench.rounds import Figure, medians
from bench.store.thing import LONG_HISTORY, documents
from bench.tell import tell
from tests.servers.mongod import Mongod
from tests.servers.rabbitmq import RabbitMQ

# (what, our case, [(the peer's case, what it is)])
WRITES = (
    ("append, 1 writer", "append-1", [("insert-one", "insert_one, 1 thread")]),
    (
        "append, 50 writers",
        "append-50",
        [("insert-many", "insert_many of 50"), ("insert-one-50", "insert_one, 50 threads")],
    ),
    ("whole command, 1 writer", "command-1", [("by-hand-1", "find, insert_one, update_one by hand")]),
    ("whole command, 50 writers", "command-50", [("by-hand-50", "the same, 50 threads")]),
    (
        f"whole command, 1 writer, after {LONG_HISTORY:,} of the same thing",
        "command-long",
        [("command-1", "ours, after twenty at most")],
    ),
)
READS = (
    (
        "relay",
        "relay",
        [("publish-ranges", "find, pack, publish: same messages"), ("publish-each", "a message per commit")],
    ),
    ("rebuild", "rebuild", [("bulk-write", "find, decode, bulk_write")]),
)
_numbers = itertools.count(1)


def run(effort: Effort) -> list[Table]:
    """Writes, then what reads a log of so many commits."""
    with Mongod() as mongod, RabbitMQ() as broker:
        job = {"uri": mongod.uri, "amqp": broker.uri, "seconds": effort.appends, "commits": effort.commits}
        _make_log(mongod.uri, effort.commits)
        _make_queue(broker.uri)
        figures = medians(_cases(WRITES, lambda: _fresh(job)), effort.rounds, tell)
        figures |= medians(_cases(READS, lambda: _loaded(job)), effort.rounds, tell)
    rows = [row for what, ours, peers in (*WRITES, *READS) for row in _rows(what, ours, peers, figures)]
    return [_table(rows, effort)]


def _cases(table: tuple[Any, ...], make_job: Callable[[], dict[str, Any]]) -> dict[str, Callable[[], Figure]]:
    cases: dict[str, Callable[[], Figure]] = {}
    for _what, ours, peers in table:
        cases[ours] = lambda ours=ours: _case("bench.store.ours", ours, make_job())  # type: ignore[misc]
        for peer, _said in peers:
            if peer not in cases:  # else it is one of ours
                cases[peer] = lambda peer=peer: _case("bench.store.plain", peer, make_job())  # type: ignore[misc]
    return cases


def _case(module: str, name: str, job: Mapping[str, Any]) -> Figure:
    return Figure(float(apart(module, name, job=job)["rate"]))


def _fresh(job: Mapping[str, Any]) -> dict[str, Any]:
    """The job over a database of its own."""
    return {**job, "database": f"appends_{next(_numbers)}"}


def _loaded(job: Mapping[str, Any]) -> dict[str, Any]:
    """The job over the log that is there, relayed from its beginning and followed by an empty queue."""
    with MongoClient[dict[str, Any]](job["uri"]) as client:
        client["loaded"]["relay"].drop()
    with Connection(job["amqp"]) as connection:
        _queue()(connection.default_channel).purge()
    return {**job, "database": "loaded"}


def _make_log(uri: str, commits: int) -> None:
    with MongoClient[dict[str, Any]](uri) as client:
        client["loaded"]["commits"].insert_many(documents(commits))


def _make_queue(amqp: str) -> None:
    with Connection(amqp) as connection:
        _queue()(connection.default_channel).declare()


def _queue() -> Queue:
    return Queue("things.follower", Exchange("things.log", type="fanout", durable=True), durable=True)


def _rows(what: str, ours: str, peers: Any, figures: Mapping[str, Figure]) -> list[list[str]]:
    mine = figures[ours].rate
    return [
        [what, number(mine), said, number(figures[peer].rate), ratio(mine, figures[peer].rate)]
        for peer, said in peers
    ]


def _table(rows: list[list[str]], effort: Effort) -> Table:
    return Table(
        f"Store ({effort.commits:,} commits to relay and rebuild)",
        "Commits per second. Everything written is journaled and acknowledged by the majority on both sides.",
        ("what", "ours/s", "peer", "peer/s", "ratio"),
        rows,
        (
            "append: a gapless position, a stream version and a command id, each guarded by a unique index",
            "whole command: the stream is read and folded, decided upon, appended, and the view is written; "
            "a long one is read from its last snapshot on",
            "relay: with its lease and a checkpoint after every range; rebuild: guarded writes beside the "
            "live views, without the two seconds in which readers of the old views let go of them",
        ),
    )
