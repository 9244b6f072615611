"""Publishing with and without the broker's word."""

from __future__ import annotations

import socket

import eventlet
import pytest
from kombu import Exchange, Queue

from netraven_chassis.bus import connection
from netraven_chassis.bus.consumer import Consumer
from netraven_chassis.bus.publisher import ConfirmedPublisher, Publisher
from netraven_contracts.errors import Unavailable
from tests.patience import patience, until
from tests.servers.ports import free_ports

NEWS = Queue("news", Exchange("said", type="fanout", durable=True), durable=True)


class Listener:
    """What arrives in the queue `news`."""

    def __init__(self, uri):
        self.bodies, self.messages = [], []
        self.consumer = Consumer(uri, [NEWS], self._take, prefetch=0)
        self.consumer.start()

    def _take(self, body, message):
        self.bodies.append(body)
        self.messages.append(message)
        self.consumer.ack(message)


@pytest.fixture
def listener(uri):
    one = Listener(uri)
    yield one
    one.consumer.stop()


@pytest.fixture
def publisher(uri):
    one = ConfirmedPublisher(uri, "said")
    one.start()
    assert one.link.wait_until_up(patience(20))
    yield one
    one.stop()


def test_a_confirmed_message_is_with_the_broker(publisher, listener):
    publisher.publish(b"1", headers={"after": 3, "name": "x"}, persistent=True)
    publisher.publish(b"2")
    until(lambda: listener.bodies == [b"1", b"2"])
    first, second = listener.messages
    assert first.headers == {"after": 3, "name": "x"}
    assert first.properties["delivery_mode"] == 2
    assert second.properties["delivery_mode"] == 1
    assert first.properties["content_type"] == "application/json"


def test_nobody_need_listen(publisher):
    publisher.publish(b"1")
    assert publisher._waiting == {}, "the broker has confirmed it"


def test_many_publish_at_once_and_each_is_confirmed(publisher, listener):
    pool = eventlet.GreenPool(50)
    bodies = [b"%d" % n for n in range(1000)]
    for body in bodies:
        pool.spawn(publisher.publish, body, timeout=patience(20))
    pool.waitall()
    until(lambda: len(listener.bodies) == 1000)
    assert sorted(listener.bodies) == sorted(bodies)
    assert publisher._waiting == {}


def test_publishing_from_many_greenthreads_keeps_frames_apart(publisher, listener):
    # larger than a frame and than the socket's buffer, so that writes are cut in the middle
    bodies = [bytes([n]) * (400_000 + n) for n in range(24)]
    threads = [eventlet.spawn(publisher.publish, body, timeout=patience(20)) for body in bodies]
    for thread in threads:
        thread.wait()
    until(lambda: len(listener.bodies) == 24)
    assert sorted(listener.bodies) == sorted(bodies)


def test_a_message_of_many_frames_arrives_whole(publisher, listener):
    body = bytes(range(256)) * 20_000
    publisher.publish(body)
    until(lambda: listener.bodies)
    assert listener.bodies == [body]


def test_a_broker_that_is_away_is_unavailable_in_time():
    publisher = ConfirmedPublisher(f"amqp://guest:guest@127.0.0.1:{free_ports(1)[0]}//", "said")
    publisher.start()
    with eventlet.Timeout(patience(20)), pytest.raises(Unavailable):
        publisher.publish(b"x", timeout=0.3)
    publisher.stop()


def test_a_message_that_nobody_need_hear_is_sent_or_not(uri, listener):
    publisher = Publisher(uri, "said")
    assert publisher.send(b"too early") is False
    publisher.start()
    until(lambda: publisher.send(b"x", persistent=False))
    until(lambda: listener.bodies == [b"x"])
    publisher.stop()
    assert publisher.send(b"too late") is False


def test_a_message_can_go_to_one_queue_and_expire_there(uri, publisher):
    raw = connection.connect(uri)
    for name in ("aside", "later"):
        Queue(name, durable=True)(raw.default_channel).declare()
    direct = Publisher(uri, "")
    direct.start()
    until(lambda: direct.send(b"x", routing_key="aside", expires_ms=100))
    assert direct.send(b"y", routing_key="aside") and direct.send(b"z", routing_key="later")
    until(lambda: raw.default_channel.basic_get("later"))
    eventlet.sleep(0.2)  # the broker has counted from before it had the last one
    assert raw.default_channel.basic_get("aside").body == b"y"
    direct.stop()
    raw.release()


def test_a_confirmation_that_does_not_come_is_an_error(publisher, rabbitmq):
    rabbitmq.pause()
    eventlet.sleep(0.3)  # until all of its threads have stopped
    try:
        with eventlet.Timeout(patience(20)), pytest.raises(Unavailable):
            publisher.publish(b"x", timeout=0.4)
        assert publisher._waiting == {}
    finally:
        rabbitmq.resume()


def test_a_queue_that_refuses_a_message_is_an_error(uri, publisher):
    raw = connection.connect(uri)
    arguments = {"x-max-length": 1, "x-overflow": "reject-publish"}
    full = Queue("full", NEWS.exchange, durable=True, queue_arguments=arguments)
    full(raw.default_channel).declare()
    publisher.publish(b"1")
    with pytest.raises(Unavailable):
        publisher.publish(b"2")
    raw.release()


def test_a_connection_lost_between_two_messages_is_unavailable(uri, publisher):
    publisher.publish(b"1")
    channel = publisher.link.channel
    channel.close() if uri.startswith("embedded") else channel.connection.collect()
    with pytest.raises(Unavailable):
        publisher.publish(b"2", timeout=0.2)
    assert publisher.send(b"3") is False


def test_what_waits_for_a_confirmation_fails_when_the_broker_goes(publisher, rabbitmq):
    rabbitmq.pause()
    eventlet.sleep(0.3)  # until all of its threads have stopped
    try:
        publishing = eventlet.spawn(publisher.publish, b"x", timeout=300.0)
        eventlet.sleep(0.1)
        publisher.link.channel.connection.transport.sock.shutdown(socket.SHUT_RDWR)
        with eventlet.Timeout(patience(20)), pytest.raises(Unavailable):
            publishing.wait()
    finally:
        rabbitmq.resume()
