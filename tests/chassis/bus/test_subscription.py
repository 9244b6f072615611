"""News heard from a fanout exchange: in order, by one of a group or by everybody, with the oldest dropped."""

from __future__ import annotations

import eventlet
import pytest
from amqp.exceptions import NotFound, ResourceLocked
from eventlet.event import Event
from structlog.testing import capture_logs

from netraven_chassis.bus import connection
from netraven_chassis.bus.publisher import ConfirmedPublisher
from netraven_chassis.bus.subscription import Subscription
from tests.patience import patience, until


@pytest.fixture
def say(uri):
    """Publish bodies to the log."""
    publisher = ConfirmedPublisher(uri, "devices.log")
    publisher.start()

    def publish(*bodies: bytes) -> None:
        for body in bodies:
            publisher.publish(body, timeout=patience(20))

    assert publisher.link.wait_until_up(patience(20))
    yield publish
    publisher.stop()


class Heard:
    """A subscription and what it heard; "up" is a new connection. One that is `held` waits for `go_on`."""

    def __init__(self, uri, queue="monitor.follows.devices", held=False, **options):
        self.heard: list[bytes | str] = []
        self.begun: list[bytes] = []
        self.go_on = Event()
        if not held:
            self.go_on.send()
        self.subscription = Subscription(
            uri, "devices.log", queue, self._hear, lambda: self.heard.append("up"), **options
        )

    def _hear(self, body, _message):
        self.begun.append(body)
        self.go_on.wait()
        if body == b"bad":
            raise ValueError("no")
        self.heard.append(body)


def test_news_comes_in_order_after_the_connection(uri, say):
    one = Heard(uri)
    one.subscription.start()
    assert one.subscription.connected
    say(*[b"%d" % n for n in range(100)])
    until(lambda: len(one.heard) == 101)
    assert one.heard == ["up", *[b"%d" % n for n in range(100)]]
    one.subscription.stop()
    assert not one.subscription.connected


def test_of_those_who_share_a_queue_one_is_active_until_it_goes(uri, say):
    first, second = Heard(uri), Heard(uri)
    first.subscription.start()
    second.subscription.start()
    say(*[b"%d" % n for n in range(20)])
    until(lambda: len(first.heard) == 21)
    assert second.heard == ["up"]
    first.subscription.stop()
    say(b"x", b"y")
    until(lambda: second.heard == ["up", b"x", b"y"])
    second.subscription.stop()


def test_everybody_with_a_queue_of_his_own_hears_everything(uri, say):
    several = [Heard(uri, queue=None) for _ in range(3)]
    for one in several:
        one.subscription.start()
    say(b"1", b"2")
    until(lambda: all(len(one.heard) >= 3 for one in several))
    assert [one.heard for one in several] == [["up", b"1", b"2"]] * 3
    for one in several:
        one.subscription.stop()


def test_a_shared_queue_keeps_the_latest_while_nobody_listens(uri, say):
    first = Heard(uri, max_length=5)
    first.subscription.start()
    first.subscription.stop()
    say(*[b"%d" % n for n in range(12)])
    again = Heard(uri, max_length=5)
    again.subscription.start()
    say(b"after")
    until(lambda: b"after" in again.heard)
    assert again.heard == ["up", b"7", b"8", b"9", b"10", b"11", b"after"]
    again.subscription.stop()


def test_a_queue_of_ones_own_goes_with_its_connection(uri, say):
    one = Heard(uri, queue=None)
    one.subscription.start()
    raw = connection.connect(uri)
    name = one.subscription.consumer.queue_names[0]
    assert refusal(raw, name) is ResourceLocked
    one.subscription.stop()
    # a broker that is slow to say goodbye is not waited for
    until(lambda: refusal(raw, name) is NotFound)
    raw.release()


def refusal(raw, queue):
    """How the broker refuses somebody else to look at a queue."""
    with pytest.raises((ResourceLocked, NotFound)) as caught:
        raw.channel().queue_declare(queue, passive=True)
    return caught.type


def test_one_message_that_cannot_be_handled_does_not_stop_the_rest(uri, say):
    one = Heard(uri)
    one.subscription.start()
    with capture_logs() as logs:
        say(b"1", b"bad", b"2")
        until(lambda: one.heard == ["up", b"1", b"2"])
    assert [entry["event"] for entry in logs if entry["log_level"] == "error"] == [
        "a follower failed on a message"
    ]
    one.subscription.stop()


def test_a_callback_that_takes_its_time_is_waited_for_at_a_stop_and_the_rest_is_given_back(uri, say):
    slow = Heard(uri, held=True)
    slow.subscription.start()
    say(b"1", b"2", b"3")
    until(lambda: slow.begun)
    stopping = eventlet.spawn(slow.subscription.stop, drain=300.0)
    eventlet.sleep(0.1)
    assert not stopping.dead
    slow.go_on.send()
    with eventlet.Timeout(patience(20)):
        stopping.wait()
    assert slow.heard == ["up", b"1"]
    again = Heard(uri)
    again.subscription.start()
    until(lambda: again.heard == ["up", b"2", b"3"])
    again.subscription.stop()


def test_a_stop_kills_a_callback_that_hangs(uri, say):
    hanging = Heard(uri, held=True)
    hanging.subscription.start()
    say(b"1")
    until(lambda: hanging.begun)
    with eventlet.Timeout(patience(20)):
        hanging.subscription.stop(drain=0.1)
    hanging.go_on.send()
    eventlet.sleep(0)
    assert hanging.heard == ["up"]
