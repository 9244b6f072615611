"""The other side: the same documents by pymongo and py-amqp alone, with the same write concern and indexes.

`python -m bench.store.plain CASE`, a job as in ours.py. Real threads, no eventlet, no guard of any kind.
"""

from __future__ import annotations

import itertools
import json
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import orjson
from kombu import Connection
from pymongo import MongoClient, UpdateOne
from pymongo.collection import Collection
from pymongo.database import Database

from bench.store.thing import INDEXES, Moved, draft
from netraven_chassis.batch import pack
from netraven_chassis.eventlog.commit import WIRE, to_document
from netraven_chassis.eventlog.log import EventLog
from netraven_chassis.ids import new_id

Job = dict[str, Any]
_BULK = 1000


def insert_one(job: Job, writers: int, command: bool = False) -> float:
    """Inserts per second, one by one by each of `writers`; for a command also one read and one upsert."""
    database = _database(job)
    commits, views = _commits(database), database["views_by_hand"]
    positions = itertools.count(1)

    def write(ident: str, number: int) -> None:
        ident, step = (f"{ident}-{number // 20}", number % 20) if command else (ident, number)
        if command:
            list(commits.find({"stream": f"thing-{ident}"}).sort("first", 1))
        event = Moved(f"rack {number}")
        commits.insert_one(to_document(draft(ident, step + 1, event), next(positions)))
        if command:
            views.update_one({"_id": ident}, {"$set": {"place": event.place}}, upsert=True)

    return _per_second(write, writers, job["seconds"])


def insert_many(job: Job) -> float:
    """Inserts per second in batches of 50, as many as 50 writers have waiting at once."""
    commits = _commits(_database(job))
    positions = itertools.count(1)

    def write(ident: str, number: int) -> None:
        first = number * 50
        drafts = [draft(ident, first + n, Moved(f"rack {n}")) for n in range(50)]
        commits.insert_many([to_document(one, next(positions)) for one in drafts])

    return 50 * _per_second(write, 1, job["seconds"])


def publish_ranges(job: Job) -> float:
    """Events per second read and published in messages of 256 kB, each confirmed: no lease, no checkpoint."""
    commits = _commits(_database(job))

    def bodies() -> Iterator[bytes]:
        for after in range(0, job["commits"], _BULK):
            found = commits.find({"position": {"$gt": after}}, WIRE, sort=[("position", 1)], limit=_BULK)
            yield from pack("things", "log", after, list(found), job["commits"])

    return float(job["commits"]) / _published(job, bodies())


def publish_each(job: Job) -> float:
    """Events per second, each commit a message of its own, each confirmed: the usual outbox.

    Over a tenth of the log, for it takes its time.
    """
    commits = _commits(_database(job))
    wanted = max(1, job["commits"] // 10)
    found = commits.find({}, WIRE, sort=[("position", 1)], limit=wanted)
    return wanted / _published(job, (orjson.dumps(document) for document in found))


def bulk_write(job: Job) -> float:
    """Events per second found, decoded, folded by hand and written as documents in bulk."""
    database = _database(job)
    target = database[f"things_{new_id()}"]
    target.create_indexes(INDEXES)
    began = time.perf_counter()
    pending: list[UpdateOne] = []
    commits = _commits(database).find({}, sort=[("stream", 1), ("first", 1)])
    for stream, group in itertools.groupby(commits, lambda document: document["stream"]):
        fields: dict[str, Any] = {}
        for document in group:
            for event in document["events"]:
                fields.update(event["d"])
            fields["updated_at"] = document["at"]
        pending.append(UpdateOne({"_id": stream}, {"$set": fields}, upsert=True))
        if len(pending) == _BULK:
            target.bulk_write(pending, ordered=False)
            pending = []
    if pending:
        target.bulk_write(pending, ordered=False)
    return float(job["commits"]) / (time.perf_counter() - began)


def _published(job: Job, bodies: Iterator[bytes]) -> float:
    """The seconds that it took to publish them, one after the other."""
    with Connection(job["amqp"]) as connection, connection.channel() as channel:
        began = time.perf_counter()
        for body in bodies:
            message = channel.prepare_message(body, content_type="application/json")
            channel.basic_publish_confirm(message, exchange="things.log")
        return time.perf_counter() - began


def _per_second(write: Callable[[str, int], None], writers: int, seconds: float) -> float:
    began = time.perf_counter()
    until = began + seconds

    def go_on(ident: str) -> int:
        for number in itertools.count():
            if time.perf_counter() >= until:
                return number
            write(ident, number)
        return 0

    with ThreadPoolExecutor(writers) as pool:
        written = sum(pool.map(go_on, [new_id() for _ in range(writers)]))
    return written / (time.perf_counter() - began)


def _database(job: Job) -> Database[dict[str, Any]]:
    client: MongoClient[dict[str, Any]] = MongoClient(job["uri"], w="majority", journal=True, maxPoolSize=100)
    return client[job["database"]]


def _commits(database: Database[dict[str, Any]]) -> Collection[dict[str, Any]]:
    """The log's collection with the log's indexes."""
    log = EventLog(database)
    log.prepare()
    return log.commits


CASES: dict[str, Callable[[Job], float]] = {
    "insert-one": partial(insert_one, writers=1),
    "insert-one-50": partial(insert_one, writers=50),
    "insert-many": insert_many,
    "by-hand-1": partial(insert_one, writers=1, command=True),
    "by-hand-50": partial(insert_one, writers=50, command=True),
    "publish-ranges": publish_ranges,
    "publish-each": publish_each,
    "bulk-write": bulk_write,
}

if __name__ == "__main__":
    json.dump({"rate": CASES[sys.argv[1]](json.load(sys.stdin))}, sys.stdout)
