"""Ending an instance: what it has begun is finished and answered once, the rest is somebody else's."""

from __future__ import annotations

import eventlet
import pytest
from eventlet.event import Event

from netraven_chassis.bus.rpc import RpcServer
from tests.chassis.bus.hosting import calling, running
from tests.chassis.bus.test_rpc import PATIENT, Echo
from tests.patience import patience, until


@pytest.fixture(autouse=True)
def forget():
    Echo.executed = []
    Echo.go_on = Event()


def test_a_stop_lets_what_has_begun_finish_and_answers_it_once(uri):
    with running(Echo, uri) as other, calling(uri) as caller:
        with running(Echo, uri) as stopping:
            echo = caller.client("echo", timeout=PATIENT)
            waiting = [echo.call_async("hold", mark=str(n)) for n in range(10)]
            until(lambda: stopping._worker_pool.running() + other._worker_pool.running() == 10)
            assert stopping._worker_pool.running() and other._worker_pool.running()
            let_go_while_it_stops(stopping)
        assert sorted(call.result() for call in waiting) == [str(n) for n in range(10)]
        eventlet.sleep(0.3)
    assert sorted(Echo.executed) == [str(n) for n in range(10)]


def let_go_while_it_stops(container):
    """Stop a container, and end what is held when its stop has begun."""
    stop = eventlet.spawn(container.stop)
    until(lambda: server_of(container)._stopping)
    assert not stop.dead
    Echo.go_on.send()
    with eventlet.Timeout(patience(20)):
        stop.wait()


def server_of(container):
    return next(one for one in container.subextensions if isinstance(one, RpcServer))


def test_a_stop_gives_back_what_has_not_begun(uri):
    with calling(uri) as caller:
        with running(Echo, uri, PREFETCH_COUNT=10, max_workers=1) as stopping:
            echo = caller.client("echo", timeout=PATIENT)
            waiting = [echo.call_async("hold", mark=str(n)) for n in range(4)]
            until(lambda: len(server_of(stopping)._waiting) == 3)
            let_go_while_it_stops(stopping)
        assert len(Echo.executed) == 1
        with running(Echo, uri):
            assert sorted(call.result() for call in waiting) == ["0", "1", "2", "3"]
    assert sorted(Echo.executed) == ["0", "1", "2", "3"]


def test_a_killed_container_leaves_its_requests_to_others(uri):
    with calling(uri) as caller:
        with running(Echo, uri) as killed:
            call = caller.client("echo", timeout=PATIENT).call_async("hold", mark="once")
            until(lambda: killed._worker_pool.running())
            killed.kill()
            assert Echo.executed == []
        Echo.go_on.send()
        with running(Echo, uri):
            assert call.result() == "once"
    assert Echo.executed == ["once"]
