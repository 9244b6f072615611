"""The asking side alone: what a caller does when the way is closed."""

from __future__ import annotations

import eventlet
import pytest
from eventlet.event import Event
from nameko.extensions import DependencyProvider

from netraven_chassis.bus import rpc
from netraven_chassis.bus.client import SharedCaller
from netraven_contracts.errors import PayloadTooLarge, Unavailable
from tests.chassis.bus.hosting import calling, running
from tests.patience import patience, until


class Quiet:
    """Answers."""

    name = "quiet"
    go_on = Event()  # what is held waits for it

    @rpc
    def sleep(self, seconds: float) -> float:
        eventlet.sleep(seconds)
        return seconds

    @rpc
    def hold(self) -> None:
        self.go_on.wait()


class Curious(DependencyProvider):
    """Calls on its own account, outside any worker."""

    shared = SharedCaller()

    def ask(self) -> float:
        answer: float = self.shared.client("quiet", timeout=60.0).sleep(seconds=0)
        return answer


class Asker:
    """Has somebody who asks."""

    name = "asker"
    curious = Curious()


def test_an_extension_can_call_without_a_worker(uri):
    with running(Quiet, uri), running(Asker, uri) as container:
        (curious,) = container.dependencies
        assert curious.ask() == 0


def test_a_way_that_closes_while_sending_is_unavailable(uri):
    with running(Quiet, uri), calling(uri) as caller:
        assert caller.client("quiet").sleep(seconds=0) == 0
        channel = caller.link.channel
        channel.close() if uri.startswith("embedded") else channel.connection.collect()
        with pytest.raises(Unavailable):
            caller.client("quiet", timeout=0.5).sleep(seconds=0)
        assert caller.pending == {}


def test_calls_under_way_fail_when_their_caller_stops(uri):
    Quiet.go_on = Event()
    with running(Quiet, uri):
        with calling(uri) as caller:
            call = caller.client("quiet", timeout=300.0).call_async("hold")
        with pytest.raises(Unavailable), eventlet.Timeout(patience(20)):
            call.result()
        Quiet.go_on.send()
        with pytest.raises(Unavailable):
            caller.client("quiet", timeout=0.1).sleep(seconds=0)


def test_a_client_has_no_private_methods(uri):
    with calling(uri) as caller, pytest.raises(AttributeError):
        caller.client("quiet")._repr_html_()


def test_a_client_is_cheap_to_make_and_its_caller_counts_on(uri):
    with running(Quiet, uri), calling(uri) as caller:
        for _ in range(3):
            assert caller.client("quiet").within(60.0).sleep(seconds=0) == 0
        with pytest.raises(PayloadTooLarge):
            caller.client("quiet").sleep(seconds="x" * (13 << 20))
        until(lambda: not caller.pending)
