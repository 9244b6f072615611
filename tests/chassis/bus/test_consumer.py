"""Messages taken from queues: settled, given back, dropped, and what a stop leaves."""

from __future__ import annotations

from typing import Any

import eventlet
import pytest
from kombu import Queue
from structlog.testing import capture_logs

from netraven_chassis.bus import connection
from netraven_chassis.bus.consumer import Consumer
from netraven_chassis.bus.link import BusNotReady
from tests.patience import patience, until

QUEUE = Queue("work", durable=True)


class Taken:
    """What a consumer took, settled when the test says so."""

    def __init__(self, uri: str, queue: Queue = QUEUE, **options: Any) -> None:
        self.messages: list[Any] = []
        self.bodies: list[bytes] = []
        self.consumer = Consumer(uri, [queue], self._take, **options)

    def _take(self, body: bytes, message: Any) -> None:
        self.messages.append(message)
        self.bodies.append(body)


def put(uri: str, *bodies: bytes, **properties: Any) -> None:
    raw = connection.connect(uri)
    QUEUE(raw.default_channel).declare()
    for body in bodies:
        raw.default_channel.publish(body, properties, "", "work")
    raw.release()


@pytest.fixture
def hold(uri):
    """A connection for the whole test: a broker in memory lives as long as somebody is connected."""
    raw = connection.connect(uri)
    yield raw
    raw.release()


def waiting(raw: Any) -> int:
    return int(raw.default_channel.queue_declare("work", passive=True).message_count)


def test_messages_come_with_bytes_and_properties_and_are_gone_when_acknowledged(uri, hold):
    taken = Taken(uri)
    taken.consumer.start()
    put(uri, b"\xff\x00", b"", type="t", application_headers={"n": 5, "s": "x"}, correlation_id="c")
    until(lambda: len(taken.messages) == 2)
    assert taken.bodies == [b"\xff\x00", b""]
    assert taken.messages[0].properties["type"] == "t"
    assert taken.messages[0].properties["correlation_id"] == "c"
    assert taken.messages[0].headers == {"n": 5, "s": "x"}
    for message in taken.messages:
        taken.consumer.ack(message)
    taken.consumer.stop()
    until(lambda: waiting(hold) == 0)


def test_no_more_than_the_prefetch_is_taken_before_something_is_settled(uri, hold):
    taken = Taken(uri, prefetch=2)
    put(uri, b"1", b"2", b"3", b"4")
    taken.consumer.start()
    until(lambda: len(taken.messages) == 2)
    eventlet.sleep(0.2)
    assert taken.bodies == [b"1", b"2"]
    taken.consumer.ack(taken.messages[0])
    until(lambda: taken.bodies == [b"1", b"2", b"3"])
    taken.consumer.stop(drain=0)
    until(lambda: waiting(hold) == 3)


def test_a_requeued_message_comes_again_and_a_rejected_one_does_not(uri, hold):
    taken = Taken(uri)
    taken.consumer.start()
    put(uri, b"again", b"never")
    until(lambda: len(taken.messages) == 2)
    taken.consumer.requeue(taken.messages[0])
    taken.consumer.reject(taken.messages[1])
    until(lambda: len(taken.messages) == 3)
    assert taken.bodies[2] == b"again"
    assert taken.messages[2].delivery_info["redelivered"]
    taken.consumer.ack(taken.messages[2])
    taken.consumer.stop()
    until(lambda: waiting(hold) == 0)


def test_what_is_unsettled_when_a_connection_ends_goes_back_in_its_order(uri, hold):
    taken = Taken(uri)
    taken.consumer.start()
    put(uri, b"1", b"2", b"3")
    until(lambda: len(taken.messages) == 3)
    taken.consumer.ack(taken.messages[1])
    eventlet.sleep(0.1)
    taken.consumer.stop(drain=0)
    again = Taken(uri)
    again.consumer.start()
    until(lambda: again.bodies == [b"1", b"3"])
    assert all(message.delivery_info["redelivered"] for message in again.messages)
    again.consumer.stop(drain=0)


def test_a_message_that_the_callback_chokes_on_is_dropped_and_logged(uri, hold):
    bodies = []

    def choke(body: bytes, message: Any) -> None:
        bodies.append(body)
        if body == b"bad":
            raise ValueError("no")
        consumer.ack(message)

    consumer = Consumer(uri, [QUEUE], choke)
    consumer.start()
    with capture_logs() as logs:
        put(uri, b"bad", b"good")
        until(lambda: bodies == [b"bad", b"good"])
    told = [entry["event"] for entry in logs if entry.get("consumer") == "queue work"]
    assert told == ["a message could not be handled and is dropped"]
    consumer.stop()
    assert waiting(hold) == 0


def test_a_stop_waits_for_what_was_taken_and_takes_no_more(uri, hold):
    taken = Taken(uri)
    taken.consumer.start()
    put(uri, b"1")
    until(lambda: taken.messages)
    stop = eventlet.spawn(taken.consumer.stop, drain=300.0)
    until(lambda: taken.consumer._stopping)
    put(uri, b"2")
    assert not stop.dead
    taken.consumer.ack(taken.messages[0])
    with eventlet.Timeout(patience(20)):
        stop.wait()
    assert taken.bodies == [b"1"]
    until(lambda: waiting(hold) == 1)


def test_a_stop_waits_no_longer_than_it_may(uri, hold):
    taken = Taken(uri)
    taken.consumer.start()
    put(uri, b"1")
    until(lambda: taken.messages)
    with eventlet.Timeout(patience(20)):
        taken.consumer.stop(drain=0.3)
    until(lambda: waiting(hold) == 1)


def test_what_is_on_its_way_when_a_consumer_is_cancelled_goes_back(uri, hold):
    bodies = []

    def once(body: bytes, message: Any) -> None:
        bodies.append(body)
        consumer.cancel()
        consumer.ack(message)

    put(uri, b"1", b"2", b"3")
    consumer = Consumer(uri, [QUEUE], once)
    consumer.start()
    until(lambda: bodies == [b"1"])
    until(lambda: waiting(hold) == 2)
    consumer.stop()
    assert bodies == [b"1"]


def test_a_consumer_that_never_acknowledges_settles_nothing(uri, hold):
    taken = Taken(uri, no_ack=True)
    taken.consumer.start()
    put(uri, *[b"x"] * 50)
    until(lambda: len(taken.messages) == 50)
    taken.consumer.ack(taken.messages[0])
    taken.consumer.stop(drain=5.0)
    assert waiting(hold) == 0


def test_a_start_names_the_queue_that_exists_with_other_arguments(uri, hold):
    Queue("work", durable=True, queue_arguments={"x-max-length": 5})(hold.default_channel).declare()
    with pytest.raises(BusNotReady, match=r"queue work at .* exists with other arguments"):
        Taken(uri).consumer.start(deadline=patience(20))


def test_settling_a_message_of_a_lost_connection_does_not_raise(uri, rabbitmq, hold):
    taken = Taken(uri, prefetch=3)
    taken.consumer.start()
    put(uri, b"1", b"2", b"3")
    until(lambda: len(taken.messages) == 3)
    assert rabbitmq.drop_connections(uri) >= 1
    until(lambda: len(taken.messages) == 6)
    taken.consumer.ack(taken.messages[0])
    taken.consumer.reject(taken.messages[1])
    taken.consumer.requeue(taken.messages[2])
    assert taken.bodies[3:] == [b"1", b"2", b"3"]
    for message in taken.messages[3:]:
        taken.consumer.ack(message)
    taken.consumer.stop()


def test_a_consumer_hears_of_each_connection(uri, rabbitmq):
    heard: list[str] = []
    consumer = Consumer(
        uri,
        [QUEUE],
        lambda _body, _message: None,
        on_connected=lambda _channel: heard.append("connected"),
        on_lost=lambda: heard.append("lost"),
    )
    consumer.start()
    assert heard == ["connected"]
    assert rabbitmq.drop_connections(uri) >= 1
    until(lambda: heard == ["connected", "lost", "connected"])
    consumer.stop()
