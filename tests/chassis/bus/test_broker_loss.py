"""What calls do when the broker hangs or a service goes away without a word, and that they work again."""

from __future__ import annotations

import signal
import subprocess
import sys
import time

import eventlet
import pytest

from netraven_chassis.bus import connection
from netraven_contracts.errors import NetRavenError, Unavailable
from tests.chassis.bus.hosting import answers, calling, running
from tests.chassis.bus.test_rpc import Echo
from tests.patience import patience, until


def test_a_frozen_broker_costs_a_call_its_timeout_and_no_more(uri, rabbitmq):
    with running(Echo, uri), calling(uri) as caller:
        until(lambda: answers(caller.client("echo")))
        rabbitmq.pause()
        eventlet.sleep(0.3)  # until all of its threads have stopped
        try:
            with eventlet.Timeout(patience(20)), pytest.raises(Unavailable):
                caller.client("echo", timeout=0.5).say(text="x")
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
