"""Commands in, log and views out: conflicts, repeats, crashes between the steps."""

from __future__ import annotations

import eventlet
import pytest

from netraven_chassis.plan import Outcome
from netraven_contracts.errors import Conflict, DuplicateName, NotFound, PreconditionFailed, ValidationFailed
from tests.chassis.counter import COUNTER, VIEWS, Add, Remove, SetPlate
from tests.chassis.rig import documents, order


def test_a_command_changes_the_state_the_log_and_the_view(core):
    outcome = core.journal.handle(order("a", Add(2)))
    assert (outcome.state.total, outcome.version, outcome.position) == (2, 2, 1)
    assert documents(core) == {"a": (2, None, 2)}


def test_a_command_that_changes_nothing_leaves_no_trace(core):
    outcome = core.journal.handle(order("a", Add(0)))
    assert (outcome.version, outcome.events, outcome.position) == (0, (), 0)
    assert core.log.head() == 0


def test_a_refused_command_leaves_no_trace(core):
    with pytest.raises(ValidationFailed):
        core.journal.handle(order("a", Add(-1)))
    assert core.log.head() == 0


def test_a_repeated_command_gets_its_first_answer(core):
    first = core.journal.handle(order("a", Add(2), "c1"))
    core.journal.handle(order("a", Add(5), "c2"))
    again = core.journal.handle(order("a", Add(2), "c1"))
    assert again.repeated
    assert (again.state.total, again.version, again.position) == (
        first.state.total,
        first.version,
        first.position,
    )
    assert core.log.head() == 2


def test_one_command_id_for_two_bodies_is_a_conflict(core):
    core.journal.handle(order("a", Add(2), "c1", body_hash="x"))
    with pytest.raises(Conflict):
        core.journal.handle(order("a", Add(3), "c1", body_hash="y"))


def test_a_keyed_command_that_had_nothing_to_change_is_not_carried_out_later(core, make_core):
    core.journal.handle(order("a", SetPlate("A")))
    first = core.journal.handle(order("a", SetPlate("A"), "c1", body_hash="x"))
    assert (first.version, first.events, first.repeated) == (1, (), False)
    core.journal.handle(order("a", SetPlate("B")))
    again = make_core().journal.handle(order("a", SetPlate("A"), "c1", body_hash="x"))
    assert (again.state.plate, again.version, again.events, again.repeated) == ("A", 1, (), True)
    with pytest.raises(Conflict):
        core.journal.handle(order("a", SetPlate("C"), "c1", body_hash="y"))
    assert documents(core)["a"] == (0, "B", 2)
    core.journal.handle(order("b", SetPlate("A"), "c1", body_hash="x"))
    assert documents(core)["b"][1] == "A", "a key counts for each thing alone"


def test_of_commands_without_a_key_that_change_nothing_nothing_is_noted(core):
    core.journal.handle(order("a", Add(1)))
    core.journal.handle(order("a", Add(0)))
    core.journal.handle(order("b", Add(0), body_hash="x"))
    assert core.database["unchanged"].count_documents({}) == 0


def test_a_command_repeated_fifty_times_at_once_happens_once(core):
    outcomes = list(
        eventlet.GreenPool(50).imap(lambda _n: core.journal.handle(order("a", Add(1), "c1")), range(50))
    )
    assert {outcome.version for outcome in outcomes} == {1}
    assert sum(not outcome.repeated for outcome in outcomes) == 1


def test_if_match_must_name_the_present_version(core):
    core.journal.handle(order("a", Add(2)))
    with pytest.raises(PreconditionFailed):
        core.journal.handle(order("a", Add(1), if_match=1))
    assert core.journal.handle(order("a", Add(1), if_match=2)).version == 3


@pytest.mark.parametrize(("seen", "said"), [(1, "not 1"), (-1, "names none that it had")])
def test_a_refusal_tells_the_present_version_and_what_was_seen(core, seen, said):
    core.journal.handle(order("a", Add(2)))
    with pytest.raises(PreconditionFailed, match=f"version 2 now.*{said}"):
        core.journal.handle(order("a", Add(1), if_match=seen))


def test_what_is_gone_is_not_found_whatever_version_the_caller_has_seen(core):
    core.journal.handle(order("a", Remove()))
    with pytest.raises(NotFound):
        core.journal.handle(order("a", Add(1), if_match=7))


def test_fifty_writers_of_one_thing_all_come_through(core):
    list(eventlet.GreenPool(50).imap(lambda _n: core.journal.handle(order("a", Add(1))), range(50)))
    assert documents(core) == {"a": (50, None, 50)}


def test_time_never_goes_back_within_a_stream(core, clock):
    core.journal.handle(order("a", Add(1)))
    clock.time = 500
    assert core.journal.handle(order("a", Add(1))).at == 1000


def test_many_commands_stand_each_alone(core):
    orders = [order("a", Add(1)), order("b", Add(-1)), order("a", Add(2)), order("c", Add(4))]
    results = core.journal.handle_many(orders)
    assert [getattr(result, "version", type(result)) for result in results] == [1, ValidationFailed, 3, 1]
    assert documents(core) == {"a": (3, None, 3), "c": (4, None, 1)}


def test_of_a_hundred_claims_on_one_value_one_succeeds(make_core):
    cores = [make_core(), make_core()]

    def claim(number):
        try:
            return cores[number % 2].journal.handle(order(f"n{number}", SetPlate("X")))
        except DuplicateName as error:
            return error

    results = list(eventlet.GreenPool(100).imap(claim, range(100)))
    assert sum(isinstance(result, Outcome) for result in results) == 1
    assert sum(isinstance(result, DuplicateName) for result in results) == 99


def test_a_value_that_was_given_up_is_free_for_another(core):
    core.journal.handle(order("a", SetPlate("X")))
    core.journal.handle(order("a", Remove()))
    assert core.journal.handle(order("b", SetPlate("X"))).state.plate == "X"
    with pytest.raises(NotFound):
        core.journal.handle(order("a", Add(1)))


def test_a_value_may_go_to_and_fro_between_two_things(core):
    for _ in range(3):
        core.journal.handle(order("a", SetPlate("X")))
        core.journal.handle(order("a", SetPlate(None)))
        core.journal.handle(order("b", SetPlate("X")))
        core.journal.handle(order("b", SetPlate(None)))
    assert documents(core)["a"][1] is None


def test_a_batch_of_claims_refuses_just_those_that_are_taken(core):
    core.journal.handle(order("a", SetPlate("P3")))
    results = core.journal.handle_many([order(f"n{n}", SetPlate(f"P{n}")) for n in range(6)])
    assert [n for n, result in enumerate(results) if isinstance(result, DuplicateName)] == [3]


def test_who_holds_a_value_is_asked_once_for_all_who_want_it(core, monkeypatch):
    core.journal.handle(order("a", SetPlate("X")))
    answer, asked = core.journal.version_and_keys, []

    def ask(stream):
        asked.append(stream)
        return answer(stream)

    monkeypatch.setattr(core.journal, "version_and_keys", ask)
    results = core.journal.handle_many([order(f"n{n}", SetPlate("X")) for n in range(50)])
    assert {type(result) for result in results} == {DuplicateName}
    assert asked == ["counter-a"]


def test_of_many_who_want_one_value_at_once_one_has_it(core, make_core):
    both = [core.journal, make_core().journal]

    def take(number):
        try:
            return both[number % 2].handle(order(f"n{number}", SetPlate("X"))).state.plate
        except DuplicateName:
            return None

    taken = list(eventlet.GreenPool(40).imap(take, range(40)))
    assert sorted(taken, key=str) == [None] * 39 + ["X"]


def test_a_reservation_left_by_a_crash_is_taken_over(core, database):
    old = {"_id": "plate:X", "stream": "counter-dead", "version": 1, "claim": "dead", "at": 0}
    database["reservations"].insert_one(old)
    assert core.journal.handle(order("b", SetPlate("X"))).state.plate == "X"
    voided = core.log.stream("counter-dead")
    assert [event.type for event in voided[0].events] == ["ClaimVoided"], (
        "the slow owner will lose by conflict"
    )
    with pytest.raises(DuplicateName):
        core.journal.handle(order("dead", SetPlate("X")))


def test_a_fresh_reservation_of_a_slow_command_is_respected(core, database):
    from netraven_chassis.clock import now_ms

    row = {"_id": "plate:X", "stream": "counter-slow", "version": 1, "claim": "slow", "at": now_ms()}
    database["reservations"].insert_one(row)
    with pytest.raises(DuplicateName):
        core.journal.handle(order("b", SetPlate("X")))
    assert core.log.stream("counter-slow") == []


def test_a_crash_between_append_and_view_is_healed(core, make_core, monkeypatch):
    monkeypatch.setattr(core.journal, "_project", lambda _done: None)  # the process dies here
    core.journal.handle(order("a", Add(2)))
    assert documents(core) == {}
    make_core().followers()["own"].catch_up()
    assert documents(core) == {"a": (2, None, 2)}


def test_a_late_write_does_not_bring_back_what_was_removed(core):
    folded = core.journal.load(COUNTER, "a")
    core.journal.handle(order("a", Add(2)))
    folded = core.journal.load(COUNTER, "a")
    core.journal.handle(order("a", Remove()))
    writer = core.generations.writer()
    VIEWS.folds["counter"](writer, folded)
    writer.flush()
    assert documents(core) == {}
