"""Topics that come and go: only what is asked for is heard, and it is heard again after a loss."""

from __future__ import annotations

from typing import Any

import eventlet
import pytest

from netraven_chassis.bus.publisher import ConfirmedPublisher
from netraven_chassis.bus.topics import Topics
from tests.patience import patience, until


@pytest.fixture
def say(uri):
    """Publish one body under a topic."""
    publisher = ConfirmedPublisher(uri, "jobs.lines", "topic")
    publisher.start()
    assert publisher.link.wait_until_up(patience(20))
    yield lambda topic, body: publisher.publish(body, timeout=patience(20), routing_key=topic)
    publisher.stop()


@pytest.fixture
def heard(uri):
    """Topics and what came of them; "up" is a new connection."""
    told: list[bytes | str] = []
    topics: Any = Topics(uri, "jobs.lines", lambda body, _: told.append(body), lambda: told.append("up"))
    topics.told = told
    topics.start()
    until(lambda: topics.connected)
    yield topics
    topics.stop()


def asked(topics, say, topic):
    """Wait until the broker knows that the topic is wanted."""
    topics.ask(topic)

    def comes():
        say(topic, b"?")
        eventlet.sleep(0.02)
        return b"?" in topics.told

    until(comes)
    say(topic, b"!")
    # after this one no other of ours is on its way
    until(lambda: b"!" in topics.told)
    topics.told[:] = [one for one in topics.told if one not in (b"?", b"!")]


def test_only_what_was_asked_for_is_heard(heard, say):
    asked(heard, say, "a")
    say("b", b"1")
    say("a", b"2")
    say("", b"3")
    until(lambda: b"2" in heard.told)
    assert heard.told == ["up", b"2"]


def test_a_topic_is_forgotten_and_a_message_comes_once_however_often_it_is_meant(heard, say):
    asked(heard, say, "a")
    asked(heard, say, "#")
    heard.ask("a")
    say("a", b"1")
    say("b", b"2")
    until(lambda: b"2" in heard.told)
    assert heard.told == ["up", b"1", b"2"]
    heard.forget("#")
    heard.forget("never asked for")

    def gone():
        heard.told.clear()
        say("b", b"3")
        say("a", b"4")
        until(lambda: b"4" in heard.told)
        return heard.told == [b"4"]

    until(gone)


def test_thousands_of_topics_are_asked_for_at_once(heard, say):
    for number in range(2000):
        heard.ask(f"job-{number}")
    asked(heard, say, "last")
    say("job-1999", b"1")
    say("job-2000", b"2")
    say("last", b"3")
    until(lambda: b"3" in heard.told)
    assert heard.told == ["up", b"1", b"3"]


@pytest.mark.broker
def test_topics_are_heard_again_after_the_broker_was_away(rabbitmq):
    uri = rabbitmq.vhost()
    told: list[bytes | str] = []
    topics: Any = Topics(uri, "jobs.lines", lambda body, _: told.append(body), lambda: told.append("up"))
    topics.start()
    until(lambda: topics.connected)
    topics.ask("a")
    assert rabbitmq.drop_connections(uri) == 1
    until(lambda: told.count("up") == 2)
    topics.ask("b")
    publisher = ConfirmedPublisher(uri, "jobs.lines", "topic")
    publisher.start()
    assert publisher.link.wait_until_up(patience(20))
    for topic in ("a", "b"):
        while topic.encode() not in told:
            publisher.publish(topic.encode(), timeout=patience(20), routing_key=topic)
            eventlet.sleep(0.02)
    assert {b"a", b"b"} <= set(told) and told.count("up") == 2
    publisher.stop()
    topics.stop()
    rabbitmq.drop_vhost(uri)
