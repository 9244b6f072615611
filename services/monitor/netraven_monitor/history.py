"""What clients may ask about a device's past: samples and availability in a span. No probing, no rules."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from netraven_chassis.bound import BoundStore
from netraven_chassis.clock import iso
from netraven_chassis.eventlog.commit import Commit
from netraven_chassis.views import LIVE
from netraven_contracts.errors import NotFound
from netraven_contracts.monitor import DEFAULT_SAMPLES
from netraven_monitor.availability import availability
from netraven_monitor.samples import Samples
from netraven_monitor.watch import WATCH

_DAY_MS = 86_400_000


def samples_of(
    samples: Samples, store: BoundStore, device_id: str, start: int | None, end: int | None, limit: int | None
) -> list[dict[str, Any]]:
    """The newest samples of a span, oldest first: {timestamp (ISO), latency_ms (None for silence)}.

    Parameters: `start`, `end` as UTC milliseconds, None for the last day. Raises NotFound.
    """
    begin, until = _span(store, device_id, start, end)
    found = samples.of(device_id, begin, until, limit or DEFAULT_SAMPLES)
    return [{"timestamp": iso(at), "latency_ms": latency} for at, latency in found]


def availability_of(store: BoundStore, device_id: str, start: int | None, end: int | None) -> dict[str, Any]:
    """How long the device was in each status, as contracts.monitor.Availability shows it.

    Parameters: `start`, `end` as UTC milliseconds, None for the last day; what lies ahead is left out.
    Raises NotFound.
    """
    begin, until = _span(store, device_id, start, end)
    commits = store.core.log.back(WATCH.stream(device_id))
    found = availability(_changes(commits, begin), begin, min(until, store.now()))
    return {
        "from": iso(found.start),
        "to": iso(found.end),
        "online_ms": found.online_ms,
        "offline_ms": found.offline_ms,
        "unknown_ms": found.unknown_ms,
        "ratio": found.ratio,
    }


def _span(store: BoundStore, device_id: str, start: int | None, end: int | None) -> tuple[int, int]:
    _known(store, device_id)
    now = store.now() + 1
    until = now if end is None else min(end, now)
    return (until - _DAY_MS if start is None else start), until


def _known(store: BoundStore, device_id: str) -> None:
    query = {"_id": device_id, **LIVE}
    if store.collection("targets").find_one(query, {"_id": 1}):
        return
    # It may have been registered a moment ago.
    store.core.followers()["devices"].catch_up()
    if not store.collection("targets").find_one(query, {"_id": 1}):
        raise NotFound("there is no device with this id; it may have been removed")


def _changes(newest_first: Iterator[Commit], begin: int) -> list[tuple[int, str]]:
    """What it went to and when, (UTC milliseconds, status), from the last change before `begin` on."""
    changes: list[tuple[int, str]] = []
    for commit in newest_first:
        watch = WATCH.fold(WATCH.initial, commit.events)  # each of its events says all of it
        if watch != WATCH.initial:
            changes.append((watch.as_of, watch.status))
        if changes and changes[-1][0] < begin:
            break
    return changes[::-1]
