"""Calls that come at once are done together, each with its own result."""

from __future__ import annotations

import eventlet
import pytest

from netraven_chassis.combine import Combiner


def test_a_lone_call_is_done_at_once():
    def run(items):
        return [item * 2 for item in items]

    assert Combiner(run, 10).do(4) == 8


def test_calls_that_wait_for_a_round_share_the_next_one():
    rounds = []

    def run(items):
        rounds.append(len(items))
        eventlet.sleep(0.02)
        return items

    combiner = Combiner(run, 10)
    assert sorted(eventlet.GreenPool(12).imap(combiner.do, range(12))) == list(range(12))
    assert rounds == [1, 10, 1]


def test_an_exception_is_raised_to_its_own_caller_only():
    def run(items):
        eventlet.sleep(0.01)
        return [ValueError(item) if item == 3 else item for item in items]

    combiner = Combiner(run, 10)

    def call(number):
        try:
            return combiner.do(number)
        except ValueError:
            return "refused"

    assert list(eventlet.GreenPool(6).imap(call, range(6))) == [0, 1, 2, "refused", 4, 5]


def test_a_round_that_breaks_breaks_for_all_in_it():
    def run(_items):
        raise ConnectionError("the database is away")

    with pytest.raises(ConnectionError):
        Combiner(run, 10).do(1)


def test_a_killed_worker_leaves_its_round_to_the_next():
    rounds = []

    def run(items):
        rounds.append(list(items))
        if len(rounds) == 1:
            eventlet.sleep(3600)
        return items

    combiner = Combiner(run, 10)
    first = eventlet.spawn(combiner.do, "a")
    eventlet.sleep(0.01)
    second = eventlet.spawn(combiner.do, "b")
    eventlet.sleep(0.01)
    first.kill()
    assert second.wait() == "b"
    assert rounds == [["a"], ["a", "b"]]
