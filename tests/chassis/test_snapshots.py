"""Long histories are resumed: less is read, and nothing else is different."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import eventlet
import pytest

from netraven_chassis import snapshots
from netraven_chassis.plan import Order
from netraven_contracts.errors import Conflict, DuplicateName, NotFound
from tests.chassis import rig
from tests.chassis.counter import COUNTER, Add, Remove, SetPlate, context
from tests.chassis.rig import documents

LONG = 5
GROWING = replace(COUNTER, snapshots=1)


@pytest.fixture(autouse=True)
def short(monkeypatch):
    monkeypatch.setattr(snapshots, "LONG", LONG)


@pytest.fixture
def make(make_core):
    """Stores of counters whose histories grow for ever."""
    return partial(make_core, GROWING)


@pytest.fixture
def core(make):
    return make()


def order(*asked, **named):
    return replace(rig.order(*asked, **named), aggregate=GROWING)


def grow(core, ident, commands=20):
    return [core.journal.handle(order(ident, Add(1), f"{ident}{number}")) for number in range(commands)]


def test_of_a_long_history_only_the_end_is_read(core, clock):
    clock.time = 5
    grow(core, "a", 1)
    clock.time = 50
    grow(core, "a", 23)
    grow(core, "b", 2)
    long, short_one = core.journal.histories.now([(GROWING, "a"), (GROWING, "b")])
    whole = core.journal.histories.whole(GROWING, "a")
    assert (long.since, len(long.commits), whole.since, len(whole.commits)) == (20, 3, 0, 23)
    assert replace(long, commits=(), since=0) == replace(whole, commits=())
    assert (long.first_at, long.at, dict(long.creator)) == (5, 50, {"id": "u1", "name": "ann"})
    assert (short_one.since, len(short_one.commits)) == (0, 2)


def test_a_thing_without_history_has_none(core):
    assert core.journal.load(GROWING, "nobody").version == 0


def test_things_are_given_in_the_order_in_which_they_are_asked_for_also_twice(core):
    grow(core, "a")
    grow(core, "b", 2)
    asked = ["b", "a", "nobody", "b"]
    found = core.journal.histories.now([(GROWING, ident) for ident in asked])
    assert [(one.id, one.version) for one in found] == [("b", 2), ("a", 20), ("nobody", 0), ("b", 2)]


def test_one_that_was_long_before_there_were_snapshots_is_read_whole_once(core, make_core):
    old = make_core(COUNTER)
    for number in range(30):
        old.journal.handle(Order(COUNTER, "a", Add(1), context(f"c{number}")))
    assert core.journal.load(GROWING, "a").since == 0
    assert core.journal.handle(order("a", Add(1))).version == 31
    assert (core.journal.load(GROWING, "a").since, core.journal.load(GROWING, "a").commits) == (31, ())


def test_a_command_of_long_ago_gets_its_first_answer(core):
    first = grow(core, "a")[2]
    again = core.journal.handle(order("a", Add(1), "a2"))
    assert again == replace(first, repeated=True)
    assert core.log.head() == 20


def test_a_command_of_long_ago_that_would_be_refused_now_gets_its_first_answer(core):
    first = grow(core, "a")[2]
    core.journal.handle(order("a", Remove()))
    assert core.journal.handle(order("a", Add(1), "a2")) == replace(first, repeated=True)
    with pytest.raises(NotFound):
        core.journal.handle(order("a", Add(1), "another"))


def test_what_changed_nothing_long_ago_changes_nothing_now(core):
    core.journal.handle(order("a", SetPlate("A")))
    core.journal.handle(order("a", SetPlate("A"), "key", body_hash="x"))
    core.journal.handle(order("a", SetPlate("B")))
    grow(core, "a")
    again = core.journal.handle(order("a", SetPlate("A"), "key", body_hash="x"))
    assert (again.state.plate, again.version, again.repeated) == ("A", 1, True)
    with pytest.raises(Conflict):
        core.journal.handle(order("a", SetPlate("C"), "key", body_hash="y"))


def test_whether_a_command_has_come_before_is_asked_of_an_index(core):
    grow(core, "a")
    core.database.command("profile", 2)
    core.journal.handle(order("a", Add(0)))
    core.database.command("profile", 0)
    asked = list(core.database["system.profile"].find({"ns": f"{core.database.name}.commits", "op": "query"}))
    assert any("command_id" in str(one["command"]) for one in asked)
    assert {one["planSummary"].split()[0] for one in asked} == {"IXSCAN"}
    assert max(one["docsExamined"] for one in asked) <= LONG


def test_unique_keys_hold_for_long_histories(core):
    core.journal.handle(order("a", SetPlate("X")))
    grow(core, "a")
    with pytest.raises(DuplicateName):
        core.journal.handle(order("b", SetPlate("X")))
    core.journal.handle(order("a", Remove()))
    assert core.journal.handle(order("b", SetPlate("X"))).state.plate == "X"
    with pytest.raises(NotFound):
        core.journal.handle(order("a", Add(1)))


def test_a_snapshot_by_other_rules_counts_for_nothing(core, make_core):
    grow(core, "a")
    changed = replace(GROWING, snapshots=2)
    folded = make_core(changed).journal.load(changed, "a")
    assert (folded.since, folded.state.total) == (0, 20)


def test_a_snapshot_of_what_the_log_has_lost_counts_for_nothing(core):
    grow(core, "a")
    core.log.commits.delete_many({"first": {"$gt": 10}})
    folded = core.journal.load(GROWING, "a")
    assert (folded.since, folded.version, folded.state.total) == (0, 10, 10)


def test_a_snapshot_of_another_log_counts_for_nothing(core):
    grow(core, "a")
    core.log.commits.update_many({}, [{"$set": {"position": {"$add": ["$position", 1000]}}}])
    assert core.journal.load(GROWING, "a").since == 0


def test_fifty_writers_of_one_long_history_in_two_processes_all_come_through(core, make):
    grow(core, "a")
    cores = [core, make()]
    pool = eventlet.GreenPool(50)
    list(pool.imap(lambda number: rig.insist(cores[number % 2], order("a", Add(1))), range(50)))
    assert core.journal.load(GROWING, "a").state.total == 70
    assert core.journal.histories.whole(GROWING, "a").version == 70


def test_a_view_that_a_crash_left_out_is_healed_from_the_end_of_a_long_history(core, make, monkeypatch):
    grow(core, "a")
    with monkeypatch.context() as broken:
        broken.setattr(core.journal, "_project", lambda _done: None)
        core.journal.handle(order("a", Add(3)))
    assert documents(core)["a"][0] == 20
    restarted = make()
    restarted.followers()["own"].catch_up()
    assert documents(restarted)["a"] == (23, None, 23)


def test_views_made_anew_equal_the_live_ones_and_trust_no_snapshot(core, monkeypatch):
    monkeypatch.setattr("netraven_chassis.rebuild.PIECE", 7)
    grow(core, "a")
    grow(core, "b", 3)
    live = documents(core)
    core.database["snapshots"].update_one({}, {"$set": {"state.total": 999}})
    told = []
    core.rebuild(lambda _source, done: told.append(done))
    assert documents(core) == live
    assert core.journal.load(GROWING, "a").since == 0
    assert told[0] >= 7 and max(told) == 23


def test_a_snapshot_that_cannot_be_made_fails_no_command(core, monkeypatch):
    grow(core, "a", LONG - 1)
    monkeypatch.setattr(snapshots, "plain", lambda _state: {"total": {1, 2}})
    assert core.journal.handle(order("a", Add(1))).version == LONG
    assert core.database["snapshots"].count_documents({}) == 0
