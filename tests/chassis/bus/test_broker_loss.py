"""What calls do when the broker or a service goes away without a word, and how soon they work again."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import eventlet
import pytest

from netraven_chassis.bus import connection
from netraven_contracts.errors import NetRavenError, Unavailable
from tests.chassis.bus.hosting import calling, running
from tests.chassis.bus.test_rpc import Echo
from tests.patience import patience, until


@contextmanager
def stopped(rabbitmq) -> Iterator[None]:
    """The broker is away inside, and back and ready after it. It goes at once; a stop takes seconds."""
    rabbitmq.kill()
    try:
        yield
    finally:
        rabbitmq.start()


def answers(client) -> bool:
    try:
        return client.say(text="x") == "x"
    except Unavailable:
        return False


def test_calls_fail_in_time_while_the_broker_is_away_and_work_again_soon_after(uri, rabbitmq):
    with running(Echo, uri) as container, calling(uri) as caller:
        echo = caller.client("echo", timeout=1.0)
        assert answers(echo)
        under_way = caller.client("echo", timeout=30.0).call_async("sleep", seconds=1.0)
        until(lambda: container._worker_pool.running())
        with stopped(rabbitmq):
            _fails_with_the_broker(under_way, container, caller)
            _fails_at_once(caller)
            eventlet.sleep(3.0)
            assert not container._died.ready()
        began = time.monotonic()
        until(lambda: answers(echo), within=10)
        assert time.monotonic() - began < patience(3.0)
        assert answers(echo)
        assert not container._died.ready()


def _fails_with_the_broker(call, container, caller):
    with eventlet.Timeout(patience(5)), pytest.raises(Unavailable):
        call.result()
    assert caller.pending == {}
    # its worker ends while there is nobody to answer to
    until(lambda: not container._worker_pool.running())


def _fails_at_once(caller):
    until(lambda: caller.link.channel is None)
    began = time.monotonic()
    with pytest.raises(Unavailable) as caught:
        caller.client("echo", timeout=4.0).say(text="x")
    assert time.monotonic() - began < patience(1.5)
    assert caught.value.details == {"retry_after": 1}


def test_a_frozen_broker_costs_a_call_its_timeout_and_no_more(uri, rabbitmq):
    with running(Echo, uri), calling(uri) as caller:
        assert answers(caller.client("echo"))
        rabbitmq.pause()
        eventlet.sleep(0.3)  # until all of its threads have stopped
        try:
            began = time.monotonic()
            with pytest.raises(Unavailable):
                caller.client("echo", timeout=0.5).say(text="x")
            assert time.monotonic() - began < patience(1.0)
        finally:
            rabbitmq.resume()
        until(lambda: answers(caller.client("echo")))


def test_connections_closed_by_the_broker_come_back(uri, rabbitmq):
    with running(Echo, uri) as container, calling(uri) as caller:
        until(lambda: rabbitmq.drop_connections(uri) >= 2)
        until(lambda: answers(caller.client("echo")))
        assert not container._died.ready()


def test_a_deleted_queue_is_declared_again(uri):
    with running(Echo, uri), calling(uri) as caller:
        raw = connection.connect(uri)
        raw.default_channel.queue_delete("rpc-echo")
        raw.release()
        until(lambda: answers(caller.client("echo")))


def start_victim(uri: str) -> subprocess.Popen[str]:
    argv = [sys.executable, "-m", "tests.chassis.bus.victim", uri]
    process = subprocess.Popen(argv, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def test_another_instance_answers_for_one_that_was_killed(uri):
    processes = [start_victim(uri), start_victim(uri)]
    try:
        with calling(uri) as caller:
            victim = caller.client("victim", timeout=5.0)
            waiting = [victim.call_async("pid", seconds=1.0) for _ in range(10)]
            eventlet.sleep(0.5)
            processes[0].send_signal(signal.SIGKILL)
            began = time.monotonic()
            assert {call.result() for call in waiting} == {processes[1].pid}
            assert time.monotonic() - began < patience(4.0)
            processes[1].send_signal(signal.SIGKILL)
            processes[1].wait()
            with pytest.raises(NetRavenError):
                caller.client("victim", timeout=0.5).pid()
    finally:
        for process in processes:
            process.kill()
            process.wait()
            assert process.stdout is not None
            process.stdout.close()
