"""The relay: every commit in order, at least once, by one relay at a time, whatever dies in between."""

from __future__ import annotations

import eventlet
import orjson
import pytest
from bson import ObjectId

from netraven_chassis import relay as relays
from netraven_chassis.batch import MESSAGE_BYTES, decode
from netraven_chassis.eventlog.appender import Appender
from netraven_chassis.eventlog.commit import Draft, Recorded
from netraven_chassis.eventlog.log import EventLog
from netraven_chassis.relay import Relay
from netraven_contracts.errors import Unavailable
from tests.chassis.counter import context
from tests.patience import patience


@pytest.fixture
def event_log(database):
    made = EventLog(database)
    made.prepare()
    return made


@pytest.fixture
def append(event_log):
    appender = Appender(event_log)

    def some(count, size=10):
        data = {"text": "x" * size}
        drafts = [
            Draft(
                str(ObjectId()), f"counter-{ObjectId()}", 1, (Recorded("Added", 1, data),), 1, context(str(n))
            )
            for n in range(count)
        ]
        return appender.append(drafts)

    return some


class Bus:
    """Keeps what was published; breaks when told."""

    def __init__(self):
        self.bodies: list[bytes] = []
        self.broken_after: int | None = None

    def publish(self, body):
        if self.broken_after is not None and len(self.bodies) >= self.broken_after:
            raise Unavailable("the broker is away")
        self.bodies.append(body)

    @property
    def batches(self):
        return [decode(orjson.loads(body)) for body in self.bodies]

    @property
    def positions(self):
        return [commit.position for batch in self.batches for commit in batch.commits]


@pytest.fixture
def bus():
    return Bus()


@pytest.fixture
def make_relay(event_log, database, bus):
    def make(owner="one", publish=None):
        return Relay("counters", event_log, database, publish or bus.publish, owner, poll_seconds=0.02)

    return make


def expire_lease(database):
    database["relay"].update_one({"_id": "lease"}, [{"$set": {"expires": "$$NOW"}}])


def test_what_is_in_the_log_is_published_in_order(append, make_relay, bus):
    append(25)
    assert make_relay().turn()
    assert bus.positions == list(range(1, 26))


def test_a_large_range_goes_out_in_messages_of_bounded_size(append, make_relay, bus):
    append(60, size=20_000)
    make_relay().turn()
    assert bus.positions == list(range(1, 61))
    assert len(bus.bodies) > 4
    assert max(map(len, bus.bodies)) < MESSAGE_BYTES + 25_000
    assert all(
        later.after == earlier.through for earlier, later in zip(bus.batches, bus.batches[1:], strict=False)
    )


def test_a_relay_that_dies_after_publishing_repeats_rather_than_loses(append, make_relay, bus, database):
    append(3)
    relay = make_relay()
    relay.turn()
    database["relay"].update_one({"_id": "checkpoint"}, {"$set": {"position": 1}})  # the move never happened
    expire_lease(database)
    make_relay("two").turn()
    assert bus.positions == [1, 2, 3, 2, 3]


def test_a_broker_that_goes_away_in_between_loses_nothing(append, make_relay, bus):
    append(40, size=20_000)
    relay = make_relay()
    bus.broken_after = 2
    with pytest.raises(Unavailable):
        relay.turn()
    bus.broken_after = None
    relay.turn()
    assert sorted(set(bus.positions)) == list(range(1, 41))


def test_only_one_of_two_relays_publishes(append, make_relay, bus):
    first, second = make_relay("one"), make_relay("two")
    append(5)
    assert first.turn()
    assert not second.turn()
    assert bus.positions == [1, 2, 3, 4, 5]


def test_a_relay_that_lost_its_lease_cannot_move_the_checkpoint_back(
    append, make_relay, database, monkeypatch
):
    monkeypatch.setattr(relays, "RENEW_SECONDS", 3600.0)
    slow = make_relay("slow")
    append(2)
    slow.turn()
    expire_lease(database)
    assert make_relay("next").turn()
    append(2)
    with pytest.raises(TimeoutError):
        slow.turn()  # it still believes in its lease: what it says twice is dropped by the followers
    assert database["relay"].find_one({"_id": "checkpoint"})["position"] == 2


def test_an_idle_relay_says_how_far_the_log_is(append, make_relay, bus):
    append(2)
    make_relay().turn()
    relay = make_relay("one")
    relay.turn()
    assert (bus.batches[-1].through, bus.batches[-1].commits) == (2, ())


def test_a_running_relay_is_woken_by_an_append_and_stops_at_once(append, make_relay, bus):
    relay = make_relay()
    thread = eventlet.spawn(relay.run)
    eventlet.sleep(0.1)
    append(1)
    relay.wake()
    with eventlet.Timeout(patience(20)):
        while bus.positions != [1]:
            eventlet.sleep(0.01)
    relay.stop()
    with eventlet.Timeout(patience(20)):
        thread.wait()
