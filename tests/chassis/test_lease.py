"""One holder at a time; whoever held it before is fenced off by the epoch."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import eventlet

from netraven_chassis.lease import Lease, prolong


def lease(database, owner, ttl_ms=600_000):
    return Lease(database["leases"], "relay", owner, ttl_ms)


def test_the_first_who_asks_holds_it_and_prolongs_it_under_one_epoch(database):
    one, two = lease(database, "one"), lease(database, "two")
    assert one.hold()
    assert not two.hold()
    assert one.hold()
    assert one.epoch == 1


def test_of_many_who_ask_at_once_one_gets_it(database):
    leases = [lease(database, str(number)) for number in range(30)]
    held = list(eventlet.GreenPool(30).imap(lambda each: each.hold(), leases))
    assert held.count(True) == 1


def test_a_lease_that_ran_out_goes_to_another_under_a_higher_epoch(database):
    one, two = lease(database, "one", ttl_ms=50), lease(database, "two")
    assert one.hold()
    time.sleep(0.1)
    assert two.hold()
    assert two.epoch == one.epoch + 1
    assert not one.hold()


def test_a_lease_given_back_is_free_at_once(database):
    one, two = lease(database, "one"), lease(database, "two")
    assert one.hold()
    one.release()
    assert two.hold()


def test_giving_back_what_another_holds_changes_nothing(database):
    one, two = lease(database, "one", ttl_ms=50), lease(database, "two")
    one.hold()
    time.sleep(0.1)
    two.hold()
    one.release()
    assert not lease(database, "three").hold()


def test_many_are_prolonged_at_once_and_those_that_were_lost_are_told_apart(database):
    mine = [Lease(database["leases"], str(number), "one", 600_000) for number in range(4)]
    assert prolong([]) == []
    assert all(each.hold() for each in mine)
    assert prolong(mine) == mine
    database["leases"].update_many({}, {"$set": {"expires": datetime.now(UTC)}})
    assert Lease(database["leases"], "2", "two").hold()
    assert prolong(mine) == []
    assert mine[0].hold()
    assert prolong(mine) == [mine[0]]
    assert mine[0].epoch == 2
