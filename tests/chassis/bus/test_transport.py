"""The transport in memory beside RabbitMQ, through kombu's own interface and ours."""

from __future__ import annotations

import contextlib
import gc
import time
from typing import Any

import eventlet
import pytest
from amqp.exceptions import ChannelError, NotFound, PreconditionFailed, ResourceLocked
from kombu import Connection, Consumer, Exchange, Producer, Queue

from netraven_chassis.bus import connection, transport
from netraven_chassis.bus.channel import REPLY_TO
from tests.patience import patience, until

transport.register()


@pytest.fixture
def kombu(uri):
    with Connection(uri) as one:
        yield one


@pytest.fixture
def ours(uri):
    """A connection as the bus makes them."""
    raw = connection.connect(uri)
    yield raw
    raw.release()


def drain(kombu: Connection, until) -> None:
    deadline = time.monotonic() + patience(5)
    while not until():
        assert time.monotonic() < deadline
        try:
            kombu.drain_events(timeout=0.2)
        except TimeoutError:
            continue


def test_kombus_own_producers_and_consumers_work(kombu):
    got = []
    exchange = Exchange("animals", type="topic", durable=True)
    queue = Queue("dogs", exchange, routing_key="dog.#", durable=True)

    def on_message(body, message):
        got.append((body, message.headers, message.delivery_info["routing_key"]))
        message.ack()

    with Consumer(kombu.channel(), [queue], callbacks=[on_message], accept=["json"]):
        producer = Producer(kombu.channel(), exchange)
        producer.publish({"name": "Rex"}, routing_key="dog.big", headers={"n": 1}, declare=[queue])
        producer.publish({"name": "Tom"}, routing_key="cat")
        producer.publish({"name": "Ümit"}, routing_key="dog")
        drain(kombu, lambda: len(got) == 2)
    assert got == [({"name": "Rex"}, {"n": 1}, "dog.big"), ({"name": "Ümit"}, {}, "dog")]
    assert queue(kombu.channel()).queue_declare(passive=True) is not None


def test_a_message_can_be_fetched_one_by_one(kombu):
    queue = Queue("box", durable=True)(kombu.default_channel)
    queue.declare()
    assert queue.get() is None
    producer = Producer(kombu.default_channel)
    for n in range(3):
        producer.publish(n, routing_key="box", serializer="json")
    first = until(lambda: queue.get(accept=["json"]))
    first.reject()
    second = queue.get(accept=["json"])
    assert (first.payload, second.payload) == (0, 1)
    second.requeue()
    until(lambda: queue.queue_declare(passive=True)[1] == 2)
    assert queue.purge() == 2


def test_a_dropped_connection_gives_back_what_it_held(uri, kombu):
    queue = Queue("box", durable=True)
    queue(kombu.default_channel).declare()
    for n in range(3):
        Producer(kombu.default_channel).publish(n, routing_key="box", serializer="json")
    with Connection(uri) as other:
        assert until(lambda: queue(other.default_channel).get(accept=["json"])).payload == 0
    again = until(lambda: queue(kombu.default_channel).get(accept=["json"], no_ack=True))
    assert again.payload == 0
    assert again.delivery_info["redelivered"]


def test_a_message_that_must_arrive_and_cannot_comes_back(uri):
    raw = connection.connect(uri)
    returned = []
    channel = raw.default_channel
    channel.events["basic_return"].add(lambda *details: returned.append(details))
    channel.publish(b"x", {"correlation_id": "7"}, "", "nowhere", mandatory=True)
    channel.publish(b"y", {"correlation_id": "8"}, "", "nowhere", mandatory=False)
    drain(raw, lambda: returned)
    (error, exchange, key, message) = returned[0]
    assert isinstance(error, ChannelError)
    assert (exchange, key, message.body, message.properties["correlation_id"]) == ("", "nowhere", b"x", "7")
    with pytest.raises(TimeoutError):
        raw.drain_events(timeout=0.1)
    assert len(returned) == 1
    raw.release()


def test_answers_come_by_the_way_that_the_request_names(uri):
    asking, answering = connection.connect(uri), connection.connect(uri)
    Queue("requests", durable=True)(answering.default_channel).declare()
    answers: list[Any] = []
    requests: list[Any] = []
    question = {"reply_to": REPLY_TO, "correlation_id": "1"}
    asking.default_channel.basic_consume(REPLY_TO, no_ack=True, callback=answers.append)
    answering.default_channel.basic_consume("requests", callback=requests.append)
    asking.default_channel.publish(b"?", question, "", "requests")
    drain(answering, lambda: requests)
    reply_to = requests[0].properties["reply_to"]
    assert reply_to != REPLY_TO
    answering.default_channel.answer(requests[0], b"!", {"correlation_id": "1"})
    drain(asking, lambda: answers)
    assert (answers[0].body, answers[0].properties["correlation_id"]) == (b"!", "1")
    asking.release()
    # nobody is there any more: no harm
    answering.default_channel.publish(b"late", {}, "", reply_to)
    assert answering.default_channel.queue_declare("requests", passive=True).message_count == 0
    answering.release()


def test_messages_are_acknowledged_one_by_one_or_all_up_to_one(ours):
    channel = ours.channel()
    Queue("box", durable=True)(channel).declare()
    got: list[Any] = []
    channel.basic_consume("box", callback=got.append)
    for n in range(5):
        channel.publish(b"%d" % n, {}, "", "box")
    drain(ours, lambda: len(got) == 5)
    channel.basic_ack(got[2].delivery_tag, multiple=True)
    channel.basic_ack(got[4].delivery_tag)
    channel.close()
    left = until(lambda: Queue("box", durable=True)(ours.channel()).get(no_ack=True))
    assert left.body in (b"3", "3")
    assert ours.channel().queue_declare("box", passive=True).message_count == 0


def test_acknowledging_what_was_never_delivered_is_an_error(ours):
    channel = ours.channel()
    with pytest.raises(PreconditionFailed):
        channel.basic_ack(99)
        drain(ours, lambda: False)


def test_bindings_can_be_undone_and_queues_deleted(ours):
    channel = ours.channel()
    exchange = Exchange("news", type="direct", durable=True)
    queue = Queue("box", exchange, routing_key="a", durable=True)(channel)
    queue.declare()
    queue.unbind_from(exchange, "a")
    channel.publish(b"x", {}, "news", "a")
    assert queue.queue_declare(passive=True)[1] == 0
    queue.delete()
    queue.delete()
    with pytest.raises(NotFound):
        ours.channel().queue_declare("box", passive=True)


def test_in_memory_a_cancelled_consumers_messages_on_the_way_go_back():
    ours = connection.connect("embedded://cancelling")
    channel = ours.channel()
    Queue("box", durable=True)(channel).declare()
    for n in range(3):
        channel.publish(b"%d" % n, {}, "", "box")
    got: list[Any] = []

    def only_one(message: Any) -> None:
        got.append(message)
        channel.basic_cancel("me")

    channel.basic_consume("box", consumer_tag="me", callback=only_one)
    drain(ours, lambda: got)
    with contextlib.suppress(TimeoutError):
        ours.drain_events(timeout=0.2)
    assert len(got) == 1
    channel.acknowledge(got[0].delivery_tag)
    until(lambda: ours.channel().queue_declare("box", passive=True).message_count == 2)
    ours.release()


def test_an_exclusive_queue_is_gone_with_its_connection(uri, kombu):
    other = Connection(uri)
    Queue("mine", exclusive=True, auto_delete=True)(other.default_channel).declare()
    with pytest.raises(ResourceLocked):
        kombu.channel().queue_declare("mine", passive=True)
    other.release()
    with pytest.raises(NotFound):
        kombu.channel().queue_declare("mine", passive=True)


def test_a_queue_that_deletes_itself_goes_with_its_last_consumer(kombu):
    channel = kombu.channel()
    Queue("fleeting", auto_delete=True, durable=True)(channel).declare()
    first = channel.basic_consume("fleeting", callback=print)
    second = channel.basic_consume("fleeting", callback=print)
    channel.basic_cancel(first)
    assert channel.queue_declare("fleeting", passive=True).consumer_count == 1
    channel.basic_cancel(second)
    with pytest.raises(NotFound):
        kombu.channel().queue_declare("fleeting", passive=True)


def test_an_unknown_scheme_is_refused():
    with pytest.raises(ValueError, match="no way to reach a broker at redis://host:6379/"):
        connection.connect("redis://user:secret@host:6379/")


def test_a_broker_in_memory_lives_as_long_as_somebody_is_connected():
    uri = "embedded://short-lived"
    first, second = connection.connect(uri), connection.connect(uri)
    Queue("kept", durable=True)(first.default_channel).declare()
    first.release()
    assert second.default_channel.queue_declare("kept", passive=True).message_count == 0
    second.release()
    del first, second
    gc.collect()
    third = connection.connect(uri)
    with pytest.raises(NotFound):
        third.default_channel.queue_declare("kept", passive=True)
    third.release()


def test_addresses_in_memory_are_apart():
    one, two = connection.connect("embedded://one"), connection.connect("embedded://two")
    Queue("q", durable=True)(one.default_channel).declare()
    with pytest.raises(NotFound):
        two.default_channel.queue_declare("q", passive=True)
    one.release()
    two.release()


def test_a_channel_with_several_consumers_of_a_queue_gives_all_back():
    ours = connection.connect("embedded://several")
    Queue("box", durable=True)(ours.default_channel).declare()
    channel = ours.channel()
    channel.basic_qos(0, 2, False)
    for _ in range(3):
        channel.basic_consume("box", callback=print)
    for n in range(10):
        ours.default_channel.publish(b"%d" % n, {}, "", "box")
    channel.close()
    channel.close()
    left = [ours.default_channel.basic_get("box", no_ack=True) for _ in range(10)]
    assert sorted(message.body for message in left) == [b"%d" % n for n in range(10)]
    assert ours.default_channel.basic_get("box") is None
    ours.release()


def test_a_closed_connection_in_memory_says_so():
    raw = connection.connect("embedded://closing")
    channel = raw.default_channel
    inner = raw.connection
    assert channel.is_open
    with pytest.raises(TimeoutError):
        inner.drain_events(timeout=0)
    waiting = eventlet.spawn(inner.drain_events, 5.0)
    eventlet.sleep(0)
    inner.close()
    with pytest.raises(ConnectionResetError):
        waiting.wait()
    for attempt in (lambda: channel.publish(b"", {}, "", "q"), lambda: channel.acknowledge(1)):
        with pytest.raises(ConnectionResetError):
            attempt()
    with pytest.raises(ConnectionResetError):
        raw.transport.create_channel(inner)
    assert not channel.is_open
    raw.release()
