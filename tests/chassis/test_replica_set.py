"""The log on three members that lag and change their primary in the middle of writes: no phantom, no hole."""

from __future__ import annotations

from contextlib import ExitStack

import eventlet
import pytest
from pymongo.read_concern import ReadConcern

from netraven_chassis import mongo
from netraven_chassis.core import Core
from netraven_chassis.faults import infrastructure
from netraven_chassis.plan import Order, Outcome
from tests.chassis.counter import COUNTER, VIEWS, Add, context
from tests.chassis.rig import OtherLog, Ticks
from tests.patience import until


class Witness:
    """A follower that notes which command it saw at which position, for ever."""

    def __init__(self, core):
        self.seen: dict[int, set[str]] = {}
        self.core = core
        self.position = 0

    def look(self):
        for commit in self.core.log.range(self.position, 500):
            self.seen.setdefault(commit.position, set()).add(commit.command_id)
            self.position = commit.position


class Writers:
    """Ten of them, over two processes' worth of stores; they note what was acknowledged."""

    def __init__(self, cores):
        self.cores = cores
        self.stop = eventlet.event.Event()
        self.acknowledged: dict[str, Outcome] = {}
        self.waiting: set[str] = set()

    def write(self, number):
        count = 0
        while not self.stop.ready():
            count += 1
            command_id = f"w{number}-{count}"
            order = Order(COUNTER, f"c{number}", Add(1), context(command_id))
            self.waiting.add(command_id)
            try:
                self.acknowledged[command_id] = self.cores[number % 2].journal.handle(order)
            except Exception as error:
                assert infrastructure(error), error
                eventlet.sleep(0.1)
            finally:
                self.waiting.remove(command_id)


def follow(witness, stop):
    while not stop.ready():
        try:
            witness.look()
        except Exception as error:
            assert infrastructure(error), error
        eventlet.sleep(0.02)


def make_core(client):
    database = client.get_database("steps", **mongo.log_options)
    core = Core("counters", database, [COUNTER], VIEWS, Ticks(), OtherLog().pull)
    core.prepare()
    return core


def depose(replica_set, writers):
    """Let the primary write what no majority has, and then make another member primary."""
    replica_set.delay_replication()
    deposed = replica_set.primary()
    with mongo.connect(deposed.uri) as client:
        commits = client["steps"][writers.cores[0].log.commits.name]
        until(lambda: _is_ahead(commits))
    until(lambda: writers.waiting)  # the step-down meets writers
    replica_set.step_down(15)
    replica_set.delay_replication(False)
    replica_set.wait_primary(deposed)


def _is_ahead(commits):
    """Whether this member has commits that no majority has."""
    one, most = (
        commits.with_options(read_concern=ReadConcern(level)).count_documents({})
        for level in ("local", "majority")
    )
    return one > most


def more(writers):
    """Wait until fifty more were acknowledged."""
    wanted = len(writers.acknowledged) + 50
    until(lambda: len(writers.acknowledged) >= wanted)


@pytest.fixture
def clients(replica_set):
    with ExitStack() as stack:
        yield [stack.enter_context(mongo.connect(replica_set.uri)) for _ in range(3)]


def test_a_step_down_under_delayed_replication_leaves_no_phantom_and_no_hole(replica_set, clients):
    cores = [make_core(client) for client in clients]
    witness, writers = Witness(cores[2]), Writers(cores)
    threads = [eventlet.spawn(writers.write, number) for number in range(10)]
    threads.append(eventlet.spawn(follow, witness, writers.stop))
    more(writers)
    for _ in range(2):
        depose(replica_set, writers)
        more(writers)
    writers.stop.send()
    for thread in threads:
        thread.wait()
    until(lambda: _settled(witness))

    commits = cores[2].log.range(0, 100_000)
    assert [commit.position for commit in commits] == list(range(1, len(commits) + 1))
    by_position = {commit.position: commit.command_id for commit in commits}
    assert witness.seen == {position: {command} for position, command in by_position.items()}
    assert len(set(by_position.values())) == len(by_position), "no command is there twice"
    for command, outcome in writers.acknowledged.items():
        assert by_position.get(outcome.position) == command
    assert len(writers.acknowledged) > 100


def _settled(witness):
    try:
        witness.look()
        return witness.position == witness.core.log.head()
    except Exception as error:
        assert infrastructure(error), error
        return False
