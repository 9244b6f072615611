"""Writers of one stream go one after the other, those of others do not wait, and nothing is left behind."""

from __future__ import annotations

import eventlet

from netraven_chassis.turns import Turns
from tests.patience import patience


def test_two_writers_of_one_stream_do_not_overlap():
    turns, inside, most = Turns(), [], []

    def write(_number):
        with turns.at(["a", "b"]):
            inside.append(1)
            most.append(len(inside))
            eventlet.sleep(0.001)
            inside.pop()

    list(eventlet.GreenPool(20).imap(write, range(20)))
    assert max(most) == 1
    assert turns._locks == {}


def test_writers_of_different_streams_overlap():
    turns, order = Turns(), []

    quick_is_done = eventlet.event.Event()

    def slow():
        with turns.at(["slow"]):
            quick_is_done.wait()
            order.append("slow")

    def quick():
        with turns.at(["quick"]):
            order.append("quick")
        quick_is_done.send()

    threads = [eventlet.spawn(slow), eventlet.spawn(quick)]
    with eventlet.Timeout(patience(20)):
        for thread in threads:
            thread.wait()
    assert order == ["quick", "slow"]


def test_writers_that_want_the_same_two_streams_in_other_orders_do_not_wait_in_a_circle():
    turns = Turns()

    def write(streams):
        with turns.at(streams):
            eventlet.sleep(0.001)
        return True

    wishes = [["a", "b"], ["b", "a"]] * 20
    with eventlet.Timeout(patience(20)):
        assert all(eventlet.GreenPool(40).imap(write, wishes))
