"""The broker in memory: routing, order, limits, who may take what."""

from __future__ import annotations

import time

import pytest
from amqp.exceptions import NotFound, PreconditionFailed, ResourceLocked
from hypothesis import given
from hypothesis import strategies as st

from netraven_chassis.bus import embedded
from netraven_chassis.bus.embedded import Broker, Envelope, MessageQueue, Taker


class Hands:
    """A consumer's hands: what it was given."""

    def __init__(self, queue: MessageQueue, limit: int = 1000, no_ack: bool = False) -> None:
        self.given: list[Envelope] = []
        self.taker = Taker(lambda _taker, envelope: self.given.append(envelope), queue, "t", no_ack, limit)
        queue.attach(self.taker)

    @property
    def bodies(self) -> list[bytes]:
        return [envelope.body for envelope in self.given]


def queue_of(broker: Broker, **arguments: int) -> MessageQueue:
    return broker.declare_queue("q", True, False, None, arguments)


def put(broker: Broker, *bodies: bytes, key: str = "q", exchange: str = "", **properties) -> list[bool]:
    return [broker.publish(body, properties, exchange, key) for body in bodies]


def test_the_nameless_exchange_goes_to_the_queue_of_that_name():
    broker = Broker()
    queue = queue_of(broker)
    assert put(broker, b"1") == [True]
    assert put(broker, b"2", key="other") == [False]
    assert [envelope.body for envelope in queue.ready] == [b"1"]


@pytest.mark.parametrize(
    ("kind", "binding", "key", "goes"),
    [
        ("direct", "a.b", "a.b", True),
        ("direct", "a.b", "a.c", False),
        ("fanout", "", "whatever", True),
        ("topic", "a.*", "a.b", True),
        ("topic", "a.*", "a", False),
        ("topic", "a.*", "a.b.c", False),
        ("topic", "a.#", "a", True),
        ("topic", "a.#", "a.b.c", True),
        ("topic", "#.c", "c", True),
        ("topic", "#.c", "a.b.c", True),
        ("topic", "#.c", "a.bc", False),
        ("topic", "*.b.#", "a.b", True),
        ("topic", "#", "", True),
        ("topic", "a.b", "aXb", False),
        ("topic", "a.#.d", "a.d", True),
        ("topic", "a.#.d", "a.b.c.d", True),
        ("topic", "a.#.d", "ad", False),
    ],
)
def test_an_exchange_routes_by_its_kind(kind, binding, key, goes):
    broker = Broker()
    queue_of(broker)
    broker.declare_exchange("x", kind)
    broker.bind("q", "x", binding)
    assert put(broker, b"1", exchange="x", key=key) == [goes]


WORDS = st.sampled_from(["a", "b", "c"])


def matches(pattern: list[str], words: list[str]) -> bool:
    """AMQP's definition of a topic, word by word."""
    if not pattern:
        return not words
    if pattern[0] == "#":
        return any(matches(pattern[1:], words[skip:]) for skip in range(len(words) + 1))
    return bool(words) and pattern[0] in ("*", words[0]) and matches(pattern[1:], words[1:])


@given(
    st.lists(WORDS | st.sampled_from(["*", "#"]), min_size=1, max_size=5),
    st.lists(WORDS, min_size=1, max_size=5),
)
def test_topics_match_as_the_protocol_says(pattern, words):
    assert embedded._matches(".".join(pattern), ".".join(words)) is matches(pattern, words)


def test_a_message_comes_once_to_a_queue_that_is_bound_twice():
    broker = Broker()
    queue = queue_of(broker)
    broker.declare_exchange("x", "topic")
    broker.bind("q", "x", "a.*")
    broker.bind("q", "x", "*.b")
    put(broker, b"1", exchange="x", key="a.b")
    assert len(queue.ready) == 1
    broker.unbind("q", "x", "a.*")
    broker.unbind("q", "x", "*.b")
    assert put(broker, b"2", exchange="x", key="a.b") == [False]


def test_a_full_queue_drops_its_oldest():
    broker = Broker()
    queue = queue_of(broker, **{"x-max-length": 3})
    put(broker, b"1", b"2", b"3", b"4", b"5")
    assert [envelope.body for envelope in queue.ready] == [b"3", b"4", b"5"]


def test_every_queue_is_bounded(monkeypatch):
    monkeypatch.setattr(embedded, "MAX_LENGTH", 10)
    broker = Broker()
    queue = queue_of(broker)
    put(broker, *[b"%d" % n for n in range(25)])
    assert [envelope.body for envelope in queue.ready] == [b"%d" % n for n in range(15, 25)]


@pytest.fixture
def clock(monkeypatch):
    """Time in memory, which stands still until the test moves it on: clock(seconds)."""
    now = [time.monotonic()]
    monkeypatch.setattr(embedded, "monotonic", lambda: now[0])

    def go_on(seconds: float) -> None:
        now[0] += seconds

    return go_on


def test_a_message_whose_time_is_over_is_not_delivered(clock):
    broker = Broker()
    queue = queue_of(broker)
    put(broker, b"short", expiration="20")
    put(broker, b"long", expiration="60000")
    put(broker, b"for ever")
    clock(0.03)
    assert Hands(queue).bodies == [b"long", b"for ever"]


def test_takers_share_in_turn_and_only_as_much_as_they_may_hold():
    broker = Broker()
    queue = queue_of(broker)
    one, two = Hands(queue, limit=2), Hands(queue, limit=1)
    put(broker, b"1", b"2", b"3", b"4")
    assert sorted(one.bodies + two.bodies) == [b"1", b"2", b"3"]
    assert (len(one.bodies), len(two.bodies)) == (2, 1)
    two.taker.settled()
    assert two.bodies[-1] == b"4"


def test_of_several_takers_of_a_single_active_queue_one_gets_all_until_it_goes():
    broker = Broker()
    queue = queue_of(broker, **{"x-single-active-consumer": True})
    one, two = Hands(queue, limit=3), Hands(queue)
    put(broker, b"1", b"2", b"3", b"4")
    assert (one.bodies, two.bodies) == ([b"1", b"2", b"3"], [])
    queue.detach(one.taker)
    assert two.bodies == [b"4"]


def test_what_is_given_back_comes_first_and_is_marked():
    broker = Broker()
    queue = queue_of(broker)
    put(broker, b"3")
    queue.give_back([Envelope(b"1", {}, "", "q"), Envelope(b"2", {}, "", "q")])
    taken = Hands(queue)
    assert taken.bodies == [b"1", b"2", b"3"]
    assert [envelope.redelivered for envelope in taken.given] == [True, True, False]


def test_a_queue_is_found_again_as_it_was_declared_and_not_otherwise():
    broker = Broker()
    queue = queue_of(broker, **{"x-max-length": 3})
    assert queue_of(broker, **{"x-max-length": 3}) is queue
    with pytest.raises(PreconditionFailed):
        queue_of(broker)
    with pytest.raises(PreconditionFailed):
        broker.declare_queue("q", False, False, None, {"x-max-length": 3})
    broker.declare_exchange("x", "fanout")
    with pytest.raises(PreconditionFailed):
        broker.declare_exchange("x", "topic")


def test_an_exclusive_queue_is_its_owners():
    broker, owner = Broker(), object()
    broker.declare_queue("q", False, True, owner, {})
    assert broker.queue("q", owner).name == "q"
    with pytest.raises(ResourceLocked):
        broker.queue("q", object())
    with pytest.raises(ResourceLocked):
        broker.declare_queue("q", False, True, object(), {})


def test_what_is_not_there_is_not_found():
    broker = Broker()
    with pytest.raises(NotFound):
        broker.queue("q", None)
    with pytest.raises(NotFound):
        put(broker, b"1", exchange="x")
    with pytest.raises(NotFound):
        broker.bind("q", "x", "")


def test_a_queue_that_nobody_uses_is_forgotten_after_its_time(clock):
    broker = Broker()
    queue = queue_of(broker, **{"x-expires": 30_000})
    broker.declare_exchange("x", "fanout")
    broker.bind("q", "x", "")
    taken = Hands(queue)
    clock(50)
    assert put(broker, b"1", exchange="x") == [True]
    queue.detach(taken.taker)
    assert put(broker, b"1", exchange="x") == [True]
    clock(50)
    assert put(broker, b"1", exchange="x") == [False]
    assert broker.queues == {}
    assert broker.exchanges["x"].bindings == {}


def test_names_are_never_given_twice():
    broker = Broker()
    assert len({broker.declare_queue("", False, True, None, {}).name for _ in range(10)}) == 10
