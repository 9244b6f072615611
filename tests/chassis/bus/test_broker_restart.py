"""What goes through an end of the broker and finds it again, all of it at once: a broker takes long to start.

Each story is told up to a `yield`, at which the broker is killed, up to a second, at which it is back, and to
its end. A story that fails is left out of the rest and is the failure of its own test.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import eventlet
import pytest
from eventlet.event import Event
from kombu import Exchange, Queue
from nameko.extensions import DependencyProvider
from structlog.testing import capture_logs

from netraven_chassis.bus import connection, heartbeat
from netraven_chassis.bus.heartbeat import Beat
from netraven_chassis.bus.publisher import ConfirmedPublisher
from netraven_chassis.clock import now_ms
from netraven_contracts.errors import Unavailable
from tests.chassis.bus.hosting import answers, calling, running
from tests.chassis.bus.test_heartbeat import Ear, collector_of, heard
from tests.chassis.bus.test_publisher import Listener
from tests.chassis.bus.test_rpc import Echo
from tests.chassis.bus.test_subscription import Heard
from tests.patience import patience, until

Story = Callable[[str], Iterator[None]]


def calls(uri):
    Echo.go_on = Event()
    with running(Echo, uri) as container, calling(uri) as caller:
        echo = caller.client("echo", timeout=300.0)
        assert echo.say(text="x") == "x"
        under_way = echo.call_async("hold")
        until(lambda: container._worker_pool.running())
        yield
        with eventlet.Timeout(patience(20)), pytest.raises(Unavailable):
            under_way.result()
        assert caller.pending == {}
        _fails_at_once(caller)
        # its worker ends while there is nobody to answer to
        Echo.go_on.send()
        until(lambda: not container._worker_pool.running())
        yield
        until(lambda: answers(echo))
        assert not container._died.ready()


def _fails_at_once(caller):
    until(lambda: caller.link.channel is None)
    with eventlet.Timeout(patience(20)), pytest.raises(Unavailable) as caught:
        caller.client("echo", timeout=300.0).say(text="x")
    assert caught.value.details == {"retry_after": 1}


@contextmanager
def publishing(uri, exchange):
    publisher = ConfirmedPublisher(uri, exchange)
    publisher.start()
    assert publisher.link.wait_until_up(patience(20))
    yield publisher
    publisher.stop()


def a_publisher(uri):
    listener = Listener(uri)
    with publishing(uri, "said") as publisher:
        publisher.publish(b"before", timeout=patience(20))
        until(lambda: listener.bodies == [b"before"])
        yield
        with pytest.raises(Unavailable):
            publisher.publish(b"away", timeout=0.5)
        yield
        publisher.publish(b"after", timeout=patience(20))
        until(lambda: listener.bodies == [b"before", b"after"])
    listener.consumer.stop()


def subscriptions(uri):
    shared, own = Heard(uri), Heard(uri, queue=None)
    for one in (shared, own):
        one.subscription.start()
    yield
    until(lambda: not shared.subscription.connected and not own.subscription.connected)
    yield
    until(lambda: shared.heard.count("up") >= 2 and own.heard.count("up") >= 2)
    with publishing(uri, "devices.log") as publisher:
        publisher.publish(b"after", timeout=patience(20))
    until(lambda: (shared.heard[-1], own.heard[-1]) == (b"after", b"after"))
    assert (shared.heard, own.heard) == (["up", "up", b"after"], ["up", "up", b"after"])
    for one in (shared, own):
        one.subscription.stop()


def what_is_on_disk(uri):
    raw = connection.connect(uri)
    kept = Queue("kept", Exchange("written", type="fanout", durable=True), durable=True)
    kept(raw.default_channel).declare()
    raw.release()
    with publishing(uri, "written") as publisher:
        publisher.publish(b"lost", timeout=patience(20), persistent=False)
        publisher.publish(b"kept", timeout=patience(20), persistent=True)
    yield
    yield
    raw = connection.connect(uri)
    message = raw.default_channel.basic_get("kept", no_ack=True)
    assert message.body == b"kept"
    assert raw.default_channel.basic_get("kept") is None
    raw.release()


class Count(DependencyProvider):
    """Counts the beats of its service."""

    beat = Beat()
    beats = 0

    def setup(self):
        self.beat.add("beats", self.count)

    def count(self):
        self.beats += 1
        return self.beats


class Counting:
    """Beats."""

    name = "counting"
    count = Count()


def heartbeats(uri):
    with running(Ear, uri) as ear, running(Counting, uri) as container, capture_logs() as logs:
        collector = collector_of(ear)
        (count,) = [one for one in container.dependencies if isinstance(one, Count)]
        until(lambda: heard(collector, "counting"))
        yield
        first = count.beats
        until(lambda: count.beats >= first + 5)
        # told once, not once for each beat
        told = [entry["service"] for entry in logs if entry["event"] == "no heartbeat"]
        assert told.count("counting") == 1
        # what comes now comes for the sake of the outage, and not because its turn has come
        with pytest.MonkeyPatch.context() as changes:
            changes.setattr(heartbeat, "EVERY_SECONDS", 3600.0)
            yield
            back = now_ms()
            until(lambda: (heard(collector, "counting") or {"at": 0})["at"] > back)
        assert not container._died.ready()


@pytest.fixture(scope="module")
def ends(rabbitmq) -> Iterator[dict[Story, BaseException | None]]:
    """How each story ended."""
    stories = (calls, a_publisher, subscriptions, what_is_on_disk, heartbeats)
    failures: dict[Story, BaseException | None] = dict.fromkeys(stories)
    uri = rabbitmq.vhost()
    told = {story: story(uri) for story in stories}

    def go_on() -> None:
        for story, rest in told.items():
            if failures[story] is None:
                try:
                    next(rest, None)
                except (Exception, eventlet.Timeout, pytest.fail.Exception) as error:
                    failures[story] = error

    with pytest.MonkeyPatch.context() as changes:
        changes.setattr(heartbeat, "EVERY_SECONDS", 0.2)
        changes.setattr(heartbeat, "PATIENCE_SECONDS", 60.0)
        changes.setattr(heartbeat, "BEATS_SOON", 1000)  # an ear may come back as late as it likes
        go_on()
        rabbitmq.kill()
        go_on()
        rabbitmq.start()
        go_on()
    yield failures
    rabbitmq.drop_vhost(uri)


def fine(failure: BaseException | None) -> bool:
    if failure is not None:
        raise failure
    return True


def test_calls_fail_in_time_while_the_broker_is_away_and_work_again_soon_after(ends):
    assert fine(ends[calls])


def test_a_publisher_works_again_after_the_broker_was_away(ends):
    assert fine(ends[a_publisher])


def test_a_subscription_hears_again_after_the_broker_was_away(ends):
    assert fine(ends[subscriptions])


def test_durable_queues_and_persistent_messages_outlive_the_broker(ends):
    assert fine(ends[what_is_on_disk])


def test_a_heartbeat_goes_on_after_the_broker_was_away(ends):
    assert fine(ends[heartbeats])
