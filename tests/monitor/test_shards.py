"""Instances share the fleet: every shard has one holder, shares are even, the dead are replaced."""

from __future__ import annotations

import eventlet
import pytest

from netraven_monitor.schedule import SHARDS
from netraven_monitor.shards import Pool, Shards
from tests.monitor.rig import Mongo

ALL = frozenset(range(SHARDS))


# Nobody's time is to run out while a busy machine gets round to all of them.
def instance(database: Mongo, name: str, *locations: str, ttl_ms: int = 120_000) -> Shards:
    made = Shards(database, name, Pool(locations), ttl_ms)
    made.prepare()
    return made


def settle(*instances: Shards) -> None:
    for _ in range(3):
        for one in instances:
            one.refresh()


def test_one_alone_holds_everything_and_says_so_once(database: Mongo) -> None:
    one = instance(database, "one")
    assert one.held == frozenset()
    assert one.refresh() == ALL
    assert one.refresh() == frozenset()
    assert one.held == ALL


def test_a_second_one_gets_its_half(database: Mongo) -> None:
    one, two = instance(database, "one"), instance(database, "two")
    one.refresh()
    settle(two, one)
    assert one.held | two.held == ALL
    assert one.held & two.held == frozenset()
    assert len(one.held) == SHARDS // 2


@pytest.mark.parametrize("count", [3, 5, 16, 20])
def test_shares_are_even_and_never_overlap(database: Mongo, count: int) -> None:
    instances = [instance(database, f"i{number}") for number in range(count)]
    settle(*instances)
    assert sorted(shard for one in instances for shard in one.held) == sorted(ALL)
    assert max(len(one.held) for one in instances) <= -(-SHARDS // count)


def test_who_stops_leaves_its_shards_to_the_others_at_once(database: Mongo) -> None:
    one, two = instance(database, "one"), instance(database, "two")
    settle(one, two)
    one.release()
    assert one.held == frozenset()
    two.refresh()
    assert two.held == ALL


def test_who_dies_is_replaced_when_its_leases_are_over(database: Mongo) -> None:
    one, two = instance(database, "one", ttl_ms=800), instance(database, "two")
    settle(one, two)
    eventlet.sleep(0.9)
    assert one.held == frozenset(), "who could not refresh in time holds nothing"
    two.refresh()
    assert two.held == ALL


def test_who_comes_back_is_told_what_is_newly_its_own(database: Mongo) -> None:
    one = instance(database, "one")
    one.refresh()
    one._refreshed -= 121
    assert one.held == frozenset()
    assert one.refresh() == ALL


def test_those_bound_to_a_location_share_it_alone(database: Mongo) -> None:
    free, bound = instance(database, "one"), instance(database, "two", "Berlin")
    settle(free, bound)
    assert free.held == bound.held == ALL
    assert bound.devices == {"location": {"$in": ["Berlin"]}}
    assert free.devices == {"location": {"$nin": ["Berlin"]}}


def test_without_bound_ones_all_devices_are_everybodys(database: Mongo) -> None:
    one = instance(database, "one")
    one.refresh()
    assert one.devices == {}


def test_a_location_stays_its_own_when_its_last_instance_is_gone(database: Mongo) -> None:
    free, bound = instance(database, "one"), instance(database, "two", "Berlin", "Paris")
    settle(free, bound)
    assert free.orphans() == {}
    bound.release()
    free.refresh()
    assert free.devices == {"location": {"$nin": ["Berlin", "Paris"]}}
    assert free.orphans() == {"Berlin|Paris": {"location": {"$in": ["Berlin", "Paris"]}}}


def test_an_instance_that_is_gone_leaves_no_trace_but_its_pool(database: Mongo) -> None:
    for number in range(5):
        one = instance(database, f"i{number}")
        one.refresh()
        one.release()
    assert database["pollers"].count_documents({}) == 0
    assert [row["_id"] for row in database["pools"].find()] == ["*"]


def test_a_database_that_is_away_is_said(database: Mongo) -> None:
    from pymongo import MongoClient
    from pymongo.errors import PyMongoError

    client: MongoClient[dict[str, object]] = MongoClient("127.0.0.1", 1, serverSelectionTimeoutMS=200)
    with pytest.raises(PyMongoError):
        Shards(client["nowhere"], "one", Pool()).refresh()
    client.close()
