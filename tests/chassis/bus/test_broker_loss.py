"""What calls do when the broker hangs or a service goes away without a word, and that they work again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import eventlet
import pytest

from netraven_chassis.bus import connection
from netraven_contracts.errors import NetRavenError, Unavailable
from tests.chassis.bus.hosting import answers, calling, running
from tests.chassis.bus.test_rpc import Echo
from tests.chassis.bus.victim import Victim
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
        assert rabbitmq.drop_connections(uri) >= 2
        until(lambda: answers(caller.client("echo")))
        assert not container._died.ready()


def test_a_deleted_queue_is_declared_again(uri):
    with running(Echo, uri), calling(uri) as caller:
        raw = connection.connect(uri)
        raw.default_channel.queue_delete("rpc-echo")
        raw.release()
        until(lambda: answers(caller.client("echo")))


@pytest.fixture
def victim(uri) -> Iterator[subprocess.Popen[str]]:
    """An instance in a process of its own."""
    argv = [sys.executable, "-m", "tests.chassis.bus.victim", uri]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        yield process
        process.kill()


def test_another_instance_answers_for_one_that_was_killed(uri, victim):
    with calling(uri) as caller:
        client = caller.client("victim", timeout=200.0)
        assert client.pid() == victim.pid
        with running(Victim, uri):
            victim.send_signal(signal.SIGSTOP)  # what it is given now it cannot answer
            waiting = [client.call_async("pid") for _ in range(10)]
            until(lambda: len(caller.pending) < 10)
            victim.send_signal(signal.SIGKILL)
            assert {call.result() for call in waiting} == {os.getpid()}
        with pytest.raises(NetRavenError):
            caller.client("victim", timeout=0.5).pid()
