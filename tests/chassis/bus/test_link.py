"""A connection kept alive, whatever the other end does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import eventlet
import pytest
from structlog.testing import capture_logs

from netraven_chassis.bus import connection
from netraven_chassis.bus.link import BusNotReady, Link
from netraven_chassis.bus.publisher import ConfirmedPublisher
from netraven_contracts.errors import Unavailable
from tests.chassis.bus.hosting import calling
from tests.patience import patience, until


def test_pauses_grow_to_a_bound_and_are_spread():
    pauses = connection.pauses()
    taken = [next(pauses) for _ in range(12)]
    assert 0.05 <= taken[0] <= 0.1
    assert all(0.5 <= pause <= 1.0 for pause in taken[6:])
    assert len(set(taken)) > 6


def test_an_address_is_shown_without_its_password():
    assert connection.without_password("amqp://user:secret@host:5672/v") == "amqp://host:5672/v"
    assert connection.without_password("embedded://") == "embedded://"


def test_a_link_is_up_again_after_a_set_up_that_failed(uri):
    attempts = []

    def set_up(channel):
        attempts.append(channel)
        if len(attempts) < 3:
            raise OSError("not yet")

    link = Link(uri, "test", set_up)
    with capture_logs() as logs:
        link.open(eventlet.spawn)
        link.require(patience(20))
    assert len(attempts) == 3
    # said once, not with each try
    assert [entry["event"] for entry in logs if entry.get("link") == "test"] == ["cannot reach the broker"]
    link.close()
    assert link.channel is None


def test_a_fault_in_the_set_up_is_told_with_its_traceback(uri):
    def set_up(channel):
        raise ZeroDivisionError

    link = Link(uri, "test of ours", set_up)
    with capture_logs() as logs:
        link.open(eventlet.spawn)
        (told,) = until(lambda: [entry for entry in logs if entry.get("link") == "test of ours"])
        with pytest.raises(BusNotReady, match=r"test of ours at .*: not ready .*: ZeroDivisionError"):
            link.require(0.1)
    assert told["exc_info"]
    link.close()


def test_a_link_can_be_closed_twice_and_before_it_was_opened(uri):
    link = Link(uri, "test", lambda _channel: None)
    link.close()
    link = Link(uri, "test", lambda _channel: None)
    link.open(eventlet.spawn)
    link.require(patience(20))
    link.close()
    link.close()
    assert link.channel is None


def test_an_idle_connection_stays(uri):
    link = Link(uri, "test", lambda _channel: None, heartbeat=4.0)
    link.open(eventlet.spawn)
    link.require(patience(20))
    channel = link.channel
    eventlet.sleep(9.0)  # of one who is silent the broker thinks that he is gone after eight
    assert link.channel is channel
    link.close()


def test_a_frozen_broker_is_noticed_by_its_missing_heartbeats(uri, rabbitmq):
    lost = []
    link = Link(uri, "test", lambda _channel: None, lambda: lost.append(True), heartbeat=1.0)
    link.open(eventlet.spawn)
    link.require(patience(20))
    eventlet.sleep(1.0)
    rabbitmq.pause()
    try:
        until(lambda: lost, within=30.0)
        assert link.channel is None
    finally:
        rabbitmq.resume()
    until(lambda: link.channel, within=30.0)
    link.close()


@contextmanager
def alarmed(rabbitmq) -> Iterator[None]:
    """The broker is short of memory inside."""

    rabbitmq.evaluate("vm_memory_monitor:set_vm_memory_high_watermark(0.000001)")
    try:
        yield
    finally:
        rabbitmq.evaluate("vm_memory_monitor:set_vm_memory_high_watermark(0.4)")


def refuses(publisher) -> bool:
    try:
        publisher.publish(b"1", timeout=1.0)
    except Unavailable:
        return True
    return False


def test_a_broker_short_of_memory_takes_nothing_and_nobody_hangs(uri, rabbitmq):
    publisher = ConfirmedPublisher(uri, "news")
    publisher.start()
    publisher.publish(b"0", timeout=patience(20))
    with calling(uri) as caller, capture_logs() as logs:
        with alarmed(rabbitmq):
            until(lambda: refuses(publisher))
            until(lambda: publisher.link.blocked)
            # who knows that it is blocked does not wait
            with eventlet.Timeout(patience(20)):
                with pytest.raises(Unavailable):
                    publisher.publish(b"2", timeout=300.0)
                for _ in range(2):
                    with pytest.raises(Unavailable):
                        caller.client("nobody", timeout=0.3).call()
        until(lambda: not publisher.link.blocked)
        publisher.publish(b"3", timeout=patience(20))
    said = [entry["event"] for entry in logs if entry.get("link") == "publisher to news"]
    assert said == [
        "the broker is short of memory or disk and takes no messages",
        "the broker takes messages again",
    ]
    publisher.stop()
