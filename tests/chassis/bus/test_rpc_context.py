"""What travels with a call, and what a worker's dependencies hear of it."""

from __future__ import annotations

import pytest
import structlog
from nameko.extensions import DependencyProvider
from structlog.contextvars import get_contextvars

from netraven_chassis.bus import RpcClient, rpc
from netraven_contracts import errors
from tests.chassis.bus.hosting import calling, running
from tests.chassis.bus.test_rpc import Echo
from tests.patience import until

ACTOR = {"id": "u1", "name": "ann", "role": "operator"}


class Inner:
    """Tells what it knows of its caller."""

    name = "inner"

    @rpc
    def who(self):
        return {key: value for key, value in get_contextvars().items() if value is not None}


class Whoami:
    """Keeps what a worker was told."""

    name = "outer"
    inner = RpcClient("inner", timeout=2.0)

    @rpc
    def who(self):
        return {"here": get_contextvars(), "there": self.inner.who()}


class Seen(DependencyProvider):
    """Gives a worker its context's data."""

    def get_dependency(self, worker_ctx):
        return dict(worker_ctx.data)


class Nested(Inner):
    """The context as dependencies see it."""

    seen = Seen()

    @rpc
    def data(self):
        return self.seen


def test_the_context_travels_through_every_call(uri):
    context = {
        "actor": ACTOR,
        "request_id": "r1",
        "command_id": "c1",
        "body_hash": "h",
        "causation_id": None,
        "secret": 1,
    }
    with running(Nested, uri), running(Whoami, uri), calling(uri) as caller:
        who = caller.client("outer", data=context).who()
        assert who["here"] == {"request_id": "r1", "service": "outer", "method": "who"}
        assert who["there"] == {"request_id": "r1", "service": "inner", "method": "who"}
        assert caller.client("inner", data=context).data() == {
            "actor": ACTOR,
            "request_id": "r1",
            "command_id": "c1",
            "body_hash": "h",
        }
        assert caller.client("inner").data() == {}
    assert "request_id" not in structlog.contextvars.get_contextvars()


class Moody(DependencyProvider):
    """Fails where it is told to, and remembers what it was told."""

    heard: list[str] = []  # noqa: RUF012
    fails_in = ""

    def _hear(self, hook):
        self.heard.append(hook)
        if self.fails_in == hook:
            raise RuntimeError(hook)

    def worker_setup(self, worker_ctx):
        self._hear("setup")

    def worker_result(self, worker_ctx, result=None, exc_info=None):
        self._hear("result")
        self.heard.append("failed" if exc_info else result)

    def worker_teardown(self, worker_ctx):
        self._hear("teardown")


class WithMoods(Echo):
    """Echo with a dependency."""

    moody = Moody()


@pytest.mark.parametrize("hook", ["", "setup", "result", "teardown"])
def test_a_dependency_that_fails_fails_its_call_and_not_the_service(uri, hook, monkeypatch):
    monkeypatch.setattr(Moody, "fails_in", hook)
    monkeypatch.setattr(Moody, "heard", [])
    with running(WithMoods, uri) as container, calling(uri) as caller:
        if hook == "setup":
            with pytest.raises(errors.Internal):
                caller.client("echo", timeout=60).say(text="x")
        else:
            assert caller.client("echo", timeout=60).say(text="x") == "x"
        until(lambda: "teardown" in Moody.heard)
        assert not container._died.ready()
    told = {
        "": ["result", "x"],
        "setup": ["result", "failed"],
        "result": ["result"],
        "teardown": ["result", "x"],
    }
    assert Moody.heard == ["setup", *told[hook], "teardown"]
