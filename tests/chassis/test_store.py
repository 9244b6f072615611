"""Two services that follow each other over a bus, in memory and over RabbitMQ, with a real database."""

from __future__ import annotations

import time

import pytest
from nameko.containers import ServiceContainer

from netraven_chassis import feed as feed_room
from netraven_chassis import generations, log_rpc, mongo
from netraven_chassis.batch import Batch
from netraven_chassis.bound import BoundStore
from netraven_chassis.bus import Reply, RpcClient, rpc
from netraven_chassis.bus.client import Caller
from netraven_chassis.feed import Feed
from netraven_chassis.log_rpc import LogRpc
from netraven_chassis.shortness import Shortness
from netraven_chassis.store import Store
from netraven_chassis.views import LIVE, ViewSet
from netraven_contracts.errors import Unavailable
from tests.chassis.counter import COUNTER, VIEWS, Add, SetPlate, put_counter
from tests.patience import patience, until
from tests.servers.services import connected, databases, running

ACTOR = {"id": "u1", "name": "ann", "role": "admin"}


class CountersService(LogRpc):
    """Counts."""

    name = "counters"
    store = Store(COUNTER, views=ViewSet(collections=VIEWS.collections, folds={"counter": put_counter}))

    @rpc
    def add(self, ident: str, amount: int):
        outcome = self.store.handle(COUNTER, ident, Add(amount))
        return Reply({"total": outcome.state.total}, {"version": outcome.version})

    @rpc
    def show(self, ident: str):
        return self.store.collection("counters").find_one({"_id": ident, **LIVE}, {"_id": 1, "total": 1})

    @rpc
    def names(self):
        return [self.store.new_id(), self.store.new_id("second")]


def put_copies(writer, commits):
    for commit in commits:
        writer.put("copies", commit.subject, commit.position, {"last": commit.last})


def plate_for_each(store: BoundStore, commit):
    store.handle(COUNTER, commit.subject, SetPlate(f"plate-{commit.subject}"))


class WatchersService(LogRpc):
    """Keeps a copy of what was counted, and reacts to it."""

    name = "watchers"
    store = Store(
        COUNTER,
        views=ViewSet(collections={"copies": []}, follows={"counters": put_copies}),
        reactions={"counters": plate_for_each},
    )
    counters = RpcClient("counters")

    @rpc
    def copies(self):
        return {row["_id"]: row["last"] for row in self.store.collection("copies").find(LIVE)}

    @rpc
    def see(self, ident: str, through: int):
        self.store.catch_up("counters", through)
        return self.store.collection("copies").find_one({"_id": ident})["last"]


@pytest.fixture
def bus(either_bus, mongod, settings_for):
    with databases(mongod.uri) as prefix, connected(either_bus):
        settings_for(MONGODB_URI=mongod.uri, NETRAVEN_DATABASE_PREFIX=prefix)
        yield either_bus


@pytest.fixture
def caller(bus):
    made = Caller(bus, "test")
    made.start()
    assert made.link.wait_until_up(patience(20))
    yield made
    made.stop()


def test_a_follower_sees_what_is_counted_and_reacts_once(bus, caller):
    with running(CountersService, WatchersService):
        counters, watchers = caller.client("counters", data={"actor": ACTOR}), caller.client("watchers")
        for ident in "abc":
            assert counters.add(ident=ident, amount=2) == {"total": 2}
        until(lambda: watchers.copies() == {"a": 2, "b": 2, "c": 2})
        until(lambda: watchers.log_head()["head"] == 3)
        commit = watchers.log_range(after=0)["commits"][0]
        assert commit["actor"] == {"id": "watchers", "name": "watchers"}
        assert commit["causation_id"] == "counters:1"
        assert counters.log_range(after=0)["commits"][0]["actor"] == {"id": "u1", "name": "ann"}


def test_a_repeated_command_makes_the_same_id_and_counts_once(bus, caller):
    with running(CountersService):
        client = caller.client("counters", data={"command_id": "c1", "actor": ACTOR})
        assert client.names() == client.names()
        assert len(set(client.names())) == 2
        first, again = client.raw("add", ident="a", amount=2), client.raw("add", ident="a", amount=2)
        assert (first.body, first.meta) == (again.body, again.meta)


def test_catching_up_shows_what_another_service_has_just_done(bus, caller):
    with running(CountersService, WatchersService):
        counters, watchers = caller.client("counters"), caller.client("watchers")
        for _ in range(20):
            counters.add(ident="a", amount=1)
            head = counters.log_head()["head"]
            assert watchers.see(ident="a", through=head) == head


def test_a_follower_that_was_away_pulls_what_it_missed(bus, caller, monkeypatch):
    monkeypatch.setattr(log_rpc, "RANGE", 20)
    with running(CountersService):
        with running(WatchersService):
            caller.client("counters").add(ident="a", amount=1)
            until(lambda: caller.client("watchers").copies() == {"a": 1})
        for number in range(50):
            caller.client("counters").add(ident=f"n{number}", amount=1)
        with running(WatchersService):
            until(lambda: len(caller.client("watchers").copies()) == 51)


def test_a_rebuild_gives_the_same_views(bus, caller):
    with running(CountersService, WatchersService):
        counters, watchers = caller.client("counters"), caller.client("watchers")
        for number in range(50):
            counters.add(ident=f"n{number}", amount=1)
        until(lambda: len(watchers.copies()) == 50)
        before = watchers.copies()
        assert watchers.rebuild()["state"] == "running"
        until(lambda: watchers.rebuild_state()["state"] == "done"), watchers.rebuild_state()
        assert watchers.copies() == before
        counters.add(ident="after", amount=1)
        until(lambda: len(watchers.copies()) == 51)


def put_sums(writer, folded):
    writer.put("counters", folded.id, folded.version, {"sum": folded.state.total})


class NewerCountersService(CountersService):
    """Counts, and shows it in another form."""

    store = Store(
        COUNTER, views=ViewSet(collections={"counters": [], "more": []}, folds={"counter": put_sums}, shape=2)
    )

    @rpc
    def sums(self):
        return {row["_id"]: row["sum"] for row in self.store.collection("counters").find({"sum": {"$gt": 0}})}


def test_views_of_an_older_shape_are_made_anew_when_a_service_starts(bus, caller, monkeypatch):
    monkeypatch.setattr(generations, "POINTER_TTL", 0.05)
    with running(CountersService):
        for ident in "abc":
            caller.client("counters").add(ident=ident, amount=2)
    with running(NewerCountersService):
        until(lambda: caller.client("counters").sums() == {"a": 2, "b": 2, "c": 2})
        until(lambda: caller.client("counters").rebuild_state()["state"] == "done")
        (pointer,) = mongo.database("counters")["views"].find({"_id": "pointer"})
        assert pointer["shape"] == 2


class Listener:
    """What a feed's subscriber notes."""

    def __init__(self):
        self.resets = 0
        self.positions: list[int] = []

    def reset(self):
        self.resets += 1

    def hear(self, commits):
        self.positions.extend(commit.position for commit in commits)


def test_a_feed_hears_every_commit_from_its_start_on(bus, caller):
    class ListenersService:
        name = "listeners"
        feed = Feed("counters")

        @rpc
        def ping(self):
            return "pong"

    with running(CountersService):
        caller.client("counters").add(ident="before", amount=1)
        listener = Listener()
        container = ServiceContainer(ListenersService)
        feed = next(iter(container.dependencies))
        feed.subscribe("counters", listener.hear, listener.reset)
        container.start()
        began = time.monotonic()
        try:
            until(lambda: listener.resets == 1)
            for number in range(30):
                caller.client("counters").add(ident=f"n{number}", amount=1)
            until(lambda: listener.positions[-1:] == [31])
            assert [position for position in listener.positions if position > 1] == list(range(2, 32))
            assert listener.resets == 1
            assert began < feed.last_heard("counters") <= time.monotonic()
        finally:
            container.stop()


def test_a_service_that_is_not_there_is_unavailable(bus, caller):
    with pytest.raises(Unavailable):
        caller.client("nobody", timeout=1).anything()


def test_a_feed_reads_its_snapshots_anew_when_the_log_was_restored_to_an_earlier_state() -> None:
    seconds = [0.0]
    channel, listener = feed_room.Channel(), Listener()
    channel._shortness = Shortness(lambda: seconds[0])
    channel.subscribers.append(feed_room.Subscriber(listener.hear, listener.reset))

    def hello(head: int) -> None:
        channel.receive(Batch("counters", "same", head, head, (), head))
        seconds[0] += 5.0

    for head in (9, 9, 4, 9, 9, 9, 9, 9):  # one told again by a relay that took over
        hello(head)
    assert listener.resets == 1
    for _ in range(5):
        hello(4)
    assert listener.resets == 2
