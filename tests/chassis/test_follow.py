"""Another log followed once in effect whatever the bus does, and views rebuilt while writers go on."""

from __future__ import annotations

import contextlib
import random

import eventlet
import pytest

from netraven_chassis.follow import AnotherLog
from netraven_contracts.errors import Conflict, DuplicateName
from tests.chassis.counter import Add, Remove, SetPlate
from tests.chassis.rig import documents, order
from tests.patience import until


def test_another_log_is_followed_once_in_effect_whatever_the_bus_does(core, other):
    core.journal.handle(order("a", Add(1)))
    for number in range(1, 11):
        other.say("a", number)
    follower = core.followers()["other"]
    follower.receive(other.batch(0, 3))
    follower.receive(other.batch(0, 3))  # twice
    follower.receive(other.batch(6, 8))  # with a gap: pulled
    follower.receive(other.batch(3, 5))  # late
    assert other.pulls == 1
    row = core.generations.collection("counters").find_one({"_id": "a"})
    assert (row["remark"], follower.position, follower.lag) == (10, 10, 0)


def test_what_another_log_says_of_an_unknown_thing_is_kept_but_not_shown(core, other):
    other.say("later", 7)
    core.followers()["other"].catch_up()
    assert documents(core) == {}
    core.journal.handle(order("later", Add(1)))
    assert core.generations.collection("counters").find_one({"_id": "later"})["remark"] == 7


def test_many_who_wait_for_the_same_position_make_it_be_pulled_once(core, other):
    for number in range(1, 4):
        other.say("a", number)
    follower = core.followers()["other"]
    crowd = eventlet.GreenPool(50)
    for _ in range(50):
        crowd.spawn_n(follower.catch_up, 3)
    crowd.waitall()
    assert (follower.position, other.pulls) == (3, 1)


def test_another_log_under_the_same_name_is_noticed(core, other):
    other.say("a", 1)
    follower = core.followers()["other"]
    follower.catch_up()
    other.log_id = "other-2"
    with pytest.raises(AnotherLog):
        follower.receive(other.batch(1))


def test_what_keeps_failing_is_parked_and_the_rest_goes_on(core, other):
    failing = {"bad"}
    seen = []

    def react(commit):
        if commit.subject in failing:
            raise ValueError("cannot take this in")
        seen.append((commit.subject, commit.position))

    follower = core.react("other", react)
    for ident in ("good", "bad", "good", "bad"):
        other.say(ident, 1)
    follower.catch_up()
    assert seen == [("good", 1), ("good", 3)] or seen == [("good", 1), ("good", 1), ("good", 3)]
    assert follower.report() == {
        "name": "reaction:other",
        "position": 4,
        "lag": 0,
        "parked": 2,
        "errors": ["ValueError"],
    }
    failing.clear()
    assert follower.replay() == 2
    assert seen[-2:] == [("bad", 2), ("bad", 4)]
    assert follower.parking.count() == 0


def test_what_one_replica_parks_replays_or_drops_counts_for_the_other(core, make_core, other):
    """Each follows a part of the ranges, as the bus shares them out."""
    failing, seen = {"bad"}, []

    def react(commit):
        if commit.subject in failing:
            raise ValueError("cannot take this in")
        seen.append(commit.position)

    one, two = core.react("other", react), make_core().react("other", react)
    for ident in ("good", "bad", "bad", "bad", "bad"):
        other.say(ident, 1)
    two.receive(other.batch(0, 1))
    one.receive(other.batch(1, 2))
    failing.clear()
    two.receive(other.batch(1, 3))
    assert (seen, [row["position"] for row in one.parking.rows()]) == ([1], [2, 3])
    two.catch_up()
    assert one.parking.drop(3)
    assert not two.parking.drop(3)
    assert two.replay("remark-bad") == 3
    other.say("bad", 1)
    one.catch_up()
    assert (seen, two.parking.count()) == ([1, 2, 4, 5, 6], 0)


def test_what_fails_again_stays_parked_and_holds_up_no_other_stream(core, other):
    failing, seen = {"bad", "worse"}, []

    def react(commit):
        if commit.subject in failing:
            raise KeyError(commit.subject)
        seen.append(commit.position)

    follower = core.react("other", react)
    for ident in ("bad", "worse", "bad", "worse"):
        other.say(ident, 1)
    follower.catch_up()
    failing.discard("worse")
    with pytest.raises(Conflict, match="2 went in; 1 failed again: KeyError"):
        follower.replay()
    assert seen == [2, 4]
    assert [row["position"] for row in follower.parking.rows()] == [1, 3]


def test_what_came_before_a_parked_change_is_in_rebuilt_views(core, other, monkeypatch):
    core.journal.handle(order("a", Add(1)))
    take_in, broken = core.views.follows["other"], {3}

    def stumble(writer, commits):
        if any(commit.position in broken for commit in commits):
            raise ValueError("cannot take this in")
        take_in(writer, commits)

    monkeypatch.setitem(core.views.follows, "other", stumble)
    for number in (5, 6, 7, 8):
        other.say("a", number)
    core.followers()["other"].catch_up()
    remark = {"_id": "a", "remark": 6}
    assert core.generations.collection("counters").find_one({"_id": "a"})["remark"] == remark["remark"]
    core.rebuild()
    assert core.generations.collection("counters").find_one({"_id": "a"})["remark"] == remark["remark"]
    broken.clear()
    assert core.followers()["other"].replay() == 2
    assert core.generations.collection("counters").find_one({"_id": "a"})["remark"] == 8


def test_a_rebuild_under_load_equals_the_live_views(core, make_core, other):
    second = make_core()
    stop = eventlet.event.Event()

    def write(number):
        rng = random.Random(number)
        while not stop.ready():
            target = (core, second)[number % 2]
            command = rng.choice([Add(1), Add(5), SetPlate(f"P{number}"), SetPlate(None)])
            with contextlib.suppress(DuplicateName):
                target.journal.handle(order(f"k{rng.randrange(20)}-{number}", command))
            eventlet.sleep(0)

    for number in range(30):
        core.journal.handle(order(f"removed{number}", Add(1)))
        core.journal.handle(order(f"removed{number}", Remove()))
        other.say(f"k{number % 20}-1", number)
    writers = [eventlet.spawn(write, number) for number in range(6)]
    until(lambda: len(documents(core)) > 50)
    before = core.generations.live
    generation = core.rebuild()
    eventlet.sleep(0.3)
    stop.send()
    for writer in writers:
        writer.wait()
    core.followers()["own"].catch_up()
    assert core.generations.live == generation == before + 1
    live = documents(core)
    core.rebuild()
    assert documents(core) == live
    names = core.database.list_collection_names()
    assert [name for name in names if name.startswith("counters@")] == [f"counters@{generation + 1}"]
