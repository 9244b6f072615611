"""The tasks' queue, on both buses."""

from __future__ import annotations

from collections.abc import Iterator

import eventlet
import pytest
from eventlet.event import Event

from netraven_chassis.bus.consumer import Consumer
from netraven_chassis.bus.message import Message as BusMessage
from netraven_contracts.errors import NetRavenError
from netraven_jobs import dispatch
from netraven_jobs.bell import Bell
from netraven_jobs.dispatch import Message, TaskPublisher
from tests.patience import until


@pytest.fixture
def publisher(either_bus: str) -> Iterator[TaskPublisher]:
    made = TaskPublisher(either_bus)
    made.start()
    yield made
    made.stop()


def test_messages_wait_in_the_queue_until_a_worker_comes(either_bus: str, publisher: TaskPublisher) -> None:
    messages = [Message((f"t{number}",), site="Bern") for number in range(120)]
    messages.append(Message(("a", "b"), whole=True))
    assert publisher.put(messages) == messages
    got: list[Message] = []

    def take(body: bytes, message: BusMessage) -> None:
        got.append(dispatch.read(body))
        consumer.ack(message)

    consumer = Consumer(either_bus, [dispatch.queue(either_bus)], take)
    consumer.start()
    until(lambda: len(got) >= len(messages))
    consumer.stop()
    assert sorted(got, key=lambda one: one.tasks) == sorted(messages, key=lambda one: one.tasks)


def test_while_the_broker_is_away_nothing_is_taken_for_published(
    publisher: TaskPublisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    publisher.stop()
    monkeypatch.setattr(dispatch, "PATIENCE_SECONDS", 0.2)
    assert publisher.put([Message(("t",))]) == []


@pytest.mark.parametrize("body", [b"", b"nonsense", b"[]", b'{"tasks": []}', b'{"tasks": "t"}', b"7"])
def test_what_is_no_message_is_refused(body: bytes) -> None:
    with pytest.raises(ValueError):
        dispatch.read(body)


def test_the_queue_is_durable_and_of_the_broker_s_safe_kind() -> None:
    declared = dispatch.queue("amqp://somewhere")
    assert declared.durable and declared.queue_arguments == {"x-queue-type": "quorum"}


def test_a_bell_rings_for_all_that_waits_at_once_and_goes_on_after_a_failure() -> None:
    rung: list[list[str]] = []
    begun, let = Event(), Event()

    def ring(idents: object) -> None:
        rung.append(list(idents))  # type: ignore[call-overload]
        if len(rung) == 1:
            begun.send()
            let.wait()
            raise NetRavenError("nobody there")

    bell = Bell(ring)
    going = eventlet.spawn(bell.run)
    bell.push(["a"])
    begun.wait()
    bell.push(["b"])
    bell.push(["c", "d"])
    let.send()
    until(lambda: len(rung) == 2)
    bell.stop()
    going.wait()
    assert rung == [["a"], ["b", "c", "d"]]
