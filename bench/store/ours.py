"""Our side of the store's figures: `python -m bench.store.ours CASE`, a job as JSON on standard input.

A job: {"uri", "database", "amqp", "seconds", "commits"}; the answer: {"rate"} per second. Each case uses
what a service uses, without Nameko.
"""

import netraven_chassis.patch  # noqa: F401 - before anything else opens a socket or makes a lock

# isort: split
import json
import sys
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import eventlet
from pymongo.database import Database

from bench.store.thing import LASTING, THING, VIEWS, Move, Moved, Register, context, draft, history
from netraven_chassis import mongo
from netraven_chassis.batch import Batch
from netraven_chassis.bus.publisher import ConfirmedPublisher
from netraven_chassis.clock import SystemClock
from netraven_chassis.core import Core
from netraven_chassis.eventlog.appender import Appender
from netraven_chassis.eventlog.log import EventLog
from netraven_chassis.generations import POINTER_TTL
from netraven_chassis.ids import new_id
from netraven_chassis.plan import Order
from netraven_chassis.relay import Relay

Job = dict[str, Any]


def append(job: Job, writers: int) -> float:
    """Commits per second that `writers` append, each to a stream of its own."""
    log = EventLog(_database(job))
    log.prepare()
    appender = Appender(log)

    def write(ident: str, number: int) -> None:
        (result,) = appender.append([draft(ident, number, Moved(f"rack {number}"))])
        if isinstance(result, Exception):
            raise result

    return _per_second(write, writers, job["seconds"])


def command(job: Job, writers: int) -> float:
    """Whole commands per second: read the stream, decide, append, write the view."""
    core = _core(job)
    core.prepare()

    def write(ident: str, number: int) -> None:
        # a thing of twenty events at most, as devices are: reading grows with the history
        ident, step = f"{ident}-{number // 20}", number % 20
        order = Register("thing") if step == 0 else Move(f"rack {step}")
        core.journal.handle(Order(THING, ident, order, context()))

    return _per_second(write, writers, job["seconds"])


def command_on_long(job: Job) -> float:
    """Whole commands per second of one thing that has a long history."""
    core = _core(job)
    core.prepare()
    core.log.commits.insert_many(history("long"))

    def write(_ident: str, number: int) -> None:
        core.journal.handle(Order(LASTING, "long", Move(f"other rack {number}"), context()))

    write("", 0)  # from here on there is a snapshot
    return _per_second(write, 1, job["seconds"])


def relay(job: Job) -> float:
    """Events per second from the log to the broker, confirmed, with lease and checkpoint."""
    database = _database(job)
    log = EventLog(database)
    log.prepare()
    publisher = ConfirmedPublisher(job["amqp"], "things.log")
    publisher.start()
    publisher.link.require()
    carrier = Relay("things", log, database, publisher.publish, new_id())
    began = time.perf_counter()
    while carrier.published < job["commits"]:
        carrier.turn()
    took = time.perf_counter() - began
    publisher.stop()
    return float(job["commits"]) / took


def rebuild(job: Job) -> float:
    """Events per second from the log into a new generation of views, without the wait for old readers."""
    core = _core(job)
    core.prepare()
    began = time.perf_counter()
    core.rebuild()
    took = time.perf_counter() - began - 2 * POINTER_TTL
    return float(job["commits"]) / took


def _per_second(write: Callable[[str, int], None], writers: int, seconds: float) -> float:
    counts = [0] * writers

    def go_on(writer: int, ident: str) -> None:
        while time.perf_counter() < until:
            counts[writer] += 1
            write(ident, counts[writer])

    began = time.perf_counter()
    until = began + seconds
    threads = [eventlet.spawn(go_on, number, new_id()) for number in range(writers)]
    for thread in threads:
        thread.wait()
    return sum(counts) / (time.perf_counter() - began)


def _database(job: Job) -> Database[dict[str, Any]]:
    return mongo.connect(job["uri"]).get_database(job["database"], **mongo.log_options)


def _core(job: Job) -> Core:
    def nobody(source: str, _after: int) -> Batch:
        raise LookupError(f"nothing is followed here, and not {source}")

    return Core("things", _database(job), [THING, LASTING], VIEWS, SystemClock(), nobody)


CASES: dict[str, Callable[[Job], float]] = {
    "append-1": partial(append, writers=1),
    "append-50": partial(append, writers=50),
    "command-1": partial(command, writers=1),
    "command-50": partial(command, writers=50),
    "command-long": command_on_long,
    "relay": relay,
    "rebuild": rebuild,
}

if __name__ == "__main__":
    json.dump({"rate": CASES[sys.argv[1]](json.load(sys.stdin))}, sys.stdout)
