"""What methods take, and what a worker's context tells."""

from __future__ import annotations

from types import SimpleNamespace

import eventlet
import pytest

from netraven_chassis.bus.worker import CallContext, Parameters, Thread


class Service:
    """Methods of several shapes."""

    def plain(self, a, b=1): ...
    def keyword_only(self, *, a, b=2): ...
    def anything(self, a, **rest): ...
    def nothing(self): ...


@pytest.mark.parametrize(
    ("method", "arguments", "problem"),
    [
        (Service.plain, {"a": 1}, None),
        (Service.plain, {"a": 1, "b": 2}, None),
        (Service.plain, {"b": 2}, "missing ['a'], unknown []"),
        (Service.plain, {"a": 1, "self": 2}, "missing [], unknown ['self']"),
        (Service.keyword_only, {"a": 1}, None),
        (Service.keyword_only, {}, "missing ['a'], unknown []"),
        (Service.anything, {"a": 1, "x": 2}, None),
        (Service.anything, {"x": 2}, "missing ['a'], unknown []"),
        (Service.nothing, {}, None),
        (Service.nothing, {"a": 1}, "missing [], unknown ['a']"),
    ],
)
def test_arguments_fit_a_method_or_it_is_said_why_not(method, arguments, problem):
    assert Parameters(method).mismatch(arguments) == problem


def test_a_context_names_its_call_by_the_request():
    container = SimpleNamespace(service_name="devices")
    call = CallContext(container, None, SimpleNamespace(method_name="show"), {"a": 1}, {"request_id": "r1"})
    assert (call.call_id, call.call_id_stack) == ("devices.show.r1", ["devices.show.r1"])
    assert (call.args, call.kwargs, call.data, call.context_data) == ((), {"a": 1}, call.data, call.data)
    assert call.origin_call_id is None


def test_a_worker_can_be_killed_where_it_stands():
    reached = []

    def work():
        threads.append(Thread())
        eventlet.sleep(60)
        reached.append("end")

    threads: list[Thread] = []
    green = eventlet.spawn(work)
    eventlet.sleep(0)
    threads[0].kill()
    eventlet.sleep(0)
    assert green.dead
    assert reached == []
