"""What is asked about logs: lists, single entries, figures, and the streams of them."""

from __future__ import annotations

from typing import Any

import orjson

from netraven_chassis.clock import now_ms
from netraven_contracts.logs import LEVELS, LOG_TYPES
from netraven_gateway import envelope, replies, sse
from netraven_gateway.answers import Answer
from netraven_gateway.request import Request

_DAY_MS = 86_400_000


def index(gateway: Any, request: Request) -> Answer:
    """A page of entries."""
    query = dict(request.query)
    asked = {name: query.pop(name) for name in ("page", "size", "order")}
    reply = gateway.jobs.raw("index_logs", filters=query, **asked)
    answer = replies.many(request, reply)
    # Whoever shows a total should show that it is more.
    return answer.add("X-Total", "at-least") if reply.meta["at_least"] else answer


def show(gateway: Any, request: Request) -> Answer:
    """One entry."""
    return replies.one(request, gateway.jobs.raw("show_log", **request.params))


def types(gateway: Any, request: Request) -> Answer:
    """What entries can be about."""
    return Answer(200, envelope.success(orjson.dumps(LOG_TYPES)))


def levels(gateway: Any, request: Request) -> Answer:
    """How grave entries can be, the least first."""
    return Answer(200, envelope.success(orjson.dumps(LEVELS)))


def stats(gateway: Any, request: Request) -> Answer:
    """What happened in a window; the last day unless it is given."""
    end = request.query.get("end", now_ms())
    start = request.query.get("start", end - _DAY_MS)
    return replies.one(request, gateway.jobs.raw("log_stats", start=start, end=end))


def stream(gateway: Any, request: Request) -> Answer:
    """A job's log from its beginning, or from where the client was; that of all jobs from now on."""
    place = sse.resume_number(request)
    source = gateway.logs.source(request.query.get("job_id"))
    if place is None:
        place = source.ring.last if source.job_id is None else 0
    return gateway.streams.answer(source, source.reach(place), request.caller)  # type: ignore[no-any-return]
