"""The queue that hands tasks to workers: its name and form, what goes into it, how full it is. Nobody works
here.

A message names tasks, and says no more than a worker would have to ask for first. What counts stands in the
database, so one that comes twice, late or never is harmless. It is a durable quorum queue at a broker, and an
ordinary one in memory.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from eventlet.greenpool import GreenPool
from kombu import Queue

from netraven_chassis.bus.publisher import ConfirmedPublisher
from netraven_contracts.errors import Unavailable

NAME = "jobs.tasks"
AT_ONCE = 50  # confirmations waited for together
PATIENCE_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Message:
    """Tasks to be done: all in one go when they are a `whole`, else one, with the location of its device."""

    tasks: tuple[str, ...]
    whole: bool = False
    site: str | None = None

    def body(self) -> bytes:
        """As it travels."""
        return orjson.dumps({"tasks": self.tasks, "whole": self.whole, "site": self.site})


def queue(uri: str) -> Queue:
    """The queue as it is declared at this broker."""
    kind = "classic" if uri.startswith("embedded") else "quorum"
    return Queue(NAME, durable=True, queue_arguments={"x-queue-type": kind})


def read(body: bytes) -> Message:
    """The message in these bytes. Raises ValueError for what is none."""
    told = orjson.loads(body)
    if not isinstance(told, dict) or not isinstance(told.get("tasks"), list) or not told["tasks"]:
        raise ValueError("a message of the tasks' queue names tasks")
    return Message(tuple(map(str, told["tasks"])), bool(told.get("whole")), told.get("site"))


class TaskPublisher(ConfirmedPublisher):
    """Puts tasks into the queue; an answer means that the broker keeps them."""

    def __init__(self, uri: str) -> None:
        super().__init__(uri, "")
        self._queue = queue(uri)

    def _up(self, channel: Any) -> None:
        # Published to a queue that is not there, a message would be confirmed and lost.
        self._queue(channel).declare()
        super()._up(channel)

    def put(self, messages: Sequence[Message]) -> list[Message]:
        """Publish messages; those that the broker has. Never raises for a broker that is away."""
        pool = GreenPool(AT_ONCE)
        done = pool.imap(self._put_one, messages)
        return [message for message, good in zip(messages, done, strict=True) if good]

    def _put_one(self, message: Message) -> bool:
        try:
            self.publish(message.body(), timeout=PATIENCE_SECONDS, routing_key=NAME, persistent=True)
        except Unavailable:
            return False
        return True
