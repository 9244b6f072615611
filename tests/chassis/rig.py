"""A store of counters put together for a test: its clock, its neighbour's log, orders, and what the views
show.
"""

from __future__ import annotations

import random

import eventlet

from netraven_chassis.batch import Batch
from netraven_chassis.eventlog.commit import Commit, Recorded
from netraven_chassis.plan import Order
from netraven_contracts.errors import Unavailable
from tests.chassis.counter import COUNTER, context


class Ticks:
    """A clock that tests set."""

    def __init__(self):
        self.time = 1000

    def now(self):
        return self.time


class OtherLog:
    """Another service's log, as its log_range would give it."""

    def __init__(self):
        self.commits: list[Commit] = []
        self.log_id = "other-1"
        self.pulls = 0

    def say(self, ident, amount):
        position = len(self.commits) + 1
        events = (Recorded("Remarked", 1, {"amount": amount}),)
        self.commits.append(Commit(f"remark-{ident}", 1, events, position, 1, {}, None, None, None, None))

    def batch(self, after, through=None):
        commits = tuple(self.commits[after:through])
        return Batch("other", self.log_id, after, after + len(commits), commits, len(self.commits))

    def pull(self, _source, after):
        self.pulls += 1
        return self.batch(after)


def order(ident, command, command_id=None, if_match=None, body_hash=None):
    return Order(COUNTER, ident, command, context(command_id or f"c{random.random()}", body_hash), if_match)


def insist(core, order):
    """Carry it out, asking again where a busy machine left no time for it, as careful clients do."""
    while True:
        try:
            return core.journal.handle(order)
        except Unavailable:
            eventlet.sleep(0.1)


def documents(core):
    found = core.generations.collection("counters").find({"live": True}, sort=[("_id", 1)])
    return {row["_id"]: (row["total"], row["plate"], row["versions"]["own"]) for row in found}
