"""One question after the other to a service, the next one on its way while an answer is being used.

Each must be harmless when repeated: it is asked again after a short absence of the service, so that what
takes minutes outlives a restart. What is asked is not known here.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import eventlet

from netraven_chassis.bus.client import Call, Client
from netraven_contracts.errors import Unavailable

UNDER_WAY = 2
TRIES, PAUSE_SECONDS = 6, 1.0

Question = Mapping[str, Any]


def answers(service: Client, method: str, questions: Iterable[Question]) -> Iterator[Any]:
    """The answer of `method` to each of the questions (its arguments), in their order.

    Raises what the service raises; Unavailable for a question that was not answered in all its tries.
    """
    waiting: deque[tuple[Question, Call | None]] = deque()
    for question in questions:
        waiting.append((question, _asked(service, method, question)))
        if len(waiting) == UNDER_WAY:
            yield _answer(service, method, *waiting.popleft())
    while waiting:
        yield _answer(service, method, *waiting.popleft())


def _asked(service: Client, method: str, question: Question) -> Call | None:
    """The question under way; None when it could not be sent, which is another reason to ask again."""
    try:
        return service.call_async(method, **question)
    except Unavailable:
        return None


def _answer(service: Client, method: str, question: Question, call: Call | None) -> Any:
    for attempt in range(1, TRIES):
        try:
            if call is not None:
                return call.result()
        except Unavailable:
            pass  # asked again below
        eventlet.sleep(PAUSE_SECONDS * attempt)
        call = _asked(service, method, question)
    return (call or service.call_async(method, **question)).result()
