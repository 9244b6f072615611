"""Letting calls that come at once be done together: one round for all who wait. What is done is not known
here.

Whoever finds nobody working works for all who wait, so a lone call loses nothing and a crowd shares its
trips to the database.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from eventlet.semaphore import Semaphore

A = TypeVar("A")
B = TypeVar("B")


@dataclass(slots=True, eq=False)
class _Ticket(Generic[A, B]):
    item: A
    result: B | BaseException | None = None


class Combiner(Generic[A, B]):
    """`run(items)` gives a result, or an exception, for each item in order; at most `most` items at once."""

    def __init__(self, run: Callable[[Sequence[A]], Sequence[B | BaseException]], most: int) -> None:
        self._run = run
        self._most = most
        self._lock = Semaphore(1)
        self._waiting: deque[_Ticket[A, B]] = deque()

    def do(self, item: A) -> B:
        """The item's result; raises its exception, or what the whole round raised."""
        ticket: _Ticket[A, B] = _Ticket(item)
        self._waiting.append(ticket)
        while ticket.result is None:
            with self._lock:
                if ticket.result is None:
                    self._round()
        if isinstance(ticket.result, BaseException):
            raise ticket.result
        return ticket.result

    def _round(self) -> None:
        tickets = [self._waiting.popleft() for _ in range(min(self._most, len(self._waiting)))]
        try:
            results = self._run([ticket.item for ticket in tickets])
            for ticket, result in zip(tickets, results, strict=True):
                ticket.result = result
        except Exception as error:
            for ticket in tickets:
                ticket.result = error
        finally:
            # A worker that is killed in the middle leaves its round to the next one.
            self._waiting.extendleft(reversed([ticket for ticket in tickets if ticket.result is None]))
