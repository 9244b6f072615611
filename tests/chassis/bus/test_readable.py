"""Waiting for a socket's bytes, over and over."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Iterator

import eventlet
import pytest

from netraven_chassis.bus.readable import Readable
from tests.patience import until


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    here, there = socket.socketpair()
    yield here, there
    here.close()
    there.close()


def test_what_is_there_is_read_at_once_and_what_comes_is_waited_for(pair):
    here, there = pair
    readable = Readable(here)
    there.send(b"now")
    assert readable.receive(100, 60.0) == b"now"
    for n in range(5):
        eventlet.spawn_after(0.02, there.send, b"later %d" % n)
        assert readable.receive(100, 60.0) == b"later %d" % n
    readable.forget()


def test_nothing_in_time_is_a_timeout_and_the_next_read_goes_on(pair):
    here, there = pair
    readable = Readable(here)
    began = time.monotonic()
    with pytest.raises(TimeoutError):
        readable.receive(100, 0.1)
    assert time.monotonic() - began > 0.05
    eventlet.spawn_after(0.02, there.send, b"x")
    assert readable.receive(100, 60.0) == b"x"
    readable.forget()


def test_the_end_of_the_stream_is_no_bytes(pair):
    here, there = pair
    readable = Readable(here)
    eventlet.spawn_after(0.02, there.close)
    assert readable.receive(100, 60.0) == b""
    readable.forget()


def test_bytes_that_nobody_waits_for_cost_nothing(pair):
    here, there = pair
    readable = Readable(here)
    eventlet.spawn_after(0.01, there.send, b"1")
    assert readable.receive(100, 60.0) == b"1"
    # still registered with the hub: whoever reads is busy, and the kernel goes on telling
    there.send(b"2")
    until(lambda: readable._listener is None)
    assert readable.receive(100, 60.0) == b"2"
    readable.forget()


def test_a_reader_that_is_killed_can_be_followed_by_another(pair):
    here, there = pair
    readable = Readable(here)
    reader = eventlet.spawn(readable.receive, 100, 60.0)
    eventlet.sleep(0.01)
    reader.kill()
    eventlet.spawn_after(0.02, there.send, b"x")
    assert readable.receive(100, 60.0) == b"x"
    readable.forget()


def test_a_socket_closed_behind_its_readers_back_is_an_error(pair):
    here, _there = pair
    readable = Readable(here)
    reader = eventlet.spawn(readable.receive, 100, 60.0)
    eventlet.sleep(0.01)
    number = here.fileno()
    os.close(number)
    # the kernel gives the number to the next socket, and eventlet tells those who waited for the old one
    again = socket.socket()
    try:
        assert again.fileno() == number
        with pytest.raises(ConnectionAbortedError):
            reader.wait()
    finally:
        here.detach()
        again.close()
    readable.forget()
