"""What is asked about changes as they happen: pages of the audit feed, and the streams of changes."""

from __future__ import annotations

import heapq
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from netraven_chassis.batch import Batch, decode
from netraven_chassis.eventlog.commit import Commit
from netraven_contracts.errors import ValidationFailed
from netraven_contracts.events import SERVICES
from netraven_gateway import audit, cursors, envelope, sse
from netraven_gateway.answers import Answer
from netraven_gateway.audit import Wanted
from netraven_gateway.cursors import Vector
from netraven_gateway.request import Request

_LATEST = 1000  # changes of each service among which the latest of some kind are looked for
_ROUNDS = 20  # ranges of each log that one request reads: a rare type is found over several requests


def index(gateway: Any, request: Request) -> Answer:
    """Changes after a cursor or the latest ones, in the order of their times as far as services' clocks
    agree. In logs that hold none of them the reader stays where it is.
    """
    latest, kept, wanted = request.query.get("latest", False), request.query["size"], Wanted.of(request.query)
    place = _near_the_end(gateway, request, wanted) if latest else _after(request)
    size = kept if not latest else _LATEST * len(SERVICES)
    rows: list[dict[str, Any]] = []
    more, rounds = True, 0
    while more and len(rows) < size and rounds < _ROUNDS:
        rounds += 1
        ranges = _ranges(gateway, place, wanted.services)
        place, more = _merge(ranges, place, wanted, size, rows)
    beside = orjson.dumps({"next": cursors.encode(place), "more": more})
    return Answer(200, envelope.with_fields(orjson.dumps(rows[-kept:]), beside))


def _after(request: Request) -> Vector:
    return _cursor(request.query.get("after"), "after") or cursors.BEGINNING


def _near_the_end(gateway: Any, request: Request, wanted: Wanted) -> Vector:
    """So far before the end of each log that the latest are behind it; at the end of those that hold none."""
    if "after" in request.query:
        reason = "says where to begin, and so does after; give one of them"
        raise ValidationFailed("A parameter is wrong", {"latest": [reason]})
    calls = {service: getattr(gateway, service).call_async("log_head") for service in SERVICES}
    heads = {service: call.result()["head"] for service, call in calls.items()}
    back = request.query["size"] if wanted.everything else _LATEST
    begins = {service: max(0, heads[service] - back) for service in wanted.services}
    return cursors.vector(heads | begins)


def _ranges(gateway: Any, place: Vector, services: Sequence[str]) -> dict[str, Batch]:
    """What follows `place` in the logs of these services, asked at once."""
    calls = {
        service: getattr(gateway, service).call_async("log_range", after=position)
        for service, position in zip(SERVICES, place, strict=True)
        if service in services
    }
    return {service: decode(call.result()) for service, call in calls.items()}


def _merge(
    ranges: Mapping[str, Batch], place: Vector, wanted: Wanted, size: int, rows: list[dict[str, Any]]
) -> tuple[Vector, bool]:
    """Add to `rows` what is wanted, by time; the place after it, and whether there is more.

    Past the end of a range of a log that goes on nothing is told: what comes there may be older.
    """
    cut = [batch for batch in ranges.values() if batch.commits and batch.through < batch.head]
    horizon = min((max(commit.at for commit in batch.commits) for batch in cut), default=None)
    ordered = heapq.merge(
        *([(commit.at, service, commit) for commit in batch.commits] for service, batch in ranges.items()),
        key=lambda one: one[:2],
    )
    for at, service, commit in ordered:
        if len(rows) >= size or (horizon is not None and at > horizon):
            return place, True
        place = _told(service, commit, place, wanted, rows)
    return place, bool(cut)


def _told(service: str, commit: Commit, place: Vector, wanted: Wanted, rows: list[dict[str, Any]]) -> Vector:
    place = cursors.moved(place, service, commit.position)
    if wanted.takes(service, commit):
        rows.append(audit.entry(service, commit, place))
    return place


def stream(gateway: Any, request: Request) -> Answer:
    """Changes from now on, or from where the client was."""
    place = _cursor(sse.resume_text(request), "last_event_id")
    source = gateway.events.audit(Wanted.of(request.query))
    if place is None:
        place = source.place
    return gateway.streams.answer(source, source.reach(place), request.caller)  # type: ignore[no-any-return]


def jobs(gateway: Any, request: Request) -> Answer:
    """State changes of jobs from now on, or from where the client was."""
    place = sse.resume_number(request)
    source = gateway.events.jobs()
    if place is None:
        place = source.ring.last
    return gateway.streams.answer(source, source.reach(place), request.caller)  # type: ignore[no-any-return]


def _cursor(text: str | None, name: str) -> Vector | None:
    try:
        return None if text is None else cursors.decode(text)
    except ValueError:
        raise ValidationFailed("A parameter is wrong", {name: ["must be a cursor as it was given"]}) from None
